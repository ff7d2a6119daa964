"""What-if: the router of the live system fed with made contacts, from plain options or from a configuration.

Data flow: options or configuration -> one simulation for each seed -> figures with their confidence intervals.
The figures are those of `acd.simulator`. `contacts_per_minute` is about this program: contacts for each minute of
wall time, over all seeds.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from acd.model import RouterPolicy
from acd.simulator import Draw, PlainSystem, Simulation, SimulationResult, Stream
from cordboard import wiring
from cordboard.confidence import mean_and_half_width
from cordboard.config import CordboardFile
from cordboard.directory import Directory
from cordboard.routing import Conditions

FIGURES = ("p_wait", "mean_wait_s", "service_level", "asa_s", "abandon_rate", "occupancy")

Run = Callable[[random.Random], SimulationResult]
"""One simulation with one source of chance."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who rings: arrivals by queue and second, exponential times; patience None means that nobody gives up."""

    arrivals_per_s: Mapping[str, float]
    talk_s: float
    patience_s: float | None
    contacts: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The means over the seeds, half the width of their 95 % intervals (None for one seed), and the pace."""

    means: Mapping[str, float]
    half_widths: Mapping[str, float | None]
    contacts: int
    contacts_per_minute: float

    def as_data(self) -> dict[str, object]:
        """One flat object; the intervals under `confidence_95` if there are any."""
        data: dict[str, object] = {name: round(self.means[name], 6) for name in FIGURES}
        data |= {"contacts": self.contacts, "contacts_per_minute": round(self.contacts_per_minute)}
        halves = {name: half for name, half in self.half_widths.items() if half is not None}
        if halves:
            data["confidence_95"] = {
                name: [round(self.means[name] - half, 6), round(self.means[name] + half, 6)]
                for name, half in halves.items()
            }
        return data


def figures(run: Run, seeds: Sequence[int]) -> Figures:
    """Run once for each seed and put the figures together."""
    began = time.perf_counter()
    results = [run(random.Random(seed)) for seed in seeds]
    minutes = (time.perf_counter() - began) / 60
    found = {name: mean_and_half_width([getattr(each, name) for each in results]) for name in FIGURES}
    contacts = sum(each.contacts for each in results)
    return Figures(
        means={name: mean for name, (mean, _) in found.items()},
        half_widths={name: half for name, (_, half) in found.items()},
        contacts=contacts,
        contacts_per_minute=contacts / minutes,
    )


def plain(system: PlainSystem, contacts: int) -> Run:
    """A system described by options alone."""
    return lambda chance: system.simulate(contacts, chance)


def configured(settings: CordboardFile, traffic: Traffic) -> Run:
    """The queues and the agents of a configuration, all of them logged in, under this traffic.

    ValueError: traffic for a queue that the configuration does not have, or none at all.
    """
    unknown = [queue for queue in traffic.arrivals_per_s if queue not in settings.queues]
    if unknown:
        raise ValueError(f"no queue {unknown[0]!r}: there are {', '.join(settings.queues) or 'none'}")
    if not traffic.arrivals_per_s:
        raise ValueError("nobody rings: say --arrivals for at least one queue")
    queues = wiring.queues(settings)
    agents = list(Directory(settings, {}).agents.values())
    policy: RouterPolicy = wiring.policy(settings)

    def run(chance: random.Random) -> SimulationResult:
        streams = [
            Stream(
                queue,
                gap=_exponential(chance, 1 / rate),
                talk=_exponential(chance, traffic.talk_s),
                patience=None if traffic.patience_s is None else _exponential(chance, traffic.patience_s),
            )
            for queue, rate in traffic.arrivals_per_s.items()
        ]
        return Simulation(
            queues,
            agents,
            streams,
            chance,
            contacts=traffic.contacts,
            policy=policy,
            evaluate=Conditions(),
        ).run()

    return run


def _exponential(chance: random.Random, mean: float) -> Draw:
    return lambda: chance.expovariate(1 / mean)
