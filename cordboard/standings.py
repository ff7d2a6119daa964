"""How a waiting caller stands in the queue, for a flow that asks: their place, and how long it may still take.

Reads the router and changes nothing. Who is not in line any more because a phone rings for them is next.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from acd.router import Router
from callflows.values import Value
from cordboard.live_call import CallState, LiveCall
from ivr.effects import AskStanding
from ivr.events import Reply
from ivr.host import HostOrder

IN_NO_QUEUE = "the caller is in no queue"


class Standings:
    """Answers at once."""

    def __init__(self, router: Router, now: Callable[[], float] = time.monotonic) -> None:
        self._router = router
        self._now = now

    def take(self, call: LiveCall, order: HostOrder) -> bool:
        """Take an order of a flow, if it is this question."""
        if not isinstance(order, AskStanding) or call.session is None:
            return False
        call.session.post(self._reply(call, order))
        return True

    def _reply(self, call: LiveCall, order: AskStanding) -> Reply:
        if call.state is CallState.RINGING:
            return Reply(order.request_id, {"position": 1, "wait_s": 0.0})
        position = self._router.position(call.id)
        if position is None:
            return Reply(order.request_id, None, IN_NO_QUEUE)
        estimate = self._router.estimate(call.id, self._now())
        wait_s: Value = None if estimate is None else estimate.mean_s
        return Reply(order.request_id, {"position": position, "wait_s": wait_s})
