"""The simulator against closed forms of queueing theory: the router wastes no agent and no contact."""

from __future__ import annotations

import math
import random
from itertools import count, islice

import pytest

from acd.invariants import violations
from acd.model import Agent, Queue, RouterPolicy
from acd.simulation.plain import PlainSystem, exponential
from acd.simulation.run import Simulation
from acd.simulation.service import SimulationResult
from acd.simulation.workload import Stream, in_order

MM10 = PlainSystem(agents=10, talk_s=60.0, arrivals_per_s=480 / 3600)


def erlang_c(servers: int, load: float) -> float:
    """P(wait) of M/M/c."""
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(terms) + last)


def mean_of(results: list[SimulationResult], figure: str) -> tuple[float, float]:
    """Mean over the runs and the half width of its 99.9 % confidence interval (Student's t, 9 degrees)."""
    values = [getattr(result, figure) for result in results]
    assert len(values) == 10
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return mean, 4.781 * deviation / math.sqrt(len(values))


@pytest.fixture(scope="module")
def mm10() -> list[SimulationResult]:
    return [MM10.simulate(10_000, random.Random(seed)) for seed in range(10)]


def test_waiting_in_an_m_m_10_is_erlangs(mm10: list[SimulationResult]) -> None:
    assert erlang_c(10, 8.0) == pytest.approx(0.4092, abs=1e-4)
    p_wait, p_half = mean_of(mm10, "p_wait")
    wait, wait_half = mean_of(mm10, "mean_wait_s")
    assert p_wait == pytest.approx(0.4092, abs=p_half)
    assert wait == pytest.approx(0.2046 * 60, abs=wait_half)
    assert p_half < 0.06, "an interval that says something"
    assert wait_half < 6.0


def test_occupancy_and_service_level_of_an_m_m_10(mm10: list[SimulationResult]) -> None:
    occupancy, half = mean_of(mm10, "occupancy")
    assert occupancy == pytest.approx(0.8, abs=half)
    expected = 1 - 0.4092 * math.exp(-(10 - 8) * 20 / 60)
    level, half = mean_of(mm10, "service_level")
    assert level == pytest.approx(expected, abs=half)
    assert all(result.abandoned == 0 and result.contacts == 10_000 for result in mm10)


def erlang_a(servers: int, rate: float, patience: float) -> float:
    """P(abandon) of M/M/c+M with mean service time 1: the birth-death chain, summed."""
    weights = [1.0]
    for n in range(1, 400):
        weights.append(weights[-1] * rate / (min(n, servers) + max(0, n - servers) / patience))
    leaving = sum(max(0, n - servers) / patience * weight for n, weight in enumerate(weights))
    return leaving / sum(weights) / rate


@pytest.mark.parametrize(("patience", "expected"), [(2.0, 0.1957), (0.5, 0.2329)])
def test_abandonment_in_an_erlang_a_system(patience: float, expected: float) -> None:
    assert erlang_a(10, 12.0, patience) == pytest.approx(expected, abs=1e-4)
    system = PlainSystem(agents=10, talk_s=1.0, arrivals_per_s=12.0, patience_s=patience)
    results = [system.simulate(2_500, random.Random(seed)) for seed in range(10)]
    rate, half = mean_of(results, "abandon_rate")
    assert rate == pytest.approx(expected, abs=half)
    assert half < 0.04
    assert all(result.answered + result.abandoned == result.contacts for result in results)


def test_strict_priority_against_its_closed_form() -> None:
    """M/M/c with two classes, no preemption: W1 = C/(c mu (1-r1)), W2 = W1/(1-r)."""
    servers, talk_s, rates = 4, 1.0, (1.6, 1.6)
    r1, r = rates[0] / servers, sum(rates) / servers
    w1 = erlang_c(servers, sum(rates)) * talk_s / servers / (1 - r1)
    waits: list[tuple[float, float]] = []
    for seed in range(10):
        chance = random.Random(seed)
        # Two queues with the same agents, so that each class is measured by itself.
        queues = [Queue("high", max_wait_s=1e12), Queue("low", max_wait_s=1e12)]
        staff = [Agent(f"a{n}", "", {}, ("high", "low")) for n in range(servers)]
        streams = [
            Stream(name, exponential(chance, 1 / rate), exponential(chance, 1.0), priority=p).contacts()
            for name, rate, p in (("high", rates[0], 1), ("low", rates[1], 0))
        ]
        found = Simulation(queues, staff, islice(in_order(streams), 4_000), chance).run().queues
        waits.append((found["high"].mean_wait_s, found["low"].mean_wait_s))
    for index, expected in enumerate((w1, w1 / (1 - r))):
        values = [pair[index] for pair in waits]
        mean = sum(values) / 10
        half = 4.781 * math.sqrt(sum((v - mean) ** 2 for v in values) / 9) / math.sqrt(10)
        assert mean == pytest.approx(expected, abs=half)
        assert half < expected / 2


def test_the_same_seed_gives_the_same_result() -> None:
    assert MM10.simulate(500, random.Random(3)) == MM10.simulate(500, random.Random(3))
    assert MM10.simulate(500, random.Random(3)) != MM10.simulate(500, random.Random(4))


def test_invariants_hold_throughout_a_busy_day_with_paperwork_and_slow_phones() -> None:
    chance = random.Random(5)
    queues = [
        Queue("a", wrap_up_s=5, skills={"tax": 3}, max_size=3),
        Queue("b", ring_timeout_s=3, max_wait_s=30),
    ]
    staff = [Agent(f"a{n}", "", {"tax": n}, ("a", "b")) for n in range(1, 6)]
    streams = [
        Stream(queue.id, *(exponential(chance, 1 / rate) for rate in (0.3, 0.1, 0.05))).contacts()
        for queue in queues
    ]
    policy = RouterPolicy(verify_contact_s=20, verify_answer_s=1)
    records = islice(in_order(streams), 1000)
    simulation = Simulation(queues, staff, records, chance, answer_s=2.0, policy=policy)
    handle, events = simulation.router.handle, count()

    def checked(event: object, now: float) -> object:
        effects = handle(event, now)  # type: ignore[arg-type]
        if next(events) % 20 == 0:
            assert violations(simulation.router) == []
        return effects

    simulation.router.handle = checked  # type: ignore[assignment, method-assign]
    result = simulation.run()
    assert result.contacts == 1000
    assert min(result.answered, result.abandoned, result.refused) > 50
    assert 0.5 < result.occupancy < 1.0


def test_a_senseless_system_is_refused() -> None:
    with pytest.raises(ValueError, match="an agent for each queue"):
        PlainSystem(agents=2, talk_s=1, arrivals_per_s=1, queues=3).simulate(1, random.Random(1))
