"""Parties: whom a flow wants called, as somebody who can be rung: a phone's address, or a number and its trunk.

An agent who is with a contact, rings or is kept for one is busy; one who is paused is rung all the same: a pause is
from the queues. Owns nothing; must not know what the call is for.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from acd.model import AWAY, Presence
from acd.router import Router
from cordboard.directory import Directory
from cordboard.live_call import LiveCall
from cordboard.live_settings import LiveSettings
from ivr.effects import Party
from telephony.calls.dialling import Dial
from telephony.calls.lines import Lines
from telephony.sip.uri import SipUri

BUSY, FAILED = "busy", "failed"
CALLED_BY_A_FLOW = "called by a flow"
"""Why an agent is paused whom a flow has called."""
IN_A_CONFERENCE = "in a conference"
"""Why an agent is paused who was added to another's talk."""
ENGAGED = (CALLED_BY_A_FLOW, IN_A_CONFERENCE)
FREE = (Presence.AVAILABLE, Presence.PAUSED)


@dataclass(frozen=True, slots=True)
class NotThere:
    """Nobody to ring: what the flow is told, and why in words."""

    outcome: str
    why: str


class Parties:
    """Everybody who can be called."""

    def __init__(self, router: Router, directory: Directory, trunks: Iterable[str]) -> None:
        self._router = router
        self._directory = directory
        self._trunks = frozenset(trunks)

    def dial(self, party: Party, call: LiveCall) -> Dial | NotThere:
        """How to ring somebody for a caller."""
        if party.agent is not None:
            return self._agent(party.agent, call)
        if party.trunk is not None and party.trunk not in self._trunks:
            return NotThere(FAILED, f'there is no trunk "{party.trunk}"')
        number = party.number or call.called
        return Dial(
            target=SipUri("tel", number, ""),
            peer=number,
            caller_name="",
            caller_number=call.caller,
            near=call.leg,
            trunk=party.trunk,
        )

    def refer_to(self, party: Party, call: LiveCall, lines: Lines) -> SipUri | None:
        """Where a caller's own phone can reach somebody; None: only we can.

        The addresses of agents' phones are shown to nobody.
        """
        order = self.dial(party, call)
        if party.agent is not None or isinstance(order, NotThere):
            return None
        routes = lines.routes(order.target.user or "", order.caller_number, "", party.trunk)
        return routes[0].target if routes else None

    def presence(self, agent: str) -> tuple[Presence, str | None]:
        """What an agent does, and for what reason."""
        each = self._router.agent_view(agent, time.monotonic())
        return (Presence.OFFLINE, None) if each is None else (each.presence, each.reason)

    def paused_for_flows(self) -> list[str]:
        """Agents who are paused because a flow called them, or because they were added to a talk."""
        return [
            each.id
            for each in self._router.agents_view(time.monotonic())
            if each.presence is Presence.PAUSED and each.reason in ENGAGED
        ]

    def _agent(self, agent: str, call: LiveCall) -> Dial | NotThere:
        if agent not in self._directory.agents:
            return NotThere(FAILED, f'there is no agent "{agent}"')
        where = self._directory.reach(agent)
        presence, reason = self.presence(agent)
        if where is None or presence in AWAY:
            return NotThere(FAILED, "their phone is not registered")
        engaged = presence is Presence.PAUSED and reason in ENGAGED
        if presence not in FREE or engaged:
            return NotThere(BUSY, f"they are {reason or presence}")
        return Dial(
            target=where.target,
            peer=agent,
            caller_name=call.caller,
            caller_number=call.caller,
            destination=where.destination,
            near=call.leg,
        )


def is_recorded(settings: LiveSettings, directory: Directory, agent: str) -> bool:
    """Whether an agent's talks outside the queues are recorded: as those of any queue of theirs are."""
    known = directory.agents.get(agent)
    return known is not None and any(settings.queues[queue].record for queue in known.queues)
