"""A system described by a few numbers: what queueing theory has formulas for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from acd.model import Agent, Queue, RouterPolicy, Strategy
from acd.simulation.distributions import Chance, Draw
from acd.simulation.run import Simulation
from acd.simulation.service import SimulationResult
from acd.simulation.workload import ContactRecord, Stream, in_order

FOR_EVER_S = 1e12


@dataclass(frozen=True, slots=True)
class PlainSystem:
    """One queue or several alike, exponential times.

    `arrivals_per_s` are over all queues together; agents are shared out evenly. `patience_s` None: nobody
    gives up. ValueError: fewer agents than queues, or a rate or a time that is not positive.
    """

    agents: int
    talk_s: float
    arrivals_per_s: float
    patience_s: float | None = None
    queues: int = 1
    service_level_s: float = 20.0
    strategy: Strategy = Strategy.LONGEST_IDLE

    def __post_init__(self) -> None:
        if not (0 < self.queues <= self.agents and self.talk_s > 0 and self.arrivals_per_s > 0):
            raise ValueError("a plain system needs an agent for each queue, and times and rates above 0")

    def simulate(self, contacts: int, chance: Chance) -> SimulationResult:
        """One run of so many contacts."""
        names = [f"q{n}" for n in range(self.queues)]
        queues = [
            Queue(
                name,
                service_level_s=self.service_level_s,
                max_wait_s=FOR_EVER_S,
                strategy=self.strategy,
            )
            for name in names
        ]
        staff = [Agent(f"a{n}", "", {}, (names[n % self.queues],)) for n in range(self.agents)]
        policy = RouterPolicy(max_missed=0, verify_contact_s=FOR_EVER_S)
        records = islice(self._contacts(names, chance), contacts)
        return Simulation(queues, staff, records, chance, policy=policy).run()

    def _contacts(self, queues: list[str], chance: Chance) -> Iterator[ContactRecord]:
        gap = exponential(chance, self.queues / self.arrivals_per_s)
        talk = exponential(chance, self.talk_s)
        patience = None if self.patience_s is None else exponential(chance, self.patience_s)
        return in_order(Stream(queue, gap, talk, patience).contacts() for queue in queues)


def exponential(chance: Chance, mean: float) -> Draw:
    """Lengths of time without memory."""
    rate = 1.0 / mean
    return lambda: chance.expovariate(rate)
