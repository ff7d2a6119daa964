"""Shifts bring agents to work and send them home."""

from __future__ import annotations

from datetime import UTC, datetime

from acd.events import AgentScheduled
from callflows.calendars import Calendar
from cordboard.shifts import Shifts

DAY = Calendar.model_validate({"time_zone": "UTC", "weekly": {"mon-fri": "9:00-17:00"}})
MONDAY = datetime(2030, 5, 6, 8, 0, tzinfo=UTC)


def test_begin_and_end_are_told_once() -> None:
    shifts = Shifts({"ann": DAY})
    assert shifts.changes(MONDAY) == []  # who has logged in early stays
    assert shifts.changes(MONDAY.replace(hour=9)) == [AgentScheduled("ann", True)]
    assert shifts.changes(MONDAY.replace(hour=12)) == []
    assert shifts.changes(MONDAY.replace(hour=17)) == [AgentScheduled("ann", False)]
    assert shifts.changes(MONDAY.replace(hour=18)) == []


def test_a_server_that_starts_during_a_shift_brings_its_agent_to_work() -> None:
    assert Shifts({"ann": DAY}).changes(MONDAY.replace(hour=10)) == [AgentScheduled("ann", True)]
