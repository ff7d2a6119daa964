"""Calls that come in to take another one's place: INVITE with Replaces, as the far end of an attended transfer sends it
(RFC 3891, RFC 5589 section 7).

The new leg is answered first and the old one let go then (RFC 3891 section 3), so that the talk never hangs on nobody.
Who may ask for this knows the Call-ID and both tags of the call, which only its parties do.
"""

from __future__ import annotations

from typing import Protocol

import structlog

from cordboard.live_call import CallState, LiveCall
from telephony.calls.leg import Leg

log = structlog.get_logger(__name__)

REPLACEABLE = (CallState.WAITING, CallState.RINGING, CallState.TALKING)
"""Where a caller can be replaced; in a flow there are questions under way that the one who came did not hear."""


class Floor(Protocol):
    """What joins legs into talks: the switchboard."""

    calls: dict[str, LiveCall]

    async def answer(self, leg: Leg) -> bool:
        """Answer an incoming leg; False if it could not be."""

    def turn_away(self, leg: Leg, status: int, reason: str) -> None:
        """Refuse an incoming leg, or end it."""

    def replace_caller(self, call: LiveCall, leg: Leg) -> None:
        """Another leg is the caller's from now on."""

    def replace_agent(self, call: LiveCall, leg: Leg) -> None:
        """Another leg is the one that the caller talks to from now on."""


class TakeOvers:
    """Decides whether a leg may take another one's place, and has it done."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def take(self, leg: Leg, replaced: Leg) -> None:
        """Let a leg take the place of another, or refuse it."""
        if self._call_of(replaced) is None:
            log.info("call.not_replaced", caller=leg.peer, replaced=replaced.id)
            self._floor.turn_away(leg, 403, "this call cannot be replaced now")
            return
        if not await self._floor.answer(leg):
            return  # the call that it was to replace goes on
        call = self._call_of(replaced)
        if call is None:  # its end and our answer crossed
            self._floor.turn_away(leg, 481, "the call to be replaced has ended")
        elif call.leg is replaced:
            self._floor.replace_caller(call, leg)
        else:
            self._floor.replace_agent(call, leg)

    def _call_of(self, leg: Leg) -> LiveCall | None:
        for call in self._floor.calls.values():
            if call.leg is leg and call.state in REPLACEABLE and leg.is_up:
                return call
            if call.agent_leg is leg and leg.is_up:
                return call
        return None
