"""Callback tickets on disk, so that what was promised to a caller survives any restart, of the machine too.

    callbacks(id, number, queue, status, at, ticket, about)    ticket is `acd.ticket.Ticket`, times in UTC, as JSON

One thread writes, in the order in which it was asked, and each write is on the disk itself before it is said to be done
(`synchronous=FULL`): a caller is told of a callback after that and not before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog
from sqlite_utils import Database, Migrations

from acd.ticket import FINAL, Ticket
from journal.event import format_time
from journal.schema import open_for_writing

log = structlog.get_logger(__name__)

migrations = Migrations("callbacks")


@migrations()
def create_callbacks(db: Database) -> None:
    """The table."""
    db.table("callbacks").create(
        {"id": str, "number": str, "queue": str, "status": str, "at": str, "ticket": str, "about": str},
        pk="id",
        not_null={"number", "queue", "status", "at", "ticket", "about"},
    )
    db.table("callbacks").create_index(["status"])


@dataclass(frozen=True, slots=True)
class About:
    """What the router need not know of a callback: the call that asked, the number it had dialled, its language."""

    call: str = ""
    dialled: str = ""
    language: str = ""
    requested_at: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)  # values of a flow; msgspec reads no recursive type


@dataclass(frozen=True, slots=True)
class KeptTicket:
    """A ticket as it was written down."""

    ticket: Ticket
    about: About


class TicketStore:
    """The one who writes and reads them; `utc_offset_s` is UTC minus monotonic seconds, now."""

    def __init__(self, database: Path, utc_offset_s: Callable[[], float]) -> None:
        self._utc_offset_s = utc_offset_s
        self._db = open_for_writing(database)
        migrations.apply(self._db)
        self._db.execute("PRAGMA synchronous=FULL")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="callbacks")

    def keep(self, ticket: Ticket, about: About) -> asyncio.Future[None]:
        """Done when it is on the disk; writes are done in the order of these calls. sqlite3.Error: it is not."""
        row = {
            "id": ticket.id,
            "number": ticket.number,
            "queue": ticket.queue,
            "status": str(ticket.status),
            "at": format_time(datetime.now(UTC)),
            "ticket": msgspec.json.encode(ticket.to_state(self._utc_offset_s())).decode(),
            "about": msgspec.json.encode(about).decode(),
        }
        return asyncio.wrap_future(self._thread.submit(self._write, row))

    def left(self) -> list[KeptTicket]:
        """Those that are still wanted, in the order of their places. Reads the disk; what cannot be read is logged."""
        marks = ",".join("?" * len(FINAL))
        query = f"select id, ticket, about from callbacks where status not in ({marks})"
        offset_s = self._utc_offset_s()
        found = []
        for row in self._db.query(query, sorted(str(status) for status in FINAL)):
            try:
                ticket = Ticket.from_state(msgspec.json.decode(row["ticket"]), offset_s)
                about = msgspec.json.decode(row["about"], type=About)
            except msgspec.DecodeError as error:
                log.error("callback.not_restored", ticket=row["id"], why=str(error))
                continue
            found.append(KeptTicket(ticket, about))
        return sorted(found, key=lambda kept: (kept.ticket.arrived_at, kept.ticket.order))

    def close(self) -> None:
        """Write what is left and let go of the database. Waits for the disk: not on the event loop."""
        self._thread.shutdown()
        self._db.close()

    def _write(self, row: dict[str, str]) -> None:
        with self._db.atomic():
            self._db.table("callbacks").upsert(row, pk="id")
