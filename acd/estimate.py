"""How long until an agent's phone rings for somebody at a given place in line: an interval from the recent past.

Of each queue it is watched, while anybody stands in its line, how often a contact is taken out of it for an agent
(rate m) and how often one gives up (rate t each). Somebody with n before them moves up at rate m + n t, then m + (n -
1) t, ..., m, so the wait has

    mean     sum of 1 / (m + j t)      for j = 0 .. n
    variance sum of 1 / (m + j t)^2    plus mean^2 / takes: the rate itself is only known from so many takes

and the interval holds eight waits of ten of a gamma distribution with these (Wilson-Hilferty). Recent are the
current window of `WINDOW_S` and the one before. How good it is, is measured: the estimate that a contact had on
arrival is held against what it waited (`EstimateError`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log, sqrt

WINDOW_S = 600.0
_Z = 1.2816
"""The standard normal's 90th percentile: a tenth of the waits on either side."""
_SUMMED = 32


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds from now: the mean, and an interval that eight waits of ten fall into."""

    low_s: float
    mean_s: float
    high_s: float


@dataclass(slots=True)
class EstimateError:
    """Estimates made on arrival against what was waited. `bias_s` is estimated minus waited, on the average."""

    count: int = 0
    within: int = 0
    error_s: float = 0.0
    absolute_error_s: float = 0.0

    def add(self, estimate: Estimate, waited_s: float) -> None:
        self.count += 1
        self.within += estimate.low_s <= waited_s <= estimate.high_s
        self.error_s += estimate.mean_s - waited_s
        self.absolute_error_s += abs(estimate.mean_s - waited_s)

    @property
    def covered(self) -> float | None:
        """The share of waits inside their interval; 0.8 would be perfect."""
        return self.within / self.count if self.count else None

    @property
    def bias_s(self) -> float | None:
        return self.error_s / self.count if self.count else None

    @property
    def mean_absolute_s(self) -> float | None:
        return self.absolute_error_s / self.count if self.count else None


@dataclass(slots=True)
class Window:
    """What happened in a stretch of time: seconds with a line, seconds stood in it by all together."""

    busy_s: float = 0.0
    stood_s: float = 0.0
    taken: int = 0
    given_up: int = 0


@dataclass(slots=True)
class ServiceProcess:
    """One queue's line, watched. Cheap: a few additions whenever the line changes."""

    at: float
    began_at: float
    size: int = 0
    current: Window = field(default_factory=Window)
    previous: Window = field(default_factory=Window)
    error: EstimateError = field(default_factory=EstimateError)

    def resize(self, size: int, now: float) -> None:
        """The line has `size` in it from now on."""
        if self.size:
            passed_s = now - self.at
            self.current.busy_s += passed_s
            self.current.stood_s += passed_s * self.size
        self.at = now
        self.size = size
        if now - self.began_at >= WINDOW_S:
            self.previous = self.current if now - self.began_at < 2 * WINDOW_S else Window()
            self.current = Window()
            self.began_at = now

    def estimate(self, before: int, now: float) -> Estimate | None:
        """For somebody with `before` in front of them; None while nobody has been taken lately."""
        recent = (self.current, self.previous) if now - self.began_at < 2 * WINDOW_S else (self.current,)
        passed_s = now - self.at if self.size else 0.0
        taken = sum(window.taken for window in recent)
        busy_s = sum(window.busy_s for window in recent) + passed_s
        if not taken or busy_s <= 0:
            return None
        rate = taken / busy_s
        stood_s = sum(window.stood_s for window in recent) + passed_s * self.size
        leaving = sum(window.given_up for window in recent) / stood_s if stood_s else 0.0
        mean_s, variance = _moments(rate, leaving, before)
        return _interval(mean_s, variance + mean_s * mean_s / taken)


def _moments(rate: float, leaving: float, before: int) -> tuple[float, float]:
    """The two sums: the first terms as they are, a long rest by its integral."""
    rates = [rate + j * leaving for j in range(min(before + 1, _SUMMED))]
    mean_s, variance = sum(1 / each for each in rates), sum(1 / each**2 for each in rates)
    rest = before + 1 - _SUMMED
    if rest > 0:
        low = rate + (_SUMMED - 0.5) * leaving
        high = low + rest * leaving
        if leaving * rest < 1e-9 * low:
            return mean_s + rest / low, variance + rest / low**2
        mean_s += log(high / low) / leaving
        variance += (1 / low - 1 / high) / leaving
    return mean_s, variance


def _interval(mean_s: float, variance: float) -> Estimate:
    shape = mean_s * mean_s / variance
    middle, spread = 1 - 1 / (9 * shape), _Z / sqrt(9 * shape)
    low_s, high_s = (mean_s * max(0.0, middle + sign * spread) ** 3 for sign in (-1, 1))
    return Estimate(low_s, mean_s, high_s)
