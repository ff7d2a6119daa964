"""How figures are said: durations, percentages, event names. Pure; knows neither widgets nor colours."""

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo

from pydantic import JsonValue

NOTHING = "–"
_WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[._\-\s]+")


def duration(seconds: float) -> str:
    """A running time: `0:07`, `12:45`, `1:02:33`."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def long_duration(seconds: float) -> str:
    """A time that people round: `42 s`, `12 min`, `3 h 12 min`, `5 d 3 h`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def percent(value: float | None) -> str:
    """`87 %`, or a dash where there is nothing to measure; 99.6 is not yet 100."""
    if value is None:
        return NOTHING
    return f"{int(value) if value < 100 else 100} %"


def count(number: int) -> str:
    """A counter; zero steps back so that what is not zero stands out."""
    return str(number) if number else "·"


def clock_time(at: datetime, zone: tzinfo | None) -> str:
    """`14:03:11.250` in the reader's zone."""
    local = at.astimezone(zone)
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03}"


def event_name(kind: str) -> str:
    """`ContactQueued`, `contact_queued` and `contact.queued` all read `Contact queued`."""
    words = [word for word in _WORD_BOUNDARY.split(kind) if word]
    text = " ".join(word if word.isupper() else word.lower() for word in words)
    return text[:1].upper() + text[1:]


def event_data(data: Mapping[str, JsonValue]) -> list[tuple[str, str]]:
    """An event's facts as name and text, nested ones dotted, empty ones left out."""
    facts: list[tuple[str, str]] = []
    for name, value in data.items():
        if isinstance(value, dict):
            prefix = "" if name == "data" else f"{name}."
            facts.extend((prefix + inner, text) for inner, text in event_data(value))
        elif isinstance(value, list):
            facts.append((name, ", ".join(_plain(item) for item in value)))
        else:
            facts.append((name, _plain(value)))
    return [(name, text) for name, text in facts if text]


def _plain(value: JsonValue) -> str:
    """A value without the signs of JSON."""
    if isinstance(value, dict):
        return " ".join(f"{name} {_plain(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return " ".join(_plain(inner) for inner in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)
