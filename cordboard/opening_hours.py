"""Opens and closes the queues that have hours, by their calendars."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from acd.events import QueueClosed, QueueOpened
from callflows.calendars import Calendar

LOOK_EVERY_S = 5.0


class OpeningHours:
    """The calendars of the queues, and what was last told of each."""

    def __init__(self, calendars: Mapping[str, Calendar]) -> None:
        self._calendars = calendars
        self._told = dict.fromkeys(calendars, "open")

    def changes(self, now: datetime) -> list[QueueOpened | QueueClosed]:
        """What the router has to be told at this moment; a queue that nobody spoke of is open."""
        events: list[QueueOpened | QueueClosed] = []
        for queue, calendar in self._calendars.items():
            state = calendar.state(now)
            if state == self._told[queue]:
                continue
            self._told[queue] = state
            events.append(QueueOpened(queue) if state == "open" else QueueClosed(queue, state))
        return events

    async def keep(self, feed: Callable[[QueueOpened | QueueClosed], None]) -> None:
        """Tell of each change as it comes, until cancelled."""
        while self._calendars:
            for event in self.changes(datetime.now(UTC)):
                feed(event)
            await asyncio.sleep(LOOK_EVERY_S)
