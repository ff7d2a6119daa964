"""A day of a journal, simulated: the contacts as they came, the agents as they were there."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from acd.model import Agent
from acd.simulation.workload import Shift
from cordboard.simulated.journal_day import journal_day
from journal.journal import Journal
from journal.schema import NoJournal

DAY = date(2026, 11, 20)
NINE = datetime(2026, 11, 20, 9, 0).astimezone()  # by this machine's calendar, as the command reads it


def seconds(number: float) -> datetime:
    return NINE + timedelta(seconds=number)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Ann from 9:00 for an hour; one answered, one gave up."""
    path = tmp_path / "cordboard.db"
    journal = Journal(path)
    journal.append("agent.presence", at=seconds(0), agent="ann", presence="available")
    journal.append("queue.joined", call="1", at=seconds(60), queue="q", skills={"tax": 1}, priority=3)
    journal.append("call.connected", call="1", at=seconds(65), queue="q", agent="ann")
    journal.append("queue.joined", call="2", at=seconds(70), queue="q", skills={}, priority=0)
    journal.append("call.ended", call="2", at=seconds(90))
    journal.append("talk.ended", call="1", at=seconds(160), queue="q", agent="ann")
    journal.append("call.ended", call="1", at=seconds(160))
    journal.append("agent.presence", at=seconds(3600), agent="ann", presence="offline")
    journal.close()
    return path


def test_the_day_is_replayed_to_the_second(database: Path) -> None:
    found = journal_day(database, DAY, frozenset({"ann", "ben"}))
    first, second = found.records(random.Random(1))
    assert (first.at_s, first.queue, first.talk_s) == (60, "q", 95)
    assert (first.skills, first.priority) == ({"tax": 1}, 3)
    assert (second.at_s, second.patience_s, second.talk_s) == (70, 20, 95)
    assert found.queues == {"q"}
    assert (found.began_at, found.lasts_s) == (NINE, 15 * 3600)


def test_agents_are_there_as_they_were_and_new_ones_all_day(database: Path) -> None:
    found = journal_day(database, DAY, frozenset({"ann", "ben"}))
    agents = [Agent(name, "", {}, ("q",)) for name in ("ann", "ben", "new")]
    agents.append(Agent("fixed", "", {}, ("q",), static=True))
    staff, shifts = found.staffing(agents)
    assert staff == agents
    assert shifts == [Shift("ann", 0, 3600), Shift("new", 0, 3600)]


def test_days_like_it_differ(database: Path) -> None:
    found = journal_day(database, DAY, frozenset(), like_it=True)
    assert len({len(list(found.records(random.Random(seed)))) for seed in range(20)}) > 2


def test_another_day_and_another_place_have_nothing(database: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no contact joined a queue on 2026-11-19"):
        journal_day(database, DAY - timedelta(days=1), frozenset())
    with pytest.raises(NoJournal):
        journal_day(tmp_path / "none.db", DAY, frozenset())
