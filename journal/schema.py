"""The journal's tables, grown by migrations; and how its database is opened.

    events(id, at, kind, call, data)    at is UTC as ISO 8601 with microseconds, data is JSON

Other rooms keep tables of their own in the same file, with migration sets of their own names.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

BUSY_TIMEOUT_S = 10.0

migrations = Migrations("journal")


@migrations()
def create_events(db: Database) -> None:
    db.table("events").create(
        {"id": int, "at": str, "kind": str, "call": str, "data": str},
        pk="id",
        not_null={"at", "kind", "data"},
    )
    db.table("events").create_index(["call", "id"])
    db.table("events").create_index(["kind", "at"])


class _WritingConnection(sqlite3.Connection):
    """Takes the lock for writing at the beginning of a transaction, and waits for it there.

    Several threads write to one file. A transaction that begins by reading (sqlite-utils looks at the table before it
    inserts) and writes later would fail at once with "database is locked" if somebody else wrote in between: what it
    has read is old, and no timeout helps (SQLITE_BUSY_SNAPSHOT).
    """

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """One statement; the plain BEGIN of sqlite-utils' `atomic` becomes an immediate one."""
        return super().execute("BEGIN IMMEDIATE" if sql == "BEGIN" else sql, parameters)


class NoJournal(OSError):
    """There is no database at that place: no server has run there."""


def open_for_writing(path: Path) -> Database:
    """The database in WAL mode, with short locks waited for. The caller applies its migrations."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # One thread writes, but another one may open and a third may close.
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, check_same_thread=False, factory=_WritingConnection
    )
    db = Database(connection)
    db.enable_wal()
    # In WAL mode a crash of the process loses nothing that was committed; a power cut may lose the last moment.
    db.execute("PRAGMA synchronous=NORMAL")
    return db


def open_for_reading(path: Path) -> Database:
    """A read-only connection, beside whoever writes. NoJournal: nothing is there."""
    if not path.exists():
        raise NoJournal(f"{path}: no journal here; has the server run with this data folder?")
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False
    )
    return Database(connection)
