"""The key figures, from a day written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from journal.journal import Journal

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Day:
    """Notes things at seconds after nine."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def at(self, second: float, kind: str, call: str | None = None, **data: str | bool) -> None:
        self.journal.append(kind, call=call, at=NINE + timedelta(seconds=second), **data)

    def answered(
        self, call: str, joined: float, connected: float, ended: float, queue: str = "sales"
    ) -> None:
        self.at(joined, "call.arrived", call)
        self.at(joined, "queue.joined", call, queue=queue)
        self.at(connected, "call.connected", call, queue=queue, agent="ann")
        self.at(ended, "talk.ended", call, agent="ann")
        self.at(ended, "call.ended", call)
        self.at(ended, "flow.ended", call, contained=False)


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with closing(Journal(tmp_path / "journal.db", linger_s=0.0)) as journal:
        yield Day(journal)


def test_figures_of_a_queue(day: Day) -> None:
    day.answered("c1", 0, 10, 110)
    day.at(110, "agent.presence", agent="ann", presence="wrap-up")
    day.at(130, "agent.presence", agent="ann", presence="available")
    day.answered("c2", 140, 170, 230)
    day.at(300, "queue.joined", "c3", queue="sales")
    day.at(340, "call.ended", "c3")
    day.at(350, "queue.joined", "c4", queue="sales")
    day.at(351, "queue.refused", "c4", queue="sales")
    day.at(360, "call.ended", "c4")
    day.at(370, "queue.joined", "c5", queue="sales")
    day.journal.flush()
    sales = day.journal.kpis(NINE, {"sales": 15.0}).queues[0]
    assert (sales.offered, sales.answered, sales.abandoned, sales.refused) == (5, 2, 1, 1)
    assert sales.service_level_percent == pytest.approx(100 / 3)
    assert sales.asa_s == 20.0
    assert sales.aht_s == (100 + 60 + 20) / 2


def test_only_contacts_that_joined_since_then(day: Day) -> None:
    day.answered("before", -100, 50, 60)
    day.answered("after", 10, 15, 20, queue="support")
    day.journal.flush()
    kpis = day.journal.kpis(NINE)
    assert [(queue.queue, queue.answered) for queue in kpis.queues] == [("support", 1)]
    assert kpis.queues[0].service_level_s == 20.0


def test_contained_calls(day: Day) -> None:
    day.at(0, "call.arrived", "c1")
    day.at(5, "flow.ended", "c1", contained=True)
    day.answered("c2", 10, 11, 12)
    day.journal.flush()
    kpis = day.journal.kpis(NINE)
    assert (kpis.calls, kpis.contained) == (2, 1)


def test_nothing_yet_is_none_not_zero(day: Day) -> None:
    day.at(0, "queue.joined", "c1", queue="sales")
    day.journal.flush()
    sales = day.journal.kpis(NINE).queues[0]
    assert (sales.service_level_percent, sales.asa_s, sales.aht_s) == (None, None, None)
