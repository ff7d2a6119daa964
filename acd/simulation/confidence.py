"""How sure a mean over a few independent runs is: Student's t, two-sided, 95 %."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

_EXACT = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
"""The 97.5 % quantile for 1 to 30 degrees of freedom."""

_NORMAL = 1.959964


def quantile(degrees: int) -> float:
    """The 97.5 % quantile of Student's t; beyond 30 degrees by the Cornish-Fisher expansion, good to 0.001."""
    if degrees < 1:
        raise ValueError(f"one run says nothing of its own spread: degrees must be at least 1, got {degrees}")
    if degrees <= len(_EXACT):
        return _EXACT[degrees - 1]
    z = _NORMAL
    return z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and half the width of its 95 % confidence interval; None for a single value, which says nothing of it."""

    mean: float
    half_width: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Interval:
        """ValueError: no values."""
        if not values:
            raise ValueError("an interval of nothing")
        if len(values) == 1:
            return cls(values[0], None)
        return cls(fmean(values), quantile(len(values) - 1) * stdev(values) / math.sqrt(len(values)))

    @property
    def low(self) -> float:
        return -math.inf if self.half_width is None else self.mean - self.half_width

    @property
    def high(self) -> float:
        return math.inf if self.half_width is None else self.mean + self.half_width

    @property
    def excludes_zero(self) -> bool:
        """Of a difference: whether it is one, and no chance."""
        return self.low > 0 or self.high < 0
