"""Student's t against the tables, and intervals worked out by hand and by trial."""

from __future__ import annotations

import math
import random

import pytest

from acd.simulation.confidence import Interval, quantile


@pytest.mark.parametrize(("degrees", "expected"), [(1, 12.706), (9, 2.262), (40, 2.021), (120, 1.980)])
def test_the_quantile_is_the_tables(degrees: int, expected: float) -> None:
    assert quantile(degrees) == pytest.approx(expected, abs=1e-3)


def test_three_values_have_an_interval() -> None:
    found = Interval.of([1.0, 2.0, 3.0])
    assert found.mean == 2.0
    assert found.half_width == pytest.approx(4.303 / math.sqrt(3))
    assert (found.low, found.high) == (2.0 - found.half_width, 2.0 + found.half_width)
    assert not found.excludes_zero
    assert Interval(-2.0, 1.9).excludes_zero


def test_one_value_has_none() -> None:
    found = Interval.of([7.0])
    assert (found.mean, found.half_width, found.high) == (7.0, None, math.inf)
    assert not found.excludes_zero
    with pytest.raises(ValueError, match="at least 1"):
        quantile(0)
    with pytest.raises(ValueError, match="of nothing"):
        Interval.of([])


def test_intervals_hold_the_true_mean_in_19_of_20_cases() -> None:
    chance = random.Random(3)
    held = 0
    for _ in range(1000):
        interval = Interval.of([chance.gauss(5, 2) for _ in range(6)])
        held += interval.low <= 5 <= interval.high
    assert held == pytest.approx(950, abs=25)
