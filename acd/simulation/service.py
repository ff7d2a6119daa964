"""The figures of a run, overall and by queue.

    p_wait         share of contacts who were not connected at once
    mean_wait_s    over all contacts, answered or not
    service_level  answered within their queue's service_level_s / (answered + abandoned), 0 to 1
    asa_s          mean wait of the answered
    abandon_rate   abandoned / (answered + abandoned)
    occupancy      time on contacts and paperwork / time logged in, over agents

A contact counts for the queue it came into, whoever served it. One that took a callback is neither answered nor
abandoned: it is one of `callbacks`, and of `callbacks_served` once an agent has talked to the caller. A figure that
has nothing to be taken over is 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields


@dataclass(frozen=True, slots=True)
class Service:
    """What service contacts got."""

    contacts: int
    answered: int
    abandoned: int
    refused: int
    overflowed: int
    callbacks: int
    callbacks_served: int
    p_wait: float
    mean_wait_s: float
    service_level: float
    asa_s: float
    abandon_rate: float


@dataclass(frozen=True, slots=True)
class SimulationResult(Service):
    """All contacts together; `queues` by queue, and the occupancy of each queue's agents in `groups`."""

    occupancy: float
    seconds: float
    queues: Mapping[str, Service] = field(default_factory=dict)
    groups: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Counts:
    """Contacts counted while a simulation runs. `finished` are gone for good, also from the callbacks."""

    finished: int = 0
    answered: int = 0
    in_time: int = 0
    abandoned: int = 0
    refused: int = 0
    waited: int = 0
    wait_s: float = 0.0
    answered_wait_s: float = 0.0
    overflowed: int = 0
    callbacks: int = 0
    callbacks_served: int = 0

    def count_answer(self, wait_s: float, in_time: bool, at_once: bool) -> None:
        self.finished += 1
        self.answered += 1
        self.in_time += in_time
        self.waited += not at_once
        self.wait_s += wait_s
        self.answered_wait_s += wait_s

    def count_abandonment(self, wait_s: float) -> None:
        self.finished += 1
        self.abandoned += 1
        self.waited += 1
        self.wait_s += wait_s

    def service(self) -> Service:
        """The figures of these counts."""
        decided = self.answered + self.abandoned
        return Service(
            contacts=self.finished,
            answered=self.answered,
            abandoned=self.abandoned,
            refused=self.refused,
            overflowed=self.overflowed,
            callbacks=self.callbacks,
            callbacks_served=self.callbacks_served,
            p_wait=_share(self.waited, decided),
            mean_wait_s=_share(self.wait_s, decided),
            service_level=_share(self.in_time, decided),
            asa_s=_share(self.answered_wait_s, self.answered),
            abandon_rate=_share(self.abandoned, decided),
        )


def total(counts: Iterable[Counts]) -> Counts:
    """All of them together."""
    together = Counts()
    for each in counts:
        for one in fields(Counts):
            setattr(together, one.name, getattr(together, one.name) + getattr(each, one.name))
    return together


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
