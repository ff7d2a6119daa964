"""Made and recorded days: rates, distributions, shifts, overflow and callbacks in the simulator, and comparisons."""

from __future__ import annotations

import random
from itertools import pairwise
from statistics import mean, stdev

import pytest

from acd.experiment import Interval, compare, repeat, summarise, t95
from acd.model import Agent, Queue
from acd.queue_rules import OverflowRule, OverflowTarget, OverflowTo, OverflowWhen
from acd.simulator import Simulation, SimulationResult, Stream
from acd.workload import Arrivals, ContactRecord, Distribution, Shape, Shift, from_records

TALK = Distribution(Shape.EXPONENTIAL, 60)


def staff(count: int, queue: str = "q") -> list[Agent]:
    return [Agent(f"a{number}", "", {}, (queue,)) for number in range(count)]


@pytest.mark.parametrize(
    ("distribution", "expected_mean", "expected_deviation"),
    [
        (Distribution(Shape.FIXED, 60), 60, 0),
        (Distribution(Shape.EXPONENTIAL, 60), 60, 60),
        (Distribution(Shape.LOGNORMAL, 60, 0.5), 60, 30),
        (Distribution(Shape.HISTORY, history=(30.0, 90.0)), 60, 30),
    ],
)
def test_distributions_have_their_mean_and_spread(
    distribution: Distribution, expected_mean: float, expected_deviation: float
) -> None:
    chance = random.Random(1)
    drawn = [distribution.draw(chance) for _ in range(20_000)]
    assert mean(drawn) == pytest.approx(expected_mean, rel=0.03)
    assert stdev(drawn) == pytest.approx(expected_deviation, rel=0.05)


def test_arrivals_follow_the_quarters_of_an_hour() -> None:
    plan = Arrivals("q", (100, 0, 400), TALK, Distribution(Shape.FIXED, 5), {"tax": 2}, 1)
    days = [list(plan.contacts(random.Random(seed))) for seed in range(20)]
    for quarter, expected in enumerate((100, 0, 400)):
        counts = [sum(quarter * 900 <= each.at_s < quarter * 900 + 900 for each in day) for day in days]
        assert mean(counts) == pytest.approx(expected, rel=0.1)
    assert all(a.at_s <= b.at_s for day in days for a, b in pairwise(day))
    assert (days[0][0].patience_s, days[0][0].skills, days[0][0].priority) == (5, {"tax": 2}, 1)


def test_a_recorded_day_is_replayed_to_the_second() -> None:
    records = from_records(
        [{"at_s": 10, "queue": "q", "talk_s": 50}, {"at_s": 0, "queue": "q", "talk_s": 30, "patience_s": 9}]
    )
    result = Simulation([Queue("q")], staff(1), [], random.Random(1), records=records).run()
    assert (result.contacts, result.answered, result.abandoned) == (2, 2, 0)
    assert result.asa_s == (0 + 20) / 2
    with pytest.raises(ValueError, match="talk_s"):
        from_records([{"at_s": 0, "queue": "q"}])


def test_shifts_say_who_is_there_and_occupancy_counts_their_time_only() -> None:
    records = [
        ContactRecord(100.0, "q", 50.0),
        ContactRecord(150.0, "q", 50.0),
        ContactRecord(290.0, "p", 100.0),
    ]
    agents = [Agent("a", "", {}, ("q",)), Agent("b", "", {}, ("p",))]
    shifts = [Shift("a", 0, 200), Shift("b", 300, 400)]
    simulation = Simulation(
        [Queue("q"), Queue("p")], agents, [], random.Random(1), records=records, shifts=shifts
    )
    result = simulation.run()
    assert result.answered == 3
    assert result.mean_wait_s == pytest.approx(10 / 3)
    assert result.groups["q"] == pytest.approx(0.5)


def test_overflow_to_callbacks_is_served_later_and_counted() -> None:
    rule = OverflowRule("long", OverflowWhen.WAITED, OverflowTarget(OverflowTo.CALLBACK), 30)
    voicemail = OverflowRule("full", OverflowWhen.SIZE, OverflowTarget(OverflowTo.VOICEMAIL), 2)
    records = [ContactRecord(float(n), "q", 100.0) for n in range(5)]
    result = Simulation(
        [Queue("q", overflow=(rule, voicemail))], staff(1), [], random.Random(1), records=records
    ).run()
    assert (result.contacts, result.answered, result.overflowed) == (5, 1, 4)
    assert (result.callbacks, result.callbacks_served) == (2, 2)


def run_with(agents: int) -> list[SimulationResult]:
    def run(seed: int) -> SimulationResult:
        day = Arrivals("q", (60,) * 4, TALK, Distribution(Shape.EXPONENTIAL, 120)).contacts(
            random.Random(seed)
        )
        return Simulation([Queue("q")], staff(agents), [], random.Random(seed + 1), records=day).run()

    return repeat(run, range(8))


def test_two_configurations_are_compared_on_the_same_contacts() -> None:
    five, six = run_with(5), run_with(6)
    assert [a.contacts for a in five] == [b.contacts for b in six]
    found = compare(five, six)
    assert found["service_level"].differs
    assert found["service_level"].difference.low > 0
    assert found["occupancy"].difference.high < 0
    same = compare(five, five)
    assert not same["asa_s"].differs
    assert "occupancy q" in summarise(five)


def test_intervals_hold_the_true_mean_in_19_of_20_cases() -> None:
    chance = random.Random(3)
    held = 0
    for _ in range(1000):
        interval = Interval.of([chance.gauss(5, 2) for _ in range(6)])
        held += interval.low <= 5 <= interval.high
    assert held == pytest.approx(950, abs=25)
    assert t95(40) == pytest.approx(2.021, abs=0.002)
    assert Interval.of([1.0]).high == float("inf")
    with pytest.raises(ValueError, match="of nothing"):
        Interval.of([])


def test_senseless_workloads_are_refused() -> None:
    with pytest.raises(ValueError, match="shape=history"):
        Distribution(Shape.HISTORY)
    with pytest.raises(ValueError, match="mean_s"):
        Distribution(Shape.FIXED)
    with pytest.raises(ValueError, match="spread"):
        Distribution(Shape.LOGNORMAL, 5, 0)
    with pytest.raises(ValueError, match="say how many contacts"):
        Simulation([Queue("q")], [], [Stream("q", lambda: 1, lambda: 1)], random.Random(1))
