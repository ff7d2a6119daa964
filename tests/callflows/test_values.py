"""Durations, ranges of digits, keys, names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callflows.values import DigitRange, parse_digit_range, parse_duration, parse_key, spell_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5s", 5),
        ("1m30s", 90),
        ("250ms", 0.25),
        ("1h", 3600),
        ("2d", 172800),
        ("1.5s", 1.5),
        ("1m 30s", 90),
        ("0s", 0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value", ["soon", "5", "", "s", "-5s", "5s5", "5s1m", "5s5s", 5, None, True, "5 s x"]
)
def test_what_is_not_a_duration(value: object) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        parse_duration(value)


@given(st.integers(0, 10**9))
def test_a_duration_is_spelt_so_that_it_reads_back(milliseconds: int) -> None:
    assert parse_duration(spell_duration(milliseconds / 1000)) == pytest.approx(milliseconds / 1000)


def test_ranges_of_digits() -> None:
    assert parse_digit_range("4..8") == DigitRange(4, 8)
    assert parse_digit_range(6) == parse_digit_range("6") == DigitRange(6, 6)
    assert (str(DigitRange(4, 8)), str(DigitRange(6, 6))) == ("4..8", "6")


@pytest.mark.parametrize("value", ["8..4", "0", 0, "4-8", "4..", 65, True, None, [4]])
def test_what_is_not_a_range_of_digits(value: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_digit_range(value)


def test_keys() -> None:
    assert [parse_key(value) for value in (1, "1", "*", "#", "22", "A")] == ["1", "1", "*", "#", "22", "A"]


@pytest.mark.parametrize("value", ["", "x", "1 2", -1, True, None, 1.5, "1" * 17])
def test_what_is_not_a_key(value: object) -> None:
    with pytest.raises(ValueError, match="expected keys"):
        parse_key(value)
