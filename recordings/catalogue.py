"""The list of finished recordings, in the table `recordings` of the journal's database.

A recording is in the list only when its file is whole and on the disk. Anybody may read it beside a running
server; only the store writes.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from journal.event import format_time
from journal.schema import open_for_reading, open_for_writing

migrations = Migrations("recordings")
TALK = "talk"


@migrations()
def create_recordings(db: Database) -> None:
    db.table("recordings").create(
        {
            "id": str,
            "path": str,
            "call": str,
            "queue": str,
            "agent": str,
            "started": str,
            "seconds": float,
            "caller_dbfs": float,
            "agent_dbfs": float,
            "sha256": str,
        },
        pk="id",
        not_null={"path", "call", "started", "seconds", "sha256"},
    )
    db.table("recordings").create_index(["started"])
    db.table("recordings").create_index(["call"])


@migrations()
def add_kind(db: Database) -> None:
    """What callers say to a flow is kept too."""
    db.table("recordings").add_column("kind", str, not_null_default=TALK)


@dataclass(frozen=True, slots=True)
class Recording:
    """A finished file. `call` is empty when a crash left nothing that says whose it was.

    `kind` is talk (stereo), message or voicemail (the caller alone).
    """

    id: str
    path: Path
    call: str
    queue: str | None
    agent: str | None
    started: datetime
    seconds: float
    caller_dbfs: float | None
    agent_dbfs: float | None
    sha256: str
    kind: str = TALK


Recordings = list[Recording]


class Catalogue:
    """Finds recordings; NoJournal (an OSError) when there is no database at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def list(self, limit: int = 100) -> Recordings:
        """The newest first. Reads the disk."""
        return self._find("ORDER BY started DESC, id LIMIT ?", limit)

    def get(self, recording_id: str) -> Recording | None:
        found = self._find("WHERE id = ?", recording_id)
        return found[0] if found else None

    def of_call(self, call: str) -> Recordings:
        """A call has one for each talk; the oldest first."""
        return self._find("WHERE call = ? ORDER BY started, id", call)

    def _find(self, clauses: str, parameter: str | int) -> Recordings:
        with closing(open_for_reading(self.path)) as db:
            if not db.table("recordings").exists():
                return []
            return [_from_row(row) for row in db.query(f"SELECT * FROM recordings {clauses}", (parameter,))]


class CatalogueWriter:
    """Adds recordings; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = open_for_writing(path)
        migrations.apply(self._db)

    def add(self, recording: Recording) -> None:
        """Committed when this returns; the same id again replaces the entry."""
        row = {
            "id": recording.id,
            "path": str(recording.path),
            "call": recording.call,
            "queue": recording.queue,
            "agent": recording.agent,
            "started": format_time(recording.started),
            "seconds": recording.seconds,
            "caller_dbfs": recording.caller_dbfs,
            "agent_dbfs": recording.agent_dbfs,
            "sha256": recording.sha256,
            "kind": recording.kind,
        }
        with self._lock:
            self._db.table("recordings").insert(row, replace=True)

    def remove(self, recording_id: str) -> bool:
        """Take a recording out of the list; False if it is not there. Its file is no business of this."""
        with self._lock, self._db.atomic():
            return self._db.execute("DELETE FROM recordings WHERE id = ?", [recording_id]).rowcount > 0

    def close(self) -> None:
        with self._lock:
            self._db.close()


def _from_row(row: Mapping[str, Any]) -> Recording:
    return Recording(
        id=row["id"],
        path=Path(row["path"]),
        call=row["call"],
        queue=row["queue"],
        agent=row["agent"],
        started=datetime.fromisoformat(row["started"]),
        seconds=row["seconds"],
        caller_dbfs=row["caller_dbfs"],
        agent_dbfs=row["agent_dbfs"],
        sha256=row["sha256"],
        kind=row.get("kind", TALK),
    )
