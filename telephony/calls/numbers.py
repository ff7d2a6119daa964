"""Telephone numbers: one spelling for each, and patterns that lead them somewhere.

    "0207 946 0000" in GB, "+44 20 7946 0000", "tel:+44-20-7946-0000"  ->  +442079460000   (E.164)
    "1000", "support", "*99"                                          ->  as they are

What the `phonenumbers` library takes for a valid number is written in E.164; all else is an extension or a name and
stays as it is dialled. A default region says whose national numbers those without a country code are.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Generic, TypeVar

import phonenumbers

T = TypeVar("T")
_FILLERS = str.maketrans("", "", " -.()/\u00a0")
_MOST_DIGITS = 32


@lru_cache(maxsize=20_000)
def normalise(dialled: str, region: str | None) -> str:
    """The number in E.164; what is no valid number comes back without the fillers people write, or as it is."""
    text = dialled.strip()
    if text.lower().startswith("tel:"):
        text = text[4:].partition(";")[0]
    bare = text.translate(_FILLERS)
    if not is_numeric(bare):
        return dialled.strip()
    for candidate, its_region in _readings(bare, region):
        try:
            number = phonenumbers.parse(candidate, its_region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return bare


def _readings(bare: str, region: str | None) -> list[tuple[str, str | None]]:
    """How digits may be meant: international, national, and in E.164 without its plus as carriers send them."""
    if bare.startswith("+"):
        return [(bare, None)]
    readings: list[tuple[str, str | None]] = [] if region is None else [(bare, region)]
    if bare.startswith("00") and region is None:
        readings.append((f"+{bare[2:]}", None))
    elif not bare.startswith("0") and len(bare) >= 9:
        readings.append((f"+{bare}", None))
    return readings


def is_numeric(text: str) -> bool:
    """Whether a text is digits with perhaps a plus before them: something that could be dialled outside."""
    digits = text[1:] if text.startswith("+") else text
    return digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS


def national(number: str, region: str | None) -> str:
    """An E.164 number of the region as it is dialled inside it (`02079460000`); any other as it is."""
    if region is None or not number.startswith("+"):
        return number
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    if phonenumbers.region_code_for_number(parsed) != region:
        return number
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return written.translate(_FILLERS)


class NumberPatterns(Generic[T]):
    """Patterns and what each leads to: exact ones first, then the longest prefix.

    `1000` is exact, `+4420*` all numbers that begin so, `*` all that are left. A pattern is held against the number as
    it was dialled first and in E.164 then, so that an extension never loses to a number that it could be read as.
    """

    def __init__(self, patterns: Mapping[str, T], region: str | None = None) -> None:
        self._region = region
        self._exact: dict[str, T] = {}
        self._prefixes: dict[str, T] = {}
        for pattern, value in patterns.items():
            if pattern.endswith("*"):
                self._prefixes[pattern[:-1].translate(_FILLERS)] = value
            else:
                self._exact.setdefault(normalise(pattern, region), value)
        self._exact |= patterns  # what is written is what counts, before what it can be read as
        self._lengths = sorted({len(prefix) for prefix in self._prefixes}, reverse=True)

    def find(self, dialled: str) -> T | None:
        """What a number leads to; None if no pattern fits."""
        found = self._exact.get(dialled)
        if found is not None:
            return found
        number = normalise(dialled, self._region)
        found = self._exact.get(number)
        if found is not None:
            return found
        for length in self._lengths:
            for spelling in (dialled, number):
                if len(spelling) >= length and (found := self._prefixes.get(spelling[:length])) is not None:
                    return found
        return None

    def longest_prefix(self, dialled: str) -> int | None:
        """How much of a number the best pattern names: its length, all of it if exact; None if no pattern fits."""
        number = normalise(dialled, self._region)
        if dialled in self._exact or number in self._exact:
            return len(number)
        for length in self._lengths:
            if dialled[:length] in self._prefixes or number[:length] in self._prefixes:
                return length
        return None


def is_region(text: str) -> bool:
    """Whether a text is a region that numbers can be read in, such as GB or DE."""
    return text in phonenumbers.SUPPORTED_REGIONS
