"""Position and estimated wait: told on a schedule, never in the way of an offer, and measured against the truth."""

from __future__ import annotations

import random
from itertools import islice

import pytest

from acd.effects import Announce
from acd.estimate import WINDOW_S, Estimate, EstimateError, ServiceProcess
from acd.events import QueueClosed
from acd.model import Agent, Queue
from acd.queue_rules import Announcements
from acd.simulation.run import Simulation
from acd.simulation.workload import Stream
from tests.acd.centre import Centre, agents, of_type, offered


@pytest.fixture
def centre() -> Centre:
    made = Centre([Queue("q", announcements=Announcements(15, 60), ring_timeout_s=20)], agents("ann", "bob"))
    made.log_in("ann", "bob")
    made.call("busy1"), made.accept("ann"), made.call("busy2"), made.accept("bob")
    return made


def told(effects: list) -> list[tuple[str, int]]:  # type: ignore[type-arg]
    return [(e.contact, e.position) for e in of_type(effects, Announce)]


def test_position_is_told_on_a_schedule(centre: Centre) -> None:
    centre.call("c1"), centre.call("c2"), centre.call("urgent", priority=1)
    assert told(centre.wait(15)) == [("c1", 2), ("c2", 3), ("urgent", 1)]
    assert told(centre.wait(59)) == []
    centre.hang_up("urgent")
    assert told(centre.wait(1)) == [("c1", 1), ("c2", 2)]


def test_asterisk_1568_an_announcement_to_the_first_caller_does_not_stall_offers(centre: Centre) -> None:
    """asterisk#1568: nobody tells the router that an announcement has ended, and nobody waits for it."""
    centre.call("c1"), centre.call("c2")
    assert told(centre.wait(15)) == [("c1", 1), ("c2", 2)]
    assert offered(centre.end("busy1")) == [("c1", "ann")]
    assert offered(centre.end("busy2")) == [("c2", "bob")]


def test_while_a_phone_rings_nothing_is_announced(centre: Centre) -> None:
    centre.call("c1")
    centre.wait(10), centre.end("busy1")
    assert told(centre.wait(15)) == []
    centre.refuse("ann")
    assert told(centre.wait(49)) == [], "it has rung again meanwhile"
    assert told(centre.wait(1)) == [("c1", 1)], "and nobody answered"


def test_the_estimate_comes_from_the_pace_of_the_line(centre: Centre) -> None:
    assert centre.router.estimate("c1", centre.now) is None
    for n in range(6):
        centre.call(f"c{n}")
    assert centre.router.estimate("c3", centre.now) is None, "nobody has been taken yet"
    for n in range(3):
        centre.now += 30
        centre.end(f"c{n - 1}" if n else "busy1")
        centre.accept("ann")
    assert centre.router.position("c4") == 2
    estimate = centre.router.estimate("c4", centre.now)
    assert estimate is not None
    assert estimate.mean_s == pytest.approx(60)
    assert estimate.low_s < 30
    assert estimate.high_s > 100
    view = centre.router.queues_view(centre.now)[0]
    assert view.estimate is not None
    assert view.estimate.mean_s == pytest.approx(120), "for one who comes now"


def test_those_who_give_up_shorten_the_wait_of_the_others() -> None:
    patient, impatient = ServiceProcess(0, 0), ServiceProcess(0, 0)
    for process in (patient, impatient):
        process.resize(10, 0)
        process.resize(10, 100)
        process.current.taken = 10
    impatient.current.given_up = 10
    a, b = patient.estimate(99, 100), impatient.estimate(99, 100)
    assert a is not None and b is not None  # noqa: PT018
    assert a.mean_s == pytest.approx(1000)
    assert b.mean_s == pytest.approx(sum(1 / (0.1 + j * 0.01) for j in range(100)), rel=1e-3)


def test_what_is_long_past_says_nothing() -> None:
    process = ServiceProcess(0, 0)
    process.resize(1, 0)
    process.resize(0, 10)
    process.current.taken = 1
    assert process.estimate(0, 10) is not None
    process.resize(1, 3 * WINDOW_S)
    assert process.estimate(0, 3 * WINDOW_S) is None


def test_a_line_that_stands_still_is_estimated_ever_slower() -> None:
    process = ServiceProcess(0, 0)
    process.resize(1, 0)
    process.current.taken = 1
    means = [estimate.mean_s for now in (10, 100, 500) if (estimate := process.estimate(0, now)) is not None]
    assert means == [10, 100, 500]


def test_the_error_is_what_was_waited_against_what_was_said() -> None:
    error = EstimateError()
    assert (error.covered, error.bias_s, error.mean_absolute_s) == (None, None, None)
    error.add(Estimate(5, 10, 20), 8)
    error.add(Estimate(5, 10, 20), 30)
    assert (error.covered, error.bias_s, error.mean_absolute_s) == (0.5, -9, 11)


def test_intervals_hold_about_eight_waits_of_ten_in_an_m_m_5() -> None:
    chance = random.Random(7)
    queue = Queue("q", max_wait_s=1e12)
    stream = Stream("q", lambda: chance.expovariate(1 / 13.0), lambda: chance.expovariate(1 / 60.0))
    staff = [Agent(f"a{n}", "", {}, ("q",)) for n in range(5)]
    simulation = Simulation([queue], staff, islice(stream.contacts(), 6000), chance)
    result = simulation.run()
    error = simulation.router.floor.processes["q"].error
    assert error.count > 2000
    assert error.covered == pytest.approx(0.8, abs=0.06)
    mean_wait_s = result.mean_wait_s
    assert mean_wait_s > 60
    assert abs(error.bias_s or 0.0) < 0.1 * mean_wait_s


def test_closing_a_queue_that_is_not_there_is_ignored(centre: Centre) -> None:
    before = centre.router.ignored
    centre.feed(QueueClosed("nowhere"))
    assert centre.router.ignored == before + 1
