"""Made and recorded days: rates by quarters of an hour, streams, records."""

from __future__ import annotations

import random
from itertools import islice, pairwise
from statistics import mean

import pytest

from acd.simulation.distributions import Distribution, Shape
from acd.simulation.workload import Arrivals, CallbackHabits, Stream, from_records, in_order

TALK = Distribution(Shape.EXPONENTIAL, 60)


def test_arrivals_follow_the_quarters_of_an_hour() -> None:
    plan = Arrivals("q", (100, 0, 400), TALK, Distribution(Shape.FIXED, 5), {"tax": 2}, 1)
    days = [list(plan.contacts(random.Random(seed))) for seed in range(20)]
    for quarter, expected in enumerate((100, 0, 400)):
        counts = [sum(quarter * 900 <= each.at_s < quarter * 900 + 900 for each in day) for day in days]
        assert mean(counts) == pytest.approx(expected, rel=0.1)
    assert all(a.at_s <= b.at_s for day in days for a, b in pairwise(day))
    assert (days[0][0].patience_s, days[0][0].skills, days[0][0].priority) == (5, {"tax": 2}, 1)


def test_paperwork_is_drawn_if_it_is_given() -> None:
    [first, *_] = Arrivals("q", (50,), TALK, wrap_up=Distribution(Shape.FIXED, 7)).contacts(random.Random(1))
    assert first.wrap_up_s == 7
    [first, *_] = Arrivals("q", (50,), TALK).contacts(random.Random(1))
    assert (first.wrap_up_s, first.patience_s) == (None, None)


def test_streams_are_put_in_order() -> None:
    slow = Stream("slow", lambda: 10.0, lambda: 1.0)
    fast = Stream("fast", lambda: 4.0, lambda: 2.0, lambda: 3.0, {"tax": 1}, 2)
    found = list(islice(in_order([slow.contacts(), fast.contacts()]), 5))
    assert [(each.queue, each.at_s) for each in found] == [
        ("fast", 4), ("fast", 8), ("slow", 10), ("fast", 12), ("fast", 16),
    ]  # fmt: skip
    assert (found[0].talk_s, found[0].patience_s, found[0].skills, found[0].priority) == (2, 3, {"tax": 1}, 2)


def test_records_come_in_any_order_and_are_checked() -> None:
    records = from_records(
        [{"at_s": 10, "queue": "q", "talk_s": 50}, {"at_s": 0, "queue": "q", "talk_s": 30, "patience_s": 9}]
    )
    assert [each.at_s for each in records] == [0, 10]
    with pytest.raises(ValueError, match="talk_s"):
        from_records([{"at_s": 0, "queue": "q"}])


def test_shares_are_shares() -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        CallbackHabits(taken=1.5)
