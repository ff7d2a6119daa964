"""Agents' working hours: they are logged in when their shift begins, and out when it ends.

A shift that has begun already when the server starts brings its agent to work; before and after shifts agents may
log in and out as they like.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from acd.events import AgentScheduled
from callflows.calendars import Calendar

LOOK_EVERY_S = 5.0


class Shifts:
    """The calendars of those who have one, and what was last told of each."""

    def __init__(self, calendars: Mapping[str, Calendar]) -> None:
        self._on_duty: dict[str, bool] = {}
        self.calendars = calendars

    def changes(self, now: datetime) -> list[AgentScheduled]:
        """What the router has to be told at this moment."""
        events = []
        for agent, calendar in self.calendars.items():
            on_duty = calendar.state(now) == "open"
            if on_duty is not self._on_duty.get(agent, False):
                events.append(AgentScheduled(agent, on_duty))
            self._on_duty[agent] = on_duty
        return events

    async def keep(self, feed: Callable[[AgentScheduled], None]) -> None:
        """Tell of each change as it comes, until cancelled."""
        while True:
            for event in self.changes(datetime.now(UTC)):
                feed(event)
            await asyncio.sleep(LOOK_EVERY_S)
