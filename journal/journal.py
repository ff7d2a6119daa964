"""The journal as the server uses it: append from anywhere at no cost, read what was derived.

Data flow: append -> bounded queue -> writer thread -> SQLite (WAL) -> readers, in this process or another.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from journal.calls import CallSummary
from journal.event import Event, Json, Row, to_note
from journal.kpis import Kpis
from journal.reading import JournalReader
from journal.schema import migrations, open_for_writing
from journal.surveys import SurveyKpis
from journal.writer import Writer, WriterCounters

CAPACITY = 100_000
LINGER_S = 0.1


class Journal:
    """The append-only log of one server. There is one writer of a database at a time."""

    def __init__(self, path: Path, *, capacity: int = CAPACITY, linger_s: float = LINGER_S) -> None:
        self.path = path
        self._db = open_for_writing(path)
        migrations.apply(self._db)
        self._reader = JournalReader(path)
        self._writer = Writer(self._insert, capacity=capacity, linger_s=linger_s, on_close=self._db.close)

    def append(self, kind: str, *, call: str | None = None, at: datetime | None = None, **data: Json) -> None:
        """Note an event, now or at a time of UTC. Never blocks; the data is taken as it is at this moment."""
        self._writer.put(to_note(kind, call, at, data))

    def flush(self, timeout_s: float = 30.0) -> None:
        """Return when everything appended before is in the database. TimeoutError: it is not."""
        self._writer.flush(timeout_s)

    def close(self, timeout_s: float = 30.0) -> None:
        """Write what is left and let go of the file; twice is fine. JournalError: events were lost."""
        self._writer.close(timeout_s)

    @property
    def counters(self) -> WriterCounters:
        return self._writer.counters

    def history(self, call: str) -> list[Event]:
        """Every event of one call, oldest first. Reads the disk: not on the event loop."""
        return self._reader.history(call)

    def calls(self, limit: int = 100) -> list[CallSummary]:
        """The newest calls, newest first. Reads the disk."""
        return self._reader.calls(limit)

    def kpis(self, since: datetime, service_levels_s: Mapping[str, float] | None = None) -> Kpis:
        """What the queues achieved since then. Reads the disk."""
        return self._reader.kpis(since, service_levels_s)

    def surveys(self, since: datetime) -> tuple[SurveyKpis, ...]:
        """What callers answered since then. Reads the disk."""
        return self._reader.surveys(since)

    def _insert(self, rows: list[Row]) -> None:
        # executemany, not insert_all: the same statement at a tenth of the time that the thread holds the GIL.
        with self._db.atomic():
            self._db.conn.executemany("INSERT INTO events (at, kind, call, data) VALUES (?, ?, ?, ?)", rows)
