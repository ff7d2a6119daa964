"""One simulation for each seed, of a plain system or of a configuration under a workload, and the figures of all."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from acd.events import Event
from acd.simulation import experiment
from acd.simulation.confidence import Interval
from acd.simulation.plain import PlainSystem
from acd.simulation.run import Simulation
from acd.simulation.service import SimulationResult
from cordboard import wiring
from cordboard.config import CordboardFile
from cordboard.directory import Directory
from cordboard.opening_hours import OpeningHours
from cordboard.quiet_hours import RingingHours
from cordboard.routing import Conditions
from cordboard.simulated.workloads import Workload

Run = Callable[[int], SimulationResult]
"""One simulation with one seed."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Every figure with its interval over the seeds; `contacts` of all seeds together, and the pace of this program."""

    values: Mapping[str, Interval]
    contacts: int
    contacts_per_minute: float


def measure(run: Run, seeds: Sequence[int]) -> tuple[Figures, list[SimulationResult]]:
    """Run once for each seed and put the figures together."""
    began = time.perf_counter()
    with _calm_collector():
        results = [run(seed) for seed in seeds]
    minutes = (time.perf_counter() - began) / 60
    contacts = sum(each.contacts for each in results)
    return Figures(experiment.summarise(results), contacts, contacts / minutes), results


@contextmanager
def _calm_collector() -> Iterator[None]:
    """A contact makes some hundred objects that reference counting frees: a collection for every few is a tenth of all
    time.
    """
    thresholds = gc.get_threshold()
    gc.set_threshold(100_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def plain(system: PlainSystem, contacts: int) -> Run:
    """A system described by options alone."""
    return lambda seed: system.simulate(contacts, random.Random(seed))


def configured(settings: CordboardFile, workload: Workload) -> Run:
    """The queues and the agents of a configuration under a workload.

    ValueError: contacts for a queue that the configuration does not have, or shifts of nobody.
    """
    for queue in sorted(workload.queues):
        if queue not in settings.queues:
            raise ValueError(f"no queue {queue!r}: there are {', '.join(settings.queues) or 'none'}")
    queues = wiring.queues(settings)
    agents, shifts = workload.staffing(list(Directory(settings, {}).agents.values()))
    policy = wiring.policy(settings)
    began_at = workload.began_at
    told = opening_hours(settings, workload)
    ringing = RingingHours(settings.callbacks.hours, began_at.timestamp) if began_at is not None else None

    def run(seed: int) -> SimulationResult:
        # Two sources of chance, so that another configuration is given the same contacts.
        return Simulation(
            queues,
            agents,
            workload.records(random.Random(seed)),
            random.Random(f"router {seed}"),
            shifts=shifts,
            told=told,
            callbacks=workload.callbacks,
            answer_s=workload.answer_s,
            policy=policy,
            evaluate=Conditions(),
            calendar=ringing,
        ).run()

    return run


def opening_hours(settings: CordboardFile, workload: Workload) -> list[tuple[float, Event]]:
    """When queues open and close, to the minute, if the workload is a day of a calendar."""
    if workload.began_at is None:
        return []
    hours = OpeningHours(
        {name: each.hours for name, each in settings.queues.items() if each.hours is not None}
    )
    told: list[tuple[float, Event]] = []
    for minute in range(int(workload.lasts_s // 60) + 1):
        moment = workload.began_at + timedelta(minutes=minute)
        told += [(minute * 60.0, event) for event in hours.changes(moment)]
    return told
