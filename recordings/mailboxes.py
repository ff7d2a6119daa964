"""Mailboxes: which recording lies where, and whether it has been heard. A table beside the list of recordings.

A mailbox has no other existence than its messages. Anybody may read it beside a running server; only the server writes.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from journal.event import format_time
from journal.schema import open_for_reading, open_for_writing

TABLE = "mailbox_messages"
migrations = Migrations("mailboxes")


@migrations()
def create_messages(db: Database) -> None:
    db.table(TABLE).create(
        {
            "id": str,
            "mailbox": str,
            "call": str,
            "caller": str,
            "left_at": str,
            "seconds": float,
            "heard_at": str,
        },
        pk="id",
        not_null={"mailbox", "call", "caller", "left_at", "seconds"},
    )
    db.table(TABLE).create_index(["mailbox", "left_at"])


@dataclass(frozen=True, slots=True)
class MailboxMessage:
    """A message; `id` is its recording's. It is new until it has been heard. Times are UTC."""

    id: str
    mailbox: str
    call: str
    caller: str
    left_at: datetime
    seconds: float
    heard_at: datetime | None
    path: Path | None = None
    """The audio; None while the file is being made, or when it is gone."""

    @property
    def is_new(self) -> bool:
        """Whether nobody has heard it."""
        return self.heard_at is None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages of a mailbox are new, and how many have been heard."""

    new: int
    old: int


def messages(
    database: Path, mailbox: str | None = None, *, new: bool = False, limit: int = 100
) -> list[MailboxMessage]:
    """The newest first: of all mailboxes or one, all or only new ones. NoJournal (an OSError): no database."""
    clauses = ["m.mailbox = ?"] if mailbox is not None else []
    clauses += ["m.heard_at IS NULL"] if new else []
    where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
    parameters = [*([mailbox] if mailbox is not None else []), limit]
    with closing(open_for_reading(database)) as db:
        if not db.table(TABLE).exists():
            return []
        rows = db.query(
            f"SELECT m.*, r.path FROM {TABLE} m LEFT JOIN recordings r ON r.id = m.id {where}"
            " ORDER BY m.left_at DESC, m.id LIMIT ?",
            parameters,
        )
        return [_from_row(row) for row in rows]


class MailboxStore:
    """Writes them; safe to use from several threads. The list of recordings must be in the same database."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self._lock = threading.Lock()
        self._db = open_for_writing(database)
        migrations.apply(self._db)

    def leave(self, message: MailboxMessage) -> None:
        """Put it in; the same again changes nothing."""
        row = {
            "id": message.id,
            "mailbox": message.mailbox,
            "call": message.call,
            "caller": message.caller,
            "left_at": format_time(message.left_at),
            "seconds": message.seconds,
            "heard_at": None if message.heard_at is None else format_time(message.heard_at),
        }
        with self._lock:
            self._db.table(TABLE).insert(row, ignore=True)

    def mark(self, message_id: str, *, heard: bool) -> MailboxMessage | None:
        """Heard now, or new again; hearing it twice keeps the first time. None: there is no such message."""
        now = format_time(datetime.now(UTC)) if heard else None
        to = "coalesce(heard_at, :now)" if heard else ":now"
        with self._lock, self._db.atomic():
            self._db.execute(
                f"UPDATE {TABLE} SET heard_at = {to} WHERE id = :id", {"now": now, "id": message_id}
            )
        return self._get(message_id)

    def remove(self, message_id: str) -> MailboxMessage | None:
        """Take it out; what it was, None if it was not there."""
        message = self._get(message_id)
        with self._lock, self._db.atomic():
            self._db.execute(f"DELETE FROM {TABLE} WHERE id = ?", [message_id])
        return message

    def counts(self) -> Mapping[str, Counts]:
        """Of every mailbox that has messages."""
        with self._lock:
            rows = list(
                self._db.query(f"SELECT mailbox, count(*) n, count(heard_at) h FROM {TABLE} GROUP BY mailbox")
            )
        return {row["mailbox"]: Counts(row["n"] - row["h"], row["h"]) for row in rows}

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _get(self, message_id: str) -> MailboxMessage | None:
        with self._lock:
            rows = list(self._db.query(f"SELECT *, NULL AS path FROM {TABLE} WHERE id = ?", [message_id]))
        return _from_row(rows[0]) if rows else None


def _from_row(row: Mapping[str, Any]) -> MailboxMessage:
    heard_at, path = row["heard_at"], row["path"]
    return MailboxMessage(
        id=row["id"],
        mailbox=row["mailbox"],
        call=row["call"],
        caller=row["caller"],
        left_at=datetime.fromisoformat(row["left_at"]),
        seconds=row["seconds"],
        heard_at=None if heard_at is None else datetime.fromisoformat(heard_at),
        path=None if path is None else Path(path),
    )
