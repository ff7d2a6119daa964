"""Third parties: talks of more than two, and what is said to one side of a talk.

Data flow: order (API) -> the other phone rings, a guest of the talk (`TalkRooms`) -> answered: all hear one another ->
they hang up, and the talk is one of two again; or the agent does, and the caller goes on talking to them. An agent
who is added is paused for the router for as long, so that no queue rings them. Serves `api.party_routes.PartySystem`.

Owns who was added.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

from acd.events import AgentPaused, AgentResumed
from acd.events import Event as RouterEvent
from acd.model import Presence
from api.party_routes import PartyConflict
from api.party_schema import AnnouncementState, PartyState, Side
from cordboard.ladders import Ladders
from cordboard.live_call import CallState, LiveCall
from cordboard.live_settings import LiveSettings
from cordboard.parties import IN_A_CONFERENCE, NotThere, Parties
from cordboard.talk_rooms import PARTY, TalkRooms
from cordboard.waiting_sound import ANNOUNCEMENT
from ivr.effects import Party, Speech
from ivr.prompts import PromptError, PromptLibrary
from journal.journal import Journal
from telephony.calls.exchange import Exchange
from telephony.calls.leg import Leg, LegAnswered, LegEnded, LegEvent


class Board(Protocol):
    """What is needed of the switchboard."""

    calls: dict[str, LiveCall]
    rooms: TalkRooms

    def feed(self, event: RouterEvent) -> None:
        """Tell the router."""


@dataclass(slots=True, eq=False)
class ThirdParty:
    """Somebody who was added to a talk, or is being rung for it."""

    name: str
    call: LiveCall
    leg: Leg
    paused: bool
    """An agent whom the router leaves alone meanwhile."""
    state: Literal["ringing", "on", "ended"] = "ringing"
    since: float = 0.0
    """Monotonic; when they answered."""


class ThirdParties:
    """Everybody who was added to a talk."""

    def __init__(
        self,
        board: Board,
        exchange: Exchange,
        parties: Parties,
        prompts: PromptLibrary,
        ladders: Ladders,
        journal: Journal,
        settings: LiveSettings,
        changed: Callable[[str], None] = lambda _call: None,
    ) -> None:
        """`changed` hears of each call whose parties are others than before."""
        self._board = board
        self._exchange = exchange
        self._parties = parties
        self._prompts = prompts
        self._ladders = ladders
        self._journal = journal
        self._settings = settings
        self._changed = changed
        self._present: list[ThirdParty] = []

    def present(self, call_id: str) -> Sequence[ThirdParty]:
        """Who is in a call now, or is being rung for it."""
        return tuple(each for each in self._present if each.call.id == call_id)

    def paused_agents(self) -> set[str]:
        """Whom the router leaves alone because they are in somebody's talk."""
        return {each.name for each in self._present if each.paused}

    def take_up(self, party: ThirdParty) -> None:
        """Somebody who was added to a talk before this process goes on here, also one whom the agent has left."""
        self._present.append(party)
        if party.leg is party.call.agent_leg:
            self.stays(party.leg)
            return
        party.leg.listener = partial(self._on_event, party)
        self._ladders.note(party.call.id, party.name, party.leg.call_ids)
        self._board.rooms.take_up(party.call, party.leg, PARTY)

    def add_party(self, call: str, agent: str | None, number: str | None) -> PartyState | None:
        """Ring somebody into a talk."""
        live = self._board.calls.get(call)
        if live is None:
            return None
        if self._settings.file.media.engine != "workers":
            raise PartyConflict("this media engine mixes nobody's audio: see media: engine")
        if not _talks(live):
            raise PartyConflict(f"no agent talks to the caller: the call is {live.state.value}")
        if agent is not None and agent == live.agent:
            raise PartyConflict(f"{agent} is the agent of this call")
        order = self._parties.dial(Party(number=number, agent=agent), live)
        if isinstance(order, NotThere):
            raise PartyConflict(order.why)
        paused = agent is not None and self._parties.presence(agent)[0] is Presence.AVAILABLE
        party = ThirdParty(order.peer, live, self._exchange.dial(order), paused)
        party.leg.listener = partial(self._on_event, party)
        self._present.append(party)
        self._ladders.note(live.id, order.peer, party.leg.call_ids)
        if paused:
            self._board.feed(AgentPaused(order.peer, IN_A_CONFERENCE))
        self._board.rooms.invite(live, party.leg, PARTY)
        self._note("asked", party)
        return _state(party)

    def end_party(self, call: str, party: str) -> PartyState | None:
        """Take somebody out of a talk."""
        if call not in self._board.calls:
            return None
        found = next((each for each in self._present if each.call.id == call and each.name == party), None)
        if found is None:
            raise PartyConflict(f"{party} is not in the talk")
        self._exchange.hang_up(found.leg, "taken out of the talk")
        return _state(found)

    async def announce(
        self, call: str, side: Side, text: str, language: str | None
    ) -> AnnouncementState | None:
        """Say a text to one side of a talk."""
        if call not in self._board.calls:
            return None
        try:
            path = await self._prompts.prepare(Speech(text, language or self._settings.language))
        except (PromptError, OSError) as error:
            raise PartyConflict(f"it cannot be spoken: {error}") from error
        live = self._board.calls.get(call)
        if live is None:
            return None
        leg = live.leg if side == "caller" else live.agent_leg
        if leg is None or not _talks(live):
            raise PartyConflict(f"no agent talks to the caller: the call is {live.state.value}")
        self._exchange.conferences.announce(leg, ANNOUNCEMENT, [path])
        self._journal.append("talk.announced", call=live.id, side=side, text=text)
        return AnnouncementState(call=call, side=side)

    def stays(self, leg: Leg) -> None:
        """The agent has hung up and this party goes on with the caller: their leg is another's, but still watched."""
        party = next((each for each in self._present if each.leg is leg), None)
        if party is not None:
            leg.listener = partial(self._on_event_of_agent, party, leg.listener)

    def _on_event_of_agent(
        self, party: ThirdParty, listener: Callable[[LegEvent], None], event: LegEvent
    ) -> None:
        listener(event)
        if isinstance(event, LegEnded):
            self._ended(party, event.termination.reason)

    def _on_event(self, party: ThirdParty, event: LegEvent) -> None:
        match event:
            case LegAnswered():
                party.state, party.since = "on", time.monotonic()
                self._note("joined", party)
                self._board.rooms.connect(party.call)
            case LegEnded(termination=termination):
                self._board.rooms.dismiss(party.call, party.leg)
                self._ended(party, termination.reason)

    def _ended(self, party: ThirdParty, reason: str) -> None:
        was_on, party.state = party.state == "on", "ended"
        self._present.remove(party)
        if was_on:
            self._note("left", party, seconds=round(time.monotonic() - party.since, 1))
        else:
            self._note("failed", party, reason=reason)
        if party.paused:
            self._board.feed(AgentResumed(party.name))

    def _note(self, what: str, party: ThirdParty, **facts: str | float) -> None:
        kind = f"conference.{what}"
        self._journal.append(kind, call=party.call.id, at=None, party=party.name, **facts)
        self._changed(party.call.id)


def _talks(call: LiveCall) -> bool:
    return call.state is CallState.TALKING and call.agent_leg is not None


def _state(party: ThirdParty) -> PartyState:
    return PartyState(call=party.call.id, party=party.name, state=party.state)
