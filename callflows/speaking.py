"""Filters that make values speakable: `{{ customer | digits }}`, `{{ balance | money("EUR") }}`.

What they give is plain text that every TTS engine reads right. Pure functions from value to text.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping

_CURRENCIES: Mapping[str, tuple[str, str, str, str]] = {
    "EUR": ("euro", "euros", "cent", "cents"),
    "GBP": ("pound", "pounds", "penny", "pence"),
    "USD": ("dollar", "dollars", "cent", "cents"),
    "CHF": ("franc", "francs", "centime", "centimes"),
}


def digits(value: object) -> str:
    """One digit after the other, as numbers of customers and phones are read out."""
    names = {"+": "plus", "*": "star", "#": "hash"}
    return ", ".join(names.get(character, character) for character in str(value) if not character.isspace())


def money(value: object, currency: str = "EUR") -> str:
    """An amount as it is said: `12.5` is "12 euros and 50 cents"."""
    if currency not in _CURRENCIES:
        raise ValueError(f"unknown currency {currency}")
    one, many, part, parts = _CURRENCIES[currency]
    cents = round(float(str(value)) * 100)
    sign = "minus " if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    said = f"{sign}{whole} {one if whole == 1 else many}"
    return f"{said} and {rest} {part if rest == 1 else parts}" if rest else said


def date(value: object) -> str:
    """`2026-03-14` is "14 March 2026"."""
    year, month, day = (int(part) for part in str(value)[:10].split("-"))
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise ValueError(f"{value} is not a date such as 2026-03-14")
    return f"{day} {calendar.month_name[month]} {year}"


def last(value: object, count: int = 4) -> str:
    """The last few characters: what a caller may hear of a number without giving it away."""
    return str(value)[-count:]


FILTERS: Mapping[str, Callable[..., str]] = {
    "digits": digits,
    "money": money,
    "date": date,
    "last_digits": last,
}
