"""Deadlines that can be taken back."""

from __future__ import annotations

from telephony.sip.deadlines import Deadlines
from telephony.sip.timers import TimerQueue


def test_they_are_met_never_early() -> None:
    queue, told = TimerQueue(), []
    deadlines = Deadlines(queue)
    deadlines.set("a", 10.2, told.append)
    deadlines.set("b", 10.9, told.append)
    queue.fire(10.95)
    assert told == []
    queue.fire(11.0)
    assert told == [11.0, 11.0]
    assert len(deadlines) == 0


def test_one_a_key_and_none_after_clear() -> None:
    queue, told = TimerQueue(), []
    deadlines = Deadlines(queue)
    deadlines.set("a", 5, lambda _: told.append("early"))
    deadlines.set("a", 8, lambda _: told.append("late"))
    deadlines.set("b", 8, lambda _: told.append("never"))
    deadlines.clear("b")
    deadlines.clear("unknown")
    assert (deadlines.due_at("a"), deadlines.due_at("b")) == (8, None)
    queue.fire(20)
    assert told == ["late"]


def test_a_deadline_may_set_the_next() -> None:
    queue, told = TimerQueue(), []
    deadlines = Deadlines(queue)

    def again(now: float) -> None:
        told.append(now)
        if now < 3:
            deadlines.set("a", now + 1, again)

    deadlines.set("a", 1, again)
    for second in (1.0, 2.0, 3.0, 4.0):
        queue.fire(second)
    assert told == [1.0, 2.0, 3.0]


def test_many_that_are_taken_back_leave_nothing() -> None:
    queue = TimerQueue()
    deadlines = Deadlines(queue)
    for number in range(10_000):
        deadlines.set(f"call {number}", 900.5, lambda _: None)
        deadlines.clear(f"call {number}")
    assert len(deadlines) == 0
    assert len(queue) == 1
