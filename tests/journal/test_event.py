"""What waits for the writer, and the rows made of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from journal.event import format_time, to_note, to_rows


def test_times_are_written_as_given_times_are() -> None:
    before = datetime.now(UTC)
    rows = to_rows([to_note("a", "c", None, {"n": 1}), to_note("b", None, before, {})])
    after = datetime.now(UTC)
    at = datetime.fromisoformat(rows[0][0])
    assert before - timedelta(microseconds=1) <= at <= after
    assert rows[0] == (format_time(at), "a", "c", '{"n":1}')
    assert rows[1] == (format_time(before), "b", None, "{}")


def test_the_second_turns_over_within_a_batch() -> None:
    second = 1_700_000_000
    notes = [
        (second * 10**9 + nanoseconds, "k", None, b"{}") for nanoseconds in (999_999_999, 10**9, 10**9 + 1500)
    ]
    assert [row[0] for row in to_rows(notes)] == [
        "2023-11-14T22:13:20.999999+00:00",
        "2023-11-14T22:13:21.000000+00:00",
        "2023-11-14T22:13:21.000001+00:00",
    ]


def test_now_is_now() -> None:
    when = to_note("a", None, None, {})[0]
    assert isinstance(when, int)
    assert abs(when - time.time_ns()) < 5 * 10**9
