"""Rates and times of day as people write them."""

from __future__ import annotations

import math
import re
from typing import Annotated

from pydantic import BeforeValidator

from acd.simulation.workload import QUARTER_S
from callflows.validation import describe

_UNITS_S = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\Z")
DAY_S = 86400.0


def parse_rate(text: object, *, zero: bool = False) -> float:
    """Contacts a second from `480/h`, `8/min`, `0.1/s`; 0 only where `zero`. Raises ValueError."""
    number, slash, unit = text.replace(" ", "").partition("/") if isinstance(text, str) else ("", "", "")
    try:
        rate = float(number)
    except ValueError:
        rate = math.nan
    if not slash or unit not in _UNITS_S or not (math.isfinite(rate) and (rate > 0 or (zero and rate == 0))):
        raise ValueError(f'expected a rate such as "480/h", "8/min" or "0.1/s", got {describe(text)}')
    return rate / _UNITS_S[unit]


def parse_time(text: object) -> float:
    """Seconds since midnight from `08:15`; `24:00` is the day's end. Raises ValueError."""
    match = _TIME.match(text) if isinstance(text, str) else None
    seconds = int(match[1]) * 3600.0 + int(match[2]) * 60.0 if match else math.inf
    if seconds > DAY_S:
        raise ValueError(f'expected a time of day such as "08:15", got {describe(text)}')
    return seconds


def parse_quarter(text: object) -> int:
    """Which quarter of an hour of the day begins at `08:15`. Raises ValueError."""
    quarter, odd = divmod(parse_time(text), QUARTER_S)
    if odd:
        raise ValueError(f"expected a time on a quarter of an hour, got {describe(text)}")
    return int(quarter)


TimeOfDay = Annotated[float, BeforeValidator(parse_time)]
Quarter = Annotated[int, BeforeValidator(parse_quarter)]
Rate = Annotated[float, BeforeValidator(lambda value: parse_rate(value, zero=True))]
