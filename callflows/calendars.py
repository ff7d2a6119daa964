"""Opening hours: calendars with a time zone, weekly hours, public holidays, and exceptions by date.

Data flow: a calendar of a flow file > `Calendar` > `state(moment)`: open, closed or holiday. Pure: the
moment is given.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import holidays
from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from callflows.blocks.base import Options
from callflows.validation import describe

State = Literal["open", "closed", "holiday"]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SMALL_GAP_MINUTES = 15
Span = tuple[int, int]  # minutes after midnight, the end excluded

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\Z")


def parse_spans(value: object) -> tuple[Span, ...]:
    """Spans of a day from `9:00-12:30, 13:30-17:00`; `closed` is none, `all day` is all."""
    if value == "closed":
        return ()
    if value == "all day":
        return ((0, 24 * 60),)
    if not isinstance(value, str):
        raise ValueError(f'expected hours such as "9:00-17:00" or "closed", got {describe(value)}')
    spans: list[Span] = []
    for part in value.split(","):
        match = _SPAN.match(part.strip())
        if match is None:
            raise ValueError(f'expected hours such as "9:00-17:00" or "closed", got {describe(value)}')
        begin, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        if not (int(match[2]) < 60 and int(match[4]) < 60 and begin < end <= 24 * 60):
            raise ValueError(f"expected the earlier time first, within one day, got {describe(value)}")
        if spans and begin < spans[-1][1]:
            raise ValueError(f"expected spans one after the other, got {describe(value)}")
        spans.append((begin, end))
    return tuple(spans)


Spans = Annotated[tuple[Span, ...], PlainValidator(parse_spans), WithJsonSchema({"type": "string"})]


def _days(value: object) -> object:
    """`mon-fri` and `sat, sun` spread out; each day once."""
    if not isinstance(value, dict):
        return value
    spread: dict[str, object] = {}
    for written, spans in value.items():
        for day in _named_days(str(written)):
            if day in spread:
                raise ValueError(f'"{day}" is here twice')
            spread[day] = spans
    return spread


def _named_days(text: str) -> list[str]:
    days: list[str] = []
    for part in text.lower().split(","):
        first, dash, last = (word.strip()[:3] for word in part.partition("-"))
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(f'expected days such as "mon", "mon-fri" or "sat, sun", got {describe(text)}')
        begin, end = DAYS.index(first), DAYS.index(last if dash else first)
        days += DAYS[begin : end + 1] if begin <= end else DAYS[begin:] + DAYS[: end + 1]
    return days


def _date(value: object) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError(f"expected a date such as 2026-12-24, got {describe(value)}") from None


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"there is no time zone {describe(value)}; they are named like Europe/London"
        ) from None
    return value


def _country(value: str) -> str:
    country, _, region = value.partition("-")
    supported = holidays.list_supported_countries()
    if country not in supported:
        raise ValueError(
            f'there are no holidays for {describe(value)}; write a country such as "GB" or "DE-BY"'
        )
    if region and region not in supported[country]:
        raise ValueError(f"{country} has no region {describe(region)}")
    return value


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


class Calendar(Options):
    """When somebody is there."""

    time_zone: Annotated[str, AfterValidator(_zone)] = Field(description="Such as Europe/London.")
    weekly: Annotated[dict[str, Spans], BeforeValidator(_days)] = Field(
        description="Days -> hours: mon-fri -> 9:00-17:00. Days left out are closed."
    )
    holidays: Annotated[str, AfterValidator(_country)] | None = Field(
        None, description="Country (and region) whose public holidays count, such as GB or DE-BY."
    )
    exceptions: dict[Annotated[str, BeforeValidator(_date)], Spans] = Field(
        default_factory=dict, description="Date -> hours or closed; they go before everything else."
    )

    def state(self, moment: datetime) -> State:
        """Whether the calendar is open at a moment (with its own time zone); a holiday is told apart."""
        local = moment.astimezone(ZoneInfo(self.time_zone))
        day = local.date()
        special = self.exceptions.get(day.isoformat())
        if special is None and self.holidays is not None and day in _public_holidays(self.holidays, day.year):
            return "holiday"
        spans = special if special is not None else self.weekly.get(DAYS[day.weekday()], ())
        minute = local.hour * 60 + local.minute
        return "open" if any(begin <= minute < end for begin, end in spans) else "closed"

    def gaps(self) -> list[tuple[str, str]]:
        """Breaks of less than a quarter of an hour within a day, and weekdays left out between others.

        Each as what it is and where: they are mostly slips, such as 9:00-12:00, 12:05-17:00.
        """
        found = []
        for day, spans in self.weekly.items():
            for (_, end), (begin, _) in itertools.pairwise(spans):
                if 0 < begin - end < SMALL_GAP_MINUTES:
                    found.append(
                        (day, f"closed from {_clock(end)} to {_clock(begin)}, which is hardly meant")
                    )
        open_days = [number for number, day in enumerate(DAYS[:5]) if day in self.weekly]
        for number, day in enumerate(DAYS[:5]):
            if day not in self.weekly and open_days and open_days[0] < number < open_days[-1]:
                found.append((day, f"{day} is left out, and so closed; write {day}: closed if that is meant"))
        return found

    def next_opening(self, moment: datetime, *, within_days: int = 366) -> datetime | None:
        """The next moment at which it opens; None if it does not within that time."""
        zone = ZoneInfo(self.time_zone)
        local = moment.astimezone(zone)
        for ahead in range(within_days):
            day = local.date() + timedelta(days=ahead)
            special = self.exceptions.get(day.isoformat())
            spans = special if special is not None else self.weekly.get(DAYS[day.weekday()], ())
            for begin, _ in spans:
                opens = datetime(day.year, day.month, day.day, begin // 60, begin % 60, tzinfo=zone)
                if opens > local and self.state(opens) == "open":
                    return opens
        return None


@lru_cache(maxsize=256)
def _public_holidays(name: str, year: int) -> Mapping[date, str]:
    country, _, region = name.partition("-")
    return holidays.country_holidays(country, subdiv=region or None, years=year)
