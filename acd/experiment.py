"""The same day many times, by other chances: figures with confidence intervals, and two configurations compared.

Each seed is one run. The interval of a figure is Student's t over the runs, at 95 %. Two configurations are compared
seed by seed on the same contacts (the caller makes both from the same seed), so that what the day was like
falls out of the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from acd.simulator import SimulationResult

FIGURES = ("p_wait", "mean_wait_s", "service_level", "asa_s", "abandon_rate", "occupancy", "callbacks")

# Student's t, two-sided 95 %, for 1 to 30 degrees of freedom; beyond, the expansion of Cornish and Fisher.
_T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


def t95(degrees: int) -> float:
    if degrees <= len(_T95):
        return _T95[degrees - 1]
    z = 1.959964
    return z + (z**3 + z) / (4 * degrees)


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95 % confidence interval; of a single run there is none, and it is as wide as nothing known."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Interval:
        """ValueError: no values."""
        if not values:
            raise ValueError("an interval of nothing")
        count = len(values)
        mean = sum(values) / count
        if count == 1:
            return cls(mean, float("-inf"), float("inf"))
        variance = sum((value - mean) ** 2 for value in values) / (count - 1)
        half = t95(count - 1) * sqrt(variance / count)
        return cls(mean, mean - half, mean + half)


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure under both configurations, and the second minus the first; `differs` when 0 is not in that."""

    first: Interval
    second: Interval
    difference: Interval

    @property
    def differs(self) -> bool:
        return self.difference.low > 0 or self.difference.high < 0


Run = Callable[[int], SimulationResult]
"""One run with this seed."""


def repeat(run: Run, seeds: Iterable[int]) -> list[SimulationResult]:
    return [run(seed) for seed in seeds]


def summarise(results: Sequence[SimulationResult]) -> dict[str, Interval]:
    """Every figure, and the occupancy of each group as `occupancy QUEUE`."""
    figures = {figure: Interval.of([getattr(result, figure) for result in results]) for figure in FIGURES}
    for queue in results[0].groups:
        figures[f"occupancy {queue}"] = Interval.of([result.groups[queue] for result in results])
    return figures


def compare(first: Sequence[SimulationResult], second: Sequence[SimulationResult]) -> dict[str, Compared]:
    """Of figures that both have; the runs must be of the same seeds, in the same order."""
    found = {}
    for figure in FIGURES:
        pairs = [
            (float(getattr(a, figure)), float(getattr(b, figure))) for a, b in zip(first, second, strict=True)
        ]
        found[figure] = Compared(
            Interval.of([a for a, _ in pairs]),
            Interval.of([b for _, b in pairs]),
            Interval.of([b - a for a, b in pairs]),
        )
    return found
