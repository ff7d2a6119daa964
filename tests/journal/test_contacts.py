"""The contacts and the shifts of a stretch of time, from the events of a journal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from journal.contacts import PastDay, past_day
from journal.event import Event, Json
from journal.journal import Journal

DAY = datetime(2026, 11, 21, tzinfo=UTC)


class Log:
    """Events at seconds of the day."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, at_s: float, kind: str, call: str | None = None, **data: Json) -> None:
        self.events.append(Event(len(self.events), DAY + timedelta(seconds=at_s), kind, call, data))

    def day(self) -> PastDay:
        return past_day(self.events, DAY, DAY + timedelta(days=1))


def test_a_contact_that_was_answered_has_its_wait_its_talk_and_its_paperwork() -> None:
    log = Log()
    log.add(10, "queue.joined", "c", queue="sales", skills={"tax": 3}, priority=2)
    log.add(25, "call.connected", "c", queue="sales", agent="ann")
    log.add(95, "talk.ended", "c")
    log.add(95, "agent.presence", agent="ann", presence="wrap-up")
    log.add(103, "agent.presence", agent="ann", presence="available")
    [found] = log.day().contacts
    assert (found.queue, found.skills, found.priority, found.answered) == ("sales", {"tax": 3}, 2, True)
    assert (found.waited_s, found.talk_s, found.wrap_up_s, found.gave_up) == (15, 70, 8, False)


def test_how_those_ended_who_were_not_answered() -> None:
    log = Log()
    for call, kind, data in (
        ("gone", "call.ended", {}),
        ("refused", "queue.refused", {}),
        ("left", "queue.left", {}),
        ("flow", "queue.overflowed", {"target": "flow voicemail"}),
        ("moved", "queue.overflowed", {"target": "queue help"}),
    ):
        log.add(10, "queue.joined", call, queue="sales", skills={})
        log.add(40, kind, call, **data)
    log.add(50, "call.ended", "moved")
    log.add(60, "queue.joined", "waits still", queue="sales")
    found = log.day().contacts
    assert [(each.waited_s, each.gave_up, each.answered) for each in found] == [
        (30, True, False), (30, False, False), (30, False, False), (30, False, False), (40, True, False),
        (None, False, False),
    ]  # fmt: skip
    assert {each.queue for each in found} == {"sales"}
    assert {each.talk_s for each in found} == {None}


def test_who_asks_for_a_callback_is_one_contact_whose_talk_is_the_tickets() -> None:
    log = Log()
    log.add(10, "queue.joined", "c", queue="sales", skills={"tax": 2}, priority=1)
    log.add(40, "callback.changed", "t", queue="sales", status="waiting")
    log.add(40, "queue.left", "c")
    log.add(40, "callback.promised", "c", ticket="t")
    log.add(41, "call.ended", "c")
    log.add(50, "callback.changed", "u", queue="help", status="waiting")
    log.add(51, "callback.promised", "never in line", ticket="u")
    log.add(300, "call.connected", "t", queue="sales", agent="ann")
    log.add(360, "talk.ended", "t")
    first, second = log.day().contacts
    assert (first.waited_s, first.answered, first.gave_up, first.callback_after_s) == (30, False, False, 30)
    assert (first.talk_s, first.skills) == (60, {"tax": 2})
    assert (second.queue, second.callback_after_s, second.talk_s) == ("help", 0, None)
    assert (second.joined_at - DAY).total_seconds() == 51


def test_only_those_who_joined_in_that_time_count_and_a_call_may_join_twice() -> None:
    log = Log()
    log.add(-5, "queue.joined", "before", queue="sales")
    log.add(5, "queue.joined", "a", queue="sales")
    log.add(6, "call.connected", "a", agent="ann")
    log.add(7, "talk.ended", "a")
    log.add(9, "queue.joined", "a", queue="help")
    log.add(86_400, "call.ended", "a")
    log.add(86_401, "queue.joined", "after", queue="sales")
    assert [(each.queue, each.waited_s) for each in log.day().contacts] == [("sales", 1), ("help", 86_391)]


def test_shifts_are_the_times_in_which_agents_were_there_to_serve() -> None:
    log = Log()
    log.add(-100, "agent.presence", agent="ann", presence="available")
    log.add(100, "agent.presence", agent="ann", presence="paused")
    log.add(200, "agent.presence", agent="ann", presence="available")
    log.add(250, "agent.presence", agent="ann", presence="ringing")
    log.add(300, "server.started")
    log.add(400, "agent.presence", agent="ben", presence="available")
    log.add(-50, "agent.presence", agent="old", presence="offline")
    day = log.day()
    assert [
        (each.agent, (each.began_at - DAY).total_seconds(), (each.ended_at - DAY).total_seconds())
        for each in day.shifts
    ] == [("ann", 0, 100), ("ann", 200, 300), ("ben", 400, 86_400)]


def test_a_reader_finds_the_day_in_a_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "cordboard.db")
    for day in range(-1, 3):
        at = DAY + timedelta(days=day, hours=12)
        journal.append("queue.joined", call=f"c{day}", at=at, queue="sales", skills={}, priority=0)
        journal.append("call.ended", call=f"c{day}", at=at + timedelta(hours=18))
    journal.close()
    from journal.reading import JournalReader

    [found] = JournalReader(tmp_path / "cordboard.db").day(DAY, DAY + timedelta(days=1)).contacts
    assert found.joined_at == DAY + timedelta(hours=12)
    assert found.waited_s == 18 * 3600
