"""One entry of the journal, and its form in the database."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, to which call if to any, and when (UTC). `id` is its place in the log."""

    id: int
    at: datetime
    kind: str
    call: str | None
    data: Mapping[str, Json]


Row = tuple[str, str, str | None, str]
"""at, kind, call, data: what is inserted."""

Note = tuple[int | str, str, str | None, bytes]
"""The same as it waits for the writer: the time is still nanoseconds since 1970 where it was now, the data bytes."""


def to_note(kind: str, call: str | None, at: datetime | None, data: Mapping[str, Json]) -> Note:
    """TypeError: the data is not JSON; ValueError: `at` does not say its time zone.

    Text that is no Unicode (odd bytes from the network, escaped) is taken with those bytes replaced.
    """
    if at is not None and at.tzinfo is None:
        raise ValueError(f"{kind}: the time {at} has no time zone")
    try:
        encoded = _encoder.encode(data)
    except UnicodeEncodeError:
        encoded = _encoder.encode(_readable(data))
    if call is not None and not call.isascii():
        call = _readable_text(call)
    return time.time_ns() if at is None else format_time(at), kind, call, encoded


def to_rows(notes: Iterable[Note]) -> list[Row]:
    """Notes as they are inserted; what many of them share is worked out once."""
    rows: list[Row] = []
    known, text = -1, ""
    for when, kind, call, encoded in notes:
        if isinstance(when, str):
            rows.append((when, kind, call, encoded.decode()))
            continue
        second, nanoseconds = divmod(when, 1_000_000_000)
        if second != known:
            known, text = second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        at = f"{text}.{nanoseconds // 1000:06d}+00:00"  # as `format_time` writes it
        rows.append((at, kind, call, encoded.decode()))
    return rows


def _readable_text(text: str) -> str:
    return text.encode(errors="replace").decode()


def _readable(value: Json) -> Json:
    match value:
        case str():
            return _readable_text(value)
        case Mapping():
            return {_readable_text(key): _readable(each) for key, each in value.items()}
        case Sequence():
            return [_readable(each) for each in value]
        case _:
            return value


def format_time(at: datetime) -> str:
    """Always UTC with microseconds, so that text sorts as time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def from_row(row: Mapping[str, object]) -> Event:
    """The reverse; what stands in the table was written by `to_rows`."""
    identity, at, call, data = row["id"], row["at"], row["call"], row["data"]
    assert isinstance(identity, int)
    assert isinstance(at, str)
    assert isinstance(data, str)
    assert call is None or isinstance(call, str)
    return Event(identity, datetime.fromisoformat(at), str(row["kind"]), call, msgspec.json.decode(data))
