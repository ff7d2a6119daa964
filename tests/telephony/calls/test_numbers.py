"""Numbers in one spelling, and patterns."""

from __future__ import annotations

import pytest

from telephony.calls.numbers import NumberPatterns, is_numeric, national, normalise

LONDON = "+442079460000"


@pytest.mark.parametrize(
    "dialled",
    ["0207 946 0000", "020 7946 0000", "+44 20 7946 0000", "+44 (20) 7946-0000", "tel:+44-20-7946-0000;ext=1",
     "442079460000", "00442079460000", " 02079460000 "],
)  # fmt: skip
def test_one_number_has_one_spelling(dialled: str) -> None:
    assert normalise(dialled, "GB") == LONDON


@pytest.mark.parametrize(
    "dialled", ["1000", "support", "*99", "", "999", "+1", "12345", "alice.smith", "9" * 40]
)
def test_what_is_no_number_outside_stays_as_it_is(dialled: str) -> None:
    assert normalise(dialled, "GB") == dialled


def test_without_a_region_only_international_numbers_are_known() -> None:
    assert normalise("02079460000", None) == "02079460000"
    assert normalise("+44 20 7946 0000", None) == normalise("0044 20 7946 0000", None) == LONDON
    assert normalise("2025550123", "US") == "+12025550123"


def test_national_writing() -> None:
    assert national(LONDON, "GB") == "02079460000"
    assert national(LONDON, "US") == LONDON
    assert national(LONDON, None) == LONDON
    assert national("1000", "GB") == "1000"
    assert national("+", "GB") == "+"


def test_numeric() -> None:
    assert all(is_numeric(text) for text in ["1000", "+44", "0"])
    assert not any(is_numeric(text) for text in ["", "+", "12a", "١٢", "1" * 33])


PATTERNS = {
    "0207 946 0000": "london",
    "+4420*": "greater london",
    "+44*": "uk",
    "1000": "desk",
    "10*": "tens",
    "help": "help",
}


@pytest.mark.parametrize(
    ("dialled", "flow"),
    [
        ("1000", "desk"), ("1001", "tens"), ("help", "help"), ("020 7946 0000", "london"), (LONDON, "london"),
        ("442079460000", "london"), ("02079460001", "greater london"), ("+441614960000", "uk"),
        ("0161 496 0000", "uk"), ("+33142685300", None), ("2000", None), ("", None),
    ],
)  # fmt: skip
def test_exact_first_then_the_longest_prefix(dialled: str, flow: str | None) -> None:
    assert NumberPatterns(PATTERNS, "GB").find(dialled) == flow


def test_a_star_takes_what_is_left_and_an_extension_is_not_read_as_a_number() -> None:
    assert NumberPatterns({"1000": "a", "*": "rest"}, "GB").find("whatever") == "rest"
    patterns = NumberPatterns({"2025550123": "an extension", "+12025550123": "a number"}, "US")
    assert patterns.find("2025550123") == "an extension"
    assert patterns.find("+1 202 555 0123") == "a number"


def test_how_much_a_pattern_names() -> None:
    patterns = NumberPatterns(PATTERNS, "GB")
    assert patterns.longest_prefix(LONDON) == len(LONDON)
    assert patterns.longest_prefix("+442079460001") == 5
    assert patterns.longest_prefix("+441614960000") == 3
    assert patterns.longest_prefix("+33142685300") is None
    assert NumberPatterns({"*": True}).longest_prefix("anything") == 0
