"""Transfers that an agent's phone asks for: the caller goes to another agent, to a number's flow, or to whom the agent
has on a second line (RFC 5589).

Data flow: `LegTransferAsked` of an agent's leg -> who is meant -> the caller's call moves -> the phone hears of it.
Whoever is neither an agent nor a number with a flow is 404, and the talk goes on as it was; an agent who is not at work
is passed over by the router, and the caller waits for anybody of the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from cordboard.live_call import CallState, LiveCall
from telephony.calls.leg import Leg, LegTransferAsked

log = structlog.get_logger(__name__)


class Floor(Protocol):
    """What moves callers: the switchboard."""

    calls: dict[str, LiveCall]

    def move_to_agent(self, call: LiveCall, agent: str) -> None:
        """End the talk; the caller waits for that agent first."""

    def move_to_flow(self, call: LiveCall, flow: str) -> bool:
        """End the talk; the caller goes on in another flow."""

    def join(self, call: LiveCall, second: LiveCall) -> None:
        """The caller takes the agent's place in the agent's second call."""


class AgentTransfers:
    """Decides on transfers. `answer(asked, status)` tells the phone: 200 that it is done, else why not."""

    def __init__(
        self,
        floor: Floor,
        agents: Mapping[str, object],
        flow_of: Callable[[str], str | None],
        answer: Callable[[LegTransferAsked, int], None],
    ) -> None:
        self._floor = floor
        self._agents = agents
        self._flow_of = flow_of
        self._answer = answer

    def asked(self, call: LiveCall, event: LegTransferAsked) -> None:
        """Take what an agent's phone asks for during a talk."""
        if call.state is not CallState.TALKING or call.leg.is_over:
            self._answer(event, 403)
        elif event.other is not None:
            self._attended(call, event, event.other)
        else:
            self._blind(call, event)

    def _attended(self, call: LiveCall, event: LegTransferAsked, other: Leg) -> None:
        second = next((each for each in self._floor.calls.values() if each.leg is other), None)
        waits = (CallState.TALKING, CallState.WAITING, CallState.RINGING)
        if second is None or second is call or second.state not in waits:
            self._answer(event, 403)
            return
        self._answer(event, 200)
        self._floor.join(call, second)

    def _blind(self, call: LiveCall, event: LegTransferAsked) -> None:
        wanted = event.target.user or ""
        flow = self._flow_of(wanted)
        if event.attended:
            self._answer(event, 404)  # it names a call that is none of ours
        elif wanted in self._agents and call.queue is not None:
            self._answer(event, 200)
            self._floor.move_to_agent(call, wanted)
        elif flow is not None:
            self._answer(event, 200)
            self._floor.move_to_flow(call, flow)
        else:
            log.info("transfer.unknown_target", call=call.id, target=wanted)
            self._answer(event, 404)
