"""When callers may be rung back: the router's calendar (monotonic seconds) over a calendar in hours of the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from callflows.calendars import Calendar

DAY_S = 86400.0


class RingingHours:
    """Serves `acd.floor.Calendar`; without hours, always. `utc_offset_s` is UTC minus monotonic seconds."""

    def __init__(self, hours: Calendar | None, utc_offset_s: Callable[[], float]) -> None:
        self.hours = hours
        self._utc_offset_s = utc_offset_s

    def __call__(self, number: str, when: float) -> float:
        """From when on, at `when` or later, that number may be rung."""
        del number  # the hours are the house's
        if self.hours is None:
            return when
        offset_s = self._utc_offset_s()
        moment = datetime.fromtimestamp(when + offset_s, UTC)
        if self.hours.state(moment) == "open":
            return when
        opens = self.hours.next_opening(moment)
        return when + DAY_S if opens is None else opens.timestamp() - offset_s
