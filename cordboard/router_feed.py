"""The way to the router and back: events in, one at a time; effects out; a Tick whenever the router wants one.

Carrying out one effect (a phone that cannot be dialled) may be the next event. It waits here until the effects of the
event before are all carried out, so that the router never hears of a later thing first.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from acd.effects import Effect
from acd.events import Event, Tick
from acd.plan import Plan
from acd.router import Router


class RouterFeed:
    """Feeds one router; `carry_out` gets its effects in order."""

    def __init__(self, router: Router, carry_out: Callable[[Effect], None]) -> None:
        self._router = router
        self._carry_out = carry_out
        self._events: deque[Event] = deque()
        self._busy = False
        self._timer: asyncio.TimerHandle | None = None

    def feed(self, event: Event) -> None:
        """Give the router an event, and whatever comes of it."""
        self._events.append(event)
        if self._busy:
            return  # somebody further up is at it already, and will come to this one
        self._busy = True
        try:
            while self._events:
                for effect in self._router.handle(self._events.popleft(), time.monotonic()):
                    self._carry_out(effect)
        finally:  # a defect in one effect must not stop all that come after
            self._busy = False
            self._arm()

    def apply(self, plan: Plan) -> None:
        """Have the router carry out a plan, and then what comes of it."""
        for effect in self._router.apply(plan, time.monotonic()):
            self._carry_out(effect)
        self._arm()

    def close(self) -> None:
        """Feed no more ticks."""
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._router.next_deadline()
        if deadline is not None:
            delay = max(0.0, deadline - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(delay, self.feed, Tick())
