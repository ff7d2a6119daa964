"""Reads a journal, beside whoever writes it: every question opens the database read-only and closes it again.

So it can be asked from any thread and any process, and holds no lock between two questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from journal.calls import CallSummary, summarise
from journal.contacts import KINDS as CONTACT_KINDS
from journal.contacts import PastDay, past_day
from journal.event import Event, format_time, from_row
from journal.kpis import KINDS, Kpis, measure
from journal.schema import NoJournal, open_for_reading
from journal.surveys import KIND as SURVEY_ANSWERED
from journal.surveys import SurveyKpis, measure_surveys

_COLUMNS = "id, at, kind, call, data"

MARGIN = timedelta(days=1)
"""How far beyond a day is looked for talks that end later, and for agents who came before."""


class JournalReader:
    """Questions to the journal at `path`. NoJournal (an OSError): nothing is there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def history(self, call: str) -> list[Event]:
        """Every event of one call, oldest first; empty for a call nobody has heard of."""
        with closing(self._open()) as db:
            return _events(db, "call = ? ORDER BY id", (call,))

    def calls(self, limit: int = 100) -> list[CallSummary]:
        """The newest `limit` calls, newest first, live ones included."""
        with closing(self._open()) as db:
            newest = [
                row["call"]
                for row in db.query(
                    "SELECT call FROM events WHERE kind = 'call.arrived' ORDER BY id DESC LIMIT ?", (limit,)
                )
            ]
            restarted = next(
                iter(db.query("SELECT max(id) AS id FROM events WHERE kind = 'server.started'"))
            )["id"]
            return [
                summarise(_events(db, "call = ? ORDER BY id", (call,)), restarted or 0) for call in newest
            ]

    def kpis(self, since: datetime, service_levels_s: Mapping[str, float] | None = None) -> Kpis:
        """Measured over the contacts that joined a queue since then; `journal.kpis` defines every figure.

        `service_levels_s` gives the threshold of each queue; one that is not named has 20 seconds.
        """
        marks = ",".join("?" * len(KINDS))
        with closing(self._open()) as db:
            rows = db.query(
                f"SELECT {_COLUMNS} FROM events WHERE at >= ? AND kind IN ({marks}) ORDER BY id",
                (format_time(since), *KINDS),
            )
            return measure((from_row(row) for row in rows), since, service_levels_s or {})

    def day(self, since: datetime, until: datetime) -> PastDay:
        """The contacts that joined a queue from `since` to before `until`, and the agents' shifts in that time."""
        marks = ",".join("?" * len(CONTACT_KINDS))
        with closing(self._open()) as db:
            rows = db.query(
                f"SELECT {_COLUMNS} FROM events WHERE at >= ? AND at < ? AND kind IN ({marks}) ORDER BY id",
                (format_time(since - MARGIN), format_time(until + MARGIN), *CONTACT_KINDS),
            )
            return past_day((from_row(row) for row in rows), since, until)

    def surveys(self, since: datetime) -> tuple[SurveyKpis, ...]:
        """What callers answered since then; `journal.surveys` defines every figure."""
        with closing(self._open()) as db:
            rows = db.query(
                f"SELECT {_COLUMNS} FROM events WHERE at >= ? AND kind = ? ORDER BY id",
                (format_time(since), SURVEY_ANSWERED),
            )
            return measure_surveys(from_row(row) for row in rows)

    def of_kinds(self, kinds: Sequence[str]) -> list[Event]:
        """All events of some kinds, oldest first."""
        with closing(self._open()) as db:
            return _events(db, f"kind IN ({','.join('?' * len(kinds))}) ORDER BY id", tuple(kinds))

    def of_kind(self, kind: str) -> list[Event]:
        """All events of one kind, oldest first."""
        with closing(self._open()) as db:
            return _events(db, "kind = ? ORDER BY id", (kind,))

    def _open(self) -> Database:
        db = open_for_reading(self.path)
        if not db.table("events").exists():
            db.close()
            raise NoJournal(f"{self.path}: this database holds no journal")
        return db


def _events(db: Database, where: str, parameters: tuple[str, ...]) -> list[Event]:
    return [from_row(row) for row in db.query(f"SELECT {_COLUMNS} FROM events WHERE {where}", parameters)]
