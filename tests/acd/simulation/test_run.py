"""One run: shifts, patience, paperwork, overflow, callbacks, and whom the figures count for."""

from __future__ import annotations

import random

import pytest

from acd.model import Agent, Queue
from acd.queue_rules import CallbackRules, OverflowRule, OverflowTarget, OverflowTo, OverflowWhen
from acd.simulation.run import Simulation
from acd.simulation.workload import CallbackHabits, ContactRecord, Shift

CALLBACK = OverflowTarget(OverflowTo.CALLBACK)


def staff(count: int, queue: str = "q") -> list[Agent]:
    return [Agent(f"a{number}", "", {}, (queue,)) for number in range(count)]


def test_a_recorded_day_is_replayed_to_the_second() -> None:
    records = [ContactRecord(0, "q", 30, patience_s=9), ContactRecord(10, "q", 50)]
    result = Simulation([Queue("q")], staff(1), records, random.Random(1)).run()
    assert (result.contacts, result.answered, result.abandoned) == (2, 2, 0)
    assert result.asa_s == (0 + 20) / 2


def test_shifts_say_who_is_there_and_occupancy_counts_their_time_only() -> None:
    records = [
        ContactRecord(100.0, "q", 50.0),
        ContactRecord(150.0, "q", 50.0),
        ContactRecord(290.0, "p", 100.0),
    ]
    agents = [Agent("a", "", {}, ("q",)), Agent("b", "", {}, ("p",))]
    shifts = [Shift("a", 0, 200), Shift("b", 300, 400)]
    simulation = Simulation([Queue("q"), Queue("p")], agents, records, random.Random(1), shifts=shifts)
    result = simulation.run()
    assert result.answered == 3
    assert result.mean_wait_s == pytest.approx(10 / 3)
    assert result.groups["q"] == pytest.approx(0.5)


def test_overflow_to_callbacks_is_served_later_and_counted() -> None:
    rule = OverflowRule("long", OverflowWhen.WAITED, OverflowTarget(OverflowTo.CALLBACK), 30)
    voicemail = OverflowRule("full", OverflowWhen.SIZE, OverflowTarget(OverflowTo.VOICEMAIL), 2)
    records = [ContactRecord(float(n), "q", 100.0) for n in range(5)]
    result = Simulation([Queue("q", overflow=(rule, voicemail))], staff(1), records, random.Random(1)).run()
    assert (result.contacts, result.answered, result.overflowed) == (5, 1, 4)
    assert (result.callbacks, result.callbacks_served) == (2, 2)


def test_every_queue_has_its_own_figures() -> None:
    records = [
        ContactRecord(0, "q", 100), ContactRecord(1, "q", 10, patience_s=5), ContactRecord(2, "p", 10),
    ]  # fmt: skip
    agents = [*staff(1), Agent("b", "", {}, ("p",))]
    result = Simulation([Queue("q"), Queue("p")], agents, records, random.Random(1)).run()
    assert (result.queues["q"].contacts, result.queues["q"].abandon_rate) == (2, 0.5)
    assert (result.queues["p"].contacts, result.queues["p"].abandon_rate) == (1, 0.0)
    assert (result.contacts, result.abandon_rate, result.p_wait) == (3, 1 / 3, 1 / 3)


def test_paperwork_takes_as_long_as_the_record_says_but_no_longer_than_the_queue_allows() -> None:
    records = [
        ContactRecord(float(n), "q", 10, wrap_up_s=wrap_up_s) for n, wrap_up_s in enumerate((5, 50, None, 0))
    ]
    records.append(ContactRecord(4.0, "q", 10))
    result = Simulation([Queue("q", wrap_up_s=20)], staff(1), records, random.Random(1)).run()
    waits_s = [0, 15 - 1, 45 - 2, 75 - 3, 85 - 4]
    assert result.asa_s == sum(waits_s) / 5


def test_overflow_into_a_branch_that_offers_a_callback_is_taken_by_their_share() -> None:
    rule = OverflowRule("long", OverflowWhen.WAITED, OverflowTarget(OverflowTo.FLOW, "call_me"), 30)
    other = OverflowRule("longer", OverflowWhen.SIZE, OverflowTarget(OverflowTo.FLOW, "bye"), 150)
    records = [ContactRecord(n / 1000, "q", 100.0) for n in range(200)]
    queue = Queue("q", overflow=(rule, other))
    habits = CallbackHabits(taken=0.5, branches=frozenset({"call_me"}))
    result = Simulation([queue], staff(1), records, random.Random(1), callbacks=habits).run()
    assert (result.contacts, result.answered, result.overflowed) == (200, 1, 199)
    assert 50 < result.callbacks < 100, "of the 150 who waited"
    assert result.callbacks_served == result.callbacks
    result = Simulation([queue], staff(1), records, random.Random(1)).run()
    assert (result.overflowed, result.callbacks) == (199, 0), "no branch was said to offer one"


def test_callers_in_line_take_a_callback_and_keep_their_place() -> None:
    records = [ContactRecord(float(n), "q", 100.0, patience_s=500) for n in range(3)]
    habits = CallbackHabits(offered_after_s=30)
    result = Simulation([Queue("q")], staff(1), records, random.Random(1), callbacks=habits).run()
    assert (result.answered, result.abandoned, result.callbacks, result.callbacks_served) == (1, 0, 2, 2)
    assert result.queues["q"].callbacks == 2
    assert result.seconds == 200, "the second callback begins when the first is over"


def test_a_callback_is_given_up_when_the_caller_never_answers() -> None:
    records = [ContactRecord(float(n), "q", 100.0) for n in range(2)]
    queue = Queue("q", callbacks=CallbackRules(answer_s=20, max_attempts=2, retry_s=60))
    habits = CallbackHabits(offered_after_s=30, reached=0.0)
    result = Simulation([queue], staff(1), records, random.Random(1), callbacks=habits).run()
    assert (result.contacts, result.callbacks, result.callbacks_served) == (2, 1, 0)
    assert result.seconds == 100 + 20 + 60 + 20


def test_whoever_is_answered_first_is_not_offered_one() -> None:
    records = [ContactRecord(0.0, "q", 100.0), ContactRecord(90.0, "q", 10.0)]
    habits = CallbackHabits(offered_after_s=30)
    result = Simulation([Queue("q")], staff(1), records, random.Random(1), callbacks=habits).run()
    assert (result.answered, result.callbacks) == (2, 0)
    assert result.asa_s == pytest.approx(5)


def test_a_record_may_ask_for_a_callback_in_line_or_without_having_been_in_one() -> None:
    records = [
        ContactRecord(0.0, "q", 100.0), ContactRecord(1.0, "q", 50.0, callback_after_s=20),
        ContactRecord(2.0, "q", 10.0, callback_after_s=0), ContactRecord(3.0, "q", 5.0),
    ]  # fmt: skip
    result = Simulation([Queue("q")], staff(1), records, random.Random(1)).run()
    assert (result.answered, result.callbacks, result.callbacks_served) == (2, 2, 2)
    assert result.asa_s == (0 + (100 + 50 + 10 - 3)) / 2, "everybody in the order of their arrival"
