"""Student's t against the tables, and an interval worked out by hand."""

from __future__ import annotations

import math

import pytest

from cordboard.confidence import mean_and_half_width, quantile


@pytest.mark.parametrize(("degrees", "expected"), [(1, 12.706), (9, 2.262), (40, 2.021), (120, 1.980)])
def test_the_quantile_is_the_tables(degrees: int, expected: float) -> None:
    assert quantile(degrees) == pytest.approx(expected, abs=1e-3)


def test_three_values_have_an_interval() -> None:
    mean, half = mean_and_half_width([1.0, 2.0, 3.0])
    assert mean == 2.0
    assert half == pytest.approx(4.303 / math.sqrt(3))


def test_one_value_has_none() -> None:
    assert mean_and_half_width([7.0]) == (7.0, None)
    with pytest.raises(ValueError, match="at least 1"):
        quantile(0)
