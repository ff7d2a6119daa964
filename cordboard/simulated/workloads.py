"""What a configuration is to be tried with: who rings, and who is at work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from acd.model import Agent
from acd.simulation.distributions import Chance
from acd.simulation.plain import exponential
from acd.simulation.workload import CallbackHabits, ContactRecord, Shift, Stream, in_order

Staffing = Callable[[Sequence[Agent]], tuple[list[Agent], list[Shift]]]
"""The agents of a configuration as they are to be simulated, and their shifts; without a shift all are always there."""


def always_there(agents: Sequence[Agent]) -> tuple[list[Agent], list[Shift]]:
    """Everybody, all the time."""
    return list(agents), []


@dataclass(frozen=True, slots=True)
class Workload:
    """`records` makes one run's contacts, for `queues`, in the order of time; the same for the same chance.

    `began_at` is the moment at which a run begins, and `lasts_s` how long its day is; without one it is no day of a
    calendar, and everything is open.
    """

    queues: frozenset[str]
    records: Callable[[Chance], Iterator[ContactRecord]]
    staffing: Staffing = always_there
    callbacks: CallbackHabits = field(default_factory=CallbackHabits)
    answer_s: float = 0.0
    began_at: datetime | None = None
    lasts_s: float = 0.0


def steady(
    arrivals_per_s: Mapping[str, float], talk_s: float, patience_s: float | None, contacts: int
) -> Workload:
    """So many contacts at rates that never change; all times exponential. `patience_s` None: nobody gives up.

    ValueError: nobody rings.
    """
    if not arrivals_per_s:
        raise ValueError("nobody rings: say --arrivals for at least one queue")

    def records(chance: Chance) -> Iterator[ContactRecord]:
        talk = exponential(chance, talk_s)
        patience = None if patience_s is None else exponential(chance, patience_s)
        streams = [
            Stream(queue, exponential(chance, 1 / rate), talk, patience)
            for queue, rate in arrivals_per_s.items()
        ]
        return islice(in_order(stream.contacts() for stream in streams), contacts)

    return Workload(frozenset(arrivals_per_s), records)
