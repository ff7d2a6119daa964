"""Talk rooms: how the parties of a talk are joined, be they two or more.

    caller and agent                    a bridge: packets are relayed
    a supervisor or a third party       a conference in the media worker, and back to the bridge when they have gone
    the agent's phone holds             the caller hears the queue's music, or goes on with the third party

Data flow: offers and moves say who talks (`connect`, `close`), supervision and conferences who is with them (`invite`,
`reseat`, `dismiss`) -> the arrangement is worked out anew from all of it -> what differs from before is done. Owns the
guests of each talk, not why they are there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cordboard.live_call import LiveCall
from telephony.calls.conferences import Seating
from telephony.calls.exchange import Exchange
from telephony.calls.leg import Leg

CALLER = Seating("caller")
AGENT = Seating("agent")
PARTY = Seating("party")
"""Somebody who was added to the talk, and is one of those who talk."""
LISTEN = Seating("supervisor", heard_by=())
WHISPER = Seating("supervisor", heard_by=("agent", "supervisor"))
BARGE = Seating("supervisor")

PlayMusic = Callable[[Leg, str], None]


@dataclass(frozen=True, slots=True)
class Guest:
    """A leg that is in a talk besides the caller's and the agent's; one that still rings is not heard yet."""

    leg: Leg
    seating: Seating


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Who is joined how."""

    caller: Leg
    agent: Leg
    agent_holds: bool
    guests: tuple[Guest, ...]

    @property
    def caller_waits(self) -> bool:
        """Nobody is left whom the caller could talk to."""
        return self.agent_holds and not any(guest.seating == PARTY for guest in self.guests)


class TalkRooms:
    """Every talk of the switchboard; `play_music(leg, queue)` lets somebody hear what the queue's callers hear."""

    def __init__(self, exchange: Exchange, play_music: PlayMusic) -> None:
        self._exchange = exchange
        self._play_music = play_music
        self._guests: dict[str, tuple[Guest, ...]] = {}
        self._arranged: dict[str, Arrangement] = {}

    def connect(self, call: LiveCall) -> None:
        """Join caller and agent, and whoever is with them; again whenever anything about them may have changed."""
        agent, before = call.agent_leg, self._arranged.get(call.id)
        if agent is None or not agent.is_up or not call.leg.is_up:
            return
        guests = tuple(guest for guest in self._guests.get(call.id, ()) if guest.leg.is_up)
        wanted = self._arranged[call.id] = Arrangement(call.leg, agent, agent.held_by_peer, guests)
        if wanted == before:
            return
        if guests:
            self._seat(call.id, wanted)
        elif not wanted.caller_waits:
            self._exchange.bridge(call.leg, agent)
        elif before is not None and before.guests:
            self._leave(before)
        else:
            self._exchange.conferences.part(call.leg)
        self._music(call, wanted, before)

    def close(self, call: LiveCall) -> None:
        """The talk is over, or the agent's part in it: guests are let go, the caller is by themselves again."""
        guests, before = self._guests.pop(call.id, ()), self._arranged.pop(call.id, None)
        for guest in guests:
            self._exchange.hang_up(guest.leg, "the talk is over")
        if before is not None and before.guests:
            self._exchange.conferences.leave(before.caller)
        if before is not None and before.caller_waits:
            self._exchange.stop_playback(before.caller)

    def invite(self, call: LiveCall, leg: Leg, seating: Seating) -> None:
        """Somebody joins the talk; from a phone that still rings once it is answered (`connect` then)."""
        self._guests[call.id] = (*self._guests.get(call.id, ()), Guest(leg, seating))
        self.connect(call)

    def take_up(self, call: LiveCall, leg: Leg, seating: Seating) -> None:
        """A guest of a process before this one; `connect` joins the talk when all of them are there."""
        self._guests[call.id] = (*self._guests.get(call.id, ()), Guest(leg, seating))

    def has_guests(self, call: LiveCall) -> bool:
        """Whether anybody is with the two, or on the way to them."""
        return call.id in self._guests

    def reseat(self, call: LiveCall, leg: Leg, seating: Seating) -> None:
        """A guest hears, or is heard by, others than before."""
        guests = self._guests.get(call.id, ())
        self._guests[call.id] = tuple(
            replace(each, seating=seating) if each.leg is leg else each for each in guests
        )
        self.connect(call)

    def dismiss(self, call: LiveCall, leg: Leg) -> None:
        """A guest has hung up; or becomes one of the two who talk, which `connect` is told next."""
        left = tuple(guest for guest in self._guests.get(call.id, ()) if guest.leg is not leg)
        if left:
            self._guests[call.id] = left
        else:
            self._guests.pop(call.id, None)
        self.connect(call)

    def parties(self, call: LiveCall) -> tuple[Leg, ...]:
        """Who was added to the talk, and could go on talking to the caller without the agent."""
        guests = self._guests.get(call.id, ())
        return tuple(guest.leg for guest in guests if guest.seating == PARTY and guest.leg.is_up)

    def _seat(self, conference: str, wanted: Arrangement) -> None:
        seat = self._exchange.conferences.seat
        seat(conference, wanted.caller, CALLER.on_hold() if wanted.caller_waits else CALLER)
        seat(conference, wanted.agent, AGENT.on_hold() if wanted.agent_holds else AGENT)
        for guest in wanted.guests:
            seat(conference, guest.leg, guest.seating)

    def _leave(self, before: Arrangement) -> None:
        for leg in (before.caller, before.agent):
            self._exchange.conferences.leave(leg)

    def _music(self, call: LiveCall, wanted: Arrangement, before: Arrangement | None) -> None:
        waited = before is not None and before.caller_waits
        if wanted.caller_waits and call.queue is not None:
            self._play_music(call.leg, call.queue)
        elif waited and wanted.guests:
            self._exchange.stop_playback(call.leg)  # a bridge ends it by itself
