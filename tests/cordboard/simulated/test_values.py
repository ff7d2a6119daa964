"""Rates and times of day as people write them."""

from __future__ import annotations

import pytest

from cordboard.simulated.values import parse_quarter, parse_rate, parse_time


def test_rates_have_a_unit() -> None:
    assert parse_rate("480/h") == pytest.approx(480 / 3600)
    assert parse_rate("8 / min") == pytest.approx(8 / 60)
    assert parse_rate("0/h", zero=True) == 0
    for wrong in ("8", "-1/h", "x/h", "nan/s", "1/year", "0/h", 8):
        with pytest.raises(ValueError, match="expected a rate"):
            parse_rate(wrong)


def test_times_of_day() -> None:
    assert (parse_time("08:15"), parse_time("8:15"), parse_time("24:00")) == (29_700, 29_700, 86_400)
    for wrong in ("8", "24:01", "12:60", "25:00", 815):
        with pytest.raises(ValueError, match="expected a time of day"):
            parse_time(wrong)
    assert parse_quarter("08:15") == 33
    with pytest.raises(ValueError, match="on a quarter of an hour"):
        parse_quarter("08:10")
