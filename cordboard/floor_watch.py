"""Watches over the router while it works: what it believes against the calls and phones there are, and its promises.

    every ten seconds   router, live calls and registrations are compared; what differs is repaired, with an alert
                        agents whose phone has been gone for too long are logged out
    every minute        a part of the router's records is held against `acd.invariants`; a broken one is an alert

Looking costs a bounded share of the process: the more there is to compare, the rarer it is done; and never more than
some milliseconds at a time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Container, Iterator, Mapping
from typing import Protocol

from acd import reconciler
from acd.events import AgentLoggedOut, Event
from acd.invariants import sampled_in_steps
from acd.model import Presence
from acd.reconciler import AT_A_TIME, CallFact, WorldFacts, reconcile_in_steps
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
            cost_s, began = 0.0, self._clock()
            for _ in self.steps():
                cost_s += self._clock() - began
                await asyncio.sleep(0)
                began = self._clock()
            await asyncio.sleep(max(COMPARE_EVERY_S, cost_s / SHARE))

    def look(self) -> None:
        """Compare now; check too, if it is time."""
        for _ in self.steps():
            pass

    def steps(self) -> Iterator[None]:
        """The same, a millisecond or so at a time."""
        now = self._clock()
        for repairs in reconcile_in_steps(self._router.floor, self._facts(), now):
            for repair in repairs:
                self._board.feed(repair)
            yield
        yield from self._log_out_the_lost(now)
        if now >= self._next_check:
            self._next_check = now + CHECK_EVERY_S
            for broken in sampled_in_steps(self._router, self._sampled, SAMPLE):
                for each in broken:
                    self._alerts.raise_alert(BROKEN, "router", each)
                yield
            self._sampled += SAMPLE

    def _facts(self) -> WorldFacts:
        """The calls, phones and registrations there are, each looked at when it is asked for."""
        board = self._board
        return WorldFacts(
            LiveCalls(board.calls, board.desk),
            Registered(self._directory),
            board.desk.offers,
            board.ring_backs.attempts,
        )

    def _log_out_the_lost(self, now: float) -> Iterator[None]:
        longest_s = self._board.settings.file.unreachable_timeout
        for number, name in enumerate(list(self._router.floor.agents), 1):
            agent = self._router.floor.agents.get(name)
            if (
                agent is not None
                and agent.presence is Presence.UNREACHABLE
                and now - agent.since >= longest_s
            ):
                self._board.feed(AgentLoggedOut(name, f"no phone for {longest_s:g} s"))
            if not number % AT_A_TIME:
                yield


class LiveCalls(Mapping[str, CallFact]):
    """Calls that have to do with the router, as facts of the moment in which they are looked up."""

    def __init__(self, calls: Mapping[str, LiveCall], desk: Offers) -> None:
        self._calls = calls
        # One that is made later is not known here: nothing is repaired by it until the next time.
        self._offer_of = {id(offer.leg): offer.id for offer in desk.offers.values()}

    def __getitem__(self, call_id: str) -> CallFact:
        call = self._calls[call_id]
        if call.state is CallState.TALKING:
            offer = self._offer_of.get(id(call.agent_leg))
            return CallFact(reconciler.CallState.TALKING, call.since, call.queue or "", offer)
        rung_back_soon = call.callback and not call.leg.is_up
        if call.state in (CallState.WAITING, CallState.RINGING) and not rung_back_soon:
            return CallFact(reconciler.CallState.WAITING, call.since, call.queue or "")
        raise KeyError(call_id)

    def __iter__(self) -> Iterator[str]:
        return iter(self._calls)

    def __len__(self) -> int:
        return len(self._calls)


class Registered(Container[str]):
    """Agents whose phones can be rung."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def __contains__(self, agent: object) -> bool:
        return isinstance(agent, str) and self._directory.reach(agent) is not None
