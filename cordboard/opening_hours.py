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
        self._opened: list[QueueOpened] = []

    def replace(self, calendars: Mapping[str, Calendar]) -> None:
        """Keep these from now on. A queue that has no hours any more is opened at the next look."""
        always = [queue for queue, told in self._told.items() if queue not in calendars and told != "open"]
        self._opened += [QueueOpened(queue) for queue in always]
        self._told = {queue: self._told.get(queue, "open") for queue in calendars}
        self._calendars = calendars

    def changes(self, now: datetime) -> list[QueueOpened | QueueClosed]:
        """What the router has to be told at this moment; a queue that nobody spoke of is open."""
        events: list[QueueOpened | QueueClosed] = [*self._opened]
        self._opened = []
        for queue, calendar in self._calendars.items():
            state = calendar.state(now)
            if state == self._told[queue]:
                continue
            self._told[queue] = state
            events.append(QueueOpened(queue) if state == "open" else QueueClosed(queue, state))
        return events

    async def keep(self, feed: Callable[[QueueOpened | QueueClosed], None]) -> None:
        """Tell of each change as it comes, until cancelled."""
        while True:
            for event in self.changes(datetime.now(UTC)):
                feed(event)
            await asyncio.sleep(LOOK_EVERY_S)
