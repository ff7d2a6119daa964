"""Watches over the router while it works: what it believes against the calls and phones there are, and its promises.

    every ten seconds   router, live calls and registrations are compared; what differs is repaired, with an alert
                        agents whose phone has been gone for too long are logged out
    every minute        a part of the router's records is held against `acd.invariants`; a broken one is an alert

Looking costs a bounded share of the process: the more there is to compare, the rarer it is done.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from acd import reconciler
from acd.events import AgentLoggedOut, Event
from acd.invariants import sampled_violations
from acd.model import Presence
from acd.reconciler import CallFact, WorldFacts
from acd.router import Router
from cordboard.alerts import Alerts
from cordboard.directory import Directory
from cordboard.live_call import CallState, LiveCall
from cordboard.live_settings import LiveSettings
from cordboard.offers import Offers
from cordboard.ring_backs import RingBacks

COMPARE_EVERY_S = 10.0
CHECK_EVERY_S = 60.0
SHARE = 0.005
"""The most of the process's time that looking may take."""
SAMPLE = 500
"""Agents and contacts whose records are checked at a time."""
BROKEN = "invariant broken"


class Board(Protocol):
    """What is looked at of the switchboard."""

    calls: dict[str, LiveCall]
    desk: Offers
    ring_backs: RingBacks
    settings: LiveSettings

    def feed(self, event: Event) -> None:
        """Tell the router."""


class FloorWatch:
    """Looks, repairs and tells."""

    def __init__(
        self,
        router: Router,
        board: Board,
        directory: Directory,
        alerts: Alerts,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._router = router
        self._board = board
        self._directory = directory
        self._alerts = alerts
        self._clock = clock
        self._next_check = clock() + CHECK_EVERY_S
        self._sampled = 0

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            began = self._clock()
            self.look()
            cost_s = self._clock() - began
            await asyncio.sleep(max(COMPARE_EVERY_S, cost_s / SHARE))

    def look(self) -> None:
        """Compare now; check too, if it is time."""
        now = self._clock()
        for repair in self._router.reconcile(self.facts(), now):
            self._board.feed(repair)
        self._log_out_the_lost(now)
        if now >= self._next_check:
            self._next_check = now + CHECK_EVERY_S
            for broken in sampled_violations(self._router, self._sampled, SAMPLE):
                self._alerts.raise_alert(BROKEN, "router", broken)
            self._sampled += SAMPLE

    def facts(self) -> WorldFacts:
        """The calls, phones and registrations there are."""
        offers = self._board.desk.offers
        offer_of = {id(offer.leg): offer.id for offer in offers.values()}
        calls = {}
        for call in self._board.calls.values():
            if call.state in (CallState.WAITING, CallState.RINGING) and not (
                call.callback and not call.leg.is_up
            ):
                calls[call.id] = CallFact(reconciler.CallState.WAITING, call.since, call.queue or "")
            elif call.state is CallState.TALKING:
                offer = offer_of.get(id(call.agent_leg))
                calls[call.id] = CallFact(reconciler.CallState.TALKING, call.since, call.queue or "", offer)
        registered = frozenset(agent for agent in self._directory.agents if self._directory.reach(agent))
        return WorldFacts(calls, registered, frozenset(offers), frozenset(self._board.ring_backs.attempts))

    def _log_out_the_lost(self, now: float) -> None:
        longest_s = self._board.settings.file.unreachable_timeout
        for agent in self._router.agents_view(now):
            if agent.presence is Presence.UNREACHABLE and agent.since_s >= longest_s:
                self._board.feed(AgentLoggedOut(agent.id, f"no phone for {longest_s:g} s"))
