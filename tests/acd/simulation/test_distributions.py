"""Lengths of time by chance."""

from __future__ import annotations

import random
from statistics import mean, stdev

import pytest

from acd.simulation.distributions import Distribution, Shape


@pytest.mark.parametrize(
    ("distribution", "expected_mean", "expected_deviation"),
    [
        (Distribution(Shape.FIXED, 60), 60, 0),
        (Distribution(Shape.EXPONENTIAL, 60), 60, 60),
        (Distribution(Shape.LOGNORMAL, 60, 0.5), 60, 30),
        (Distribution(Shape.HISTORY, history=(30.0, 90.0)), 60, 30),
    ],
)
def test_distributions_have_their_mean_and_spread(
    distribution: Distribution, expected_mean: float, expected_deviation: float
) -> None:
    chance = random.Random(1)
    drawn = [distribution.draw(chance) for _ in range(20_000)]
    assert mean(drawn) == pytest.approx(expected_mean, rel=0.03)
    assert stdev(drawn) == pytest.approx(expected_deviation, rel=0.05)


def test_senseless_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shape=history"):
        Distribution(Shape.HISTORY)
    with pytest.raises(ValueError, match="mean_s"):
        Distribution(Shape.FIXED)
    with pytest.raises(ValueError, match="spread"):
        Distribution(Shape.LOGNORMAL, 5, 0)
