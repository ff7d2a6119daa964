"""The same day by many seeds, and two configurations on the same contacts."""

from __future__ import annotations

import random

from acd.model import Agent, Queue
from acd.simulation.distributions import Distribution, Shape
from acd.simulation.experiment import differences, summarise
from acd.simulation.run import Simulation
from acd.simulation.service import SimulationResult
from acd.simulation.workload import Arrivals

TALK = Distribution(Shape.EXPONENTIAL, 60)


def run_with(agents: int) -> list[SimulationResult]:
    def run(seed: int) -> SimulationResult:
        day = Arrivals("q", (60,) * 4, TALK, Distribution(Shape.EXPONENTIAL, 120)).contacts(
            random.Random(seed)
        )
        people = [Agent(f"a{number}", "", {}, ("q",)) for number in range(agents)]
        return Simulation([Queue("q")], people, day, random.Random(seed + 1)).run()

    return [run(seed) for seed in range(8)]


def test_two_configurations_are_compared_on_the_same_contacts() -> None:
    five, six = run_with(5), run_with(6)
    assert [a.contacts for a in five] == [b.contacts for b in six]
    found = differences(five, six)
    assert found["service_level"].low > 0
    assert found["occupancy q"].high < 0
    assert not differences(five, five)["asa_s"].excludes_zero


def test_every_figure_has_an_interval_by_queue_too() -> None:
    found = summarise(run_with(5))
    assert 0 < found["service_level q"].low < found["service_level"].mean < found["service_level"].high < 1
    assert found["occupancy q"] == found["occupancy"]
    assert found["callbacks"].mean == 0


def test_two_configurations_with_other_queues_share_the_figures_over_all() -> None:
    [one] = run_with(5)[:1]
    other = Simulation([Queue("p")], [], [], random.Random(1)).run()
    found = differences([one], [other])
    assert "asa_s" in found
    assert "asa_s q" not in found
