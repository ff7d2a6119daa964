"""What a simulated centre has to do: contacts by rates of a quarter of an hour or from records, and shifts.

Distributions draw from the same `Chance` as everything else, each source from its own, so that two configurations can
be given the very same contacts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import exp, log, sqrt
from typing import Protocol

import msgspec

QUARTER_S = 900.0


class Chance(Protocol):
    """What is needed of a source of chance; `random.Random` is one."""

    def random(self) -> float: ...
    def expovariate(self, lambd: float, /) -> float: ...
    def gauss(self, mu: float, sigma: float, /) -> float: ...


class Shape(StrEnum):
    """Of a length of time: `spread` is the standard deviation as a share of the mean, where it can be chosen."""

    FIXED = "fixed"
    EXPONENTIAL = "exponential"
    LOGNORMAL = "lognormal"
    HISTORY = "history"


@dataclass(frozen=True, slots=True)
class Distribution:
    """Seconds. `history` are lengths seen, drawn from with equal chance; then `mean_s` is not used."""

    shape: Shape
    mean_s: float = 0.0
    spread: float = 1.0
    history: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if (self.shape is Shape.HISTORY) != bool(self.history):
            raise ValueError("lengths seen belong to shape=history, and only there")
        if self.shape is not Shape.HISTORY and self.mean_s <= 0:
            raise ValueError(f"mean_s must be more than 0, got {self.mean_s}")
        if self.spread <= 0:
            raise ValueError(f"spread must be more than 0, got {self.spread}")

    def draw(self, chance: Chance) -> float:
        match self.shape:
            case Shape.FIXED:
                return self.mean_s
            case Shape.EXPONENTIAL:
                return chance.expovariate(1.0 / self.mean_s)
            case Shape.LOGNORMAL:
                variance = log(1.0 + self.spread**2)
                return exp(chance.gauss(log(self.mean_s) - variance / 2, sqrt(variance)))
            case Shape.HISTORY:
                return self.history[int(chance.random() * len(self.history))]


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """One contact, made or from a journal. `patience_s` None: waits for ever."""

    at_s: float
    queue: str
    talk_s: float
    patience_s: float | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Contacts of one queue: `per_quarter` expected in each quarter of an hour from 0 on, Poisson within it."""

    queue: str
    per_quarter: Sequence[float]
    talk: Distribution
    patience: Distribution | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    priority: int = 0

    def contacts(self, chance: Chance) -> Iterator[ContactRecord]:
        for quarter, expected in enumerate(self.per_quarter):
            at_s, end_s = quarter * QUARTER_S, (quarter + 1) * QUARTER_S
            # Without memory, so every quarter may begin anew.
            while expected > 0 and (at_s := at_s + chance.expovariate(expected / QUARTER_S)) < end_s:
                patience_s = None if self.patience is None else self.patience.draw(chance)
                yield ContactRecord(
                    at_s, self.queue, self.talk.draw(chance), patience_s, self.skills, self.priority
                )


@dataclass(frozen=True, slots=True)
class Shift:
    """An agent is logged in from `start_s` to `end_s`; a talk at its end is finished."""

    agent: str
    start_s: float
    end_s: float


def from_records(records: Iterable[Mapping[str, object]]) -> list[ContactRecord]:
    """A journal's contacts, in any order, each with the fields of a ContactRecord.

    ValueError (msgspec.ValidationError) names the field that is wrong.
    """
    found = [msgspec.convert(dict(record), ContactRecord) for record in records]
    return sorted(found, key=lambda record: record.at_s)
