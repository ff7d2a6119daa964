"""Queues open and close by their calendars, each change told once."""

from __future__ import annotations

from datetime import UTC, datetime

from acd.events import QueueClosed, QueueOpened
from callflows.calendars import Calendar
from cordboard.opening_hours import OpeningHours


def at(hour: int, day: int = 5) -> datetime:
    return datetime(2026, 1, day, hour, tzinfo=UTC)  # the 5th is a Monday


def test_each_change_is_told_once() -> None:
    calendar = Calendar(time_zone="UTC", weekly={"mon-fri": "9:00-17:00"})
    hours = OpeningHours({"sales": calendar})
    assert hours.changes(at(8)) == [QueueClosed("sales", "closed")]
    assert hours.changes(at(8)) == []
    assert hours.changes(at(9)) == [QueueOpened("sales")]
    assert hours.changes(at(12)) == []
    assert hours.changes(at(12, day=10)) == [QueueClosed("sales", "closed")]


def test_a_queue_that_is_open_at_the_start_needs_no_word() -> None:
    hours = OpeningHours({"sales": Calendar(time_zone="UTC", weekly={"mon": "9:00-17:00"})})
    assert hours.changes(at(10)) == []
