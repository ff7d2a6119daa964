"""Which number a callback may ring: one spelling for each, and no number that costs whoever rings it money.

an agent's phone (an internal number)    as it is
anything else                            a valid telephone number, as `phonenumbers` knows them, in E.164
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import phonenumbers
from phonenumbers import PhoneNumberType

from telephony.calls.numbers import NumberPatterns, normalise

EXPENSIVE = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
"""Whoever types such a number may own it: a callback would pay them (toll fraud)."""


class BadNumber(ValueError):
    """Nobody can, or may, be rung at this number; the text says why."""


class CallbackNumbers:
    """Checks numbers; `is_internal` knows the phones of the house."""

    def __init__(
        self, region: str | None, allowed: Sequence[str], is_internal: Callable[[str], bool]
    ) -> None:
        self._region = region
        self._allowed = NumberPatterns(dict.fromkeys(allowed or ("*",), True), region)
        self._is_internal = is_internal

    def check(self, text: str) -> str:
        """The number as it is rung, and known by. BadNumber."""
        if self._is_internal(text):
            return text
        number = normalise(text, self._region)
        try:
            parsed = phonenumbers.parse(number, None)
        except phonenumbers.NumberParseException as error:
            raise BadNumber("it is no telephone number") from error
        if not phonenumbers.is_valid_number(parsed):
            raise BadNumber("it is no telephone number")
        if phonenumbers.number_type(parsed) in EXPENSIVE:
            raise BadNumber("it is a premium-rate number")
        if not self._allowed.find(number):
            raise BadNumber("it is not among the numbers that may be rung back")
        return number
