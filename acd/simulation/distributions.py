"""Lengths of time by chance: talk, paperwork, patience."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import exp, log, sqrt
from typing import Protocol

Draw = Callable[[], float]
"""A length of time in seconds, by chance or not."""


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
        """One length, in seconds."""
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
