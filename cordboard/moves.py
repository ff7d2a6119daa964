"""Moves: talks and callers that change hands, by a transfer or by a call that takes another one's place.

Data flow: `AgentTransfers` and `TakeOvers` decide -> a move here -> legs exchanged, bridges and recordings made anew,
the router told what ended and who waits. Owns no state: the calls and offers are the switchboard's (`Board`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

from acd.events import ContactEnded, ContactQueued
from acd.events import Event as RouterEvent
from cordboard.connections import Connections
from cordboard.ladders import Ladders
from cordboard.live_call import CallState, LiveCall, LiveOffer
from cordboard.live_settings import LiveSettings
from cordboard.offers import Offers
from cordboard.recorder import Recorder
from cordboard.routing import recognisable
from journal.journal import Journal
from telephony.calls.exchange import Exchange
from telephony.calls.leg import Leg, LegEvent, LegTransferAsked, ignore


class Board(Protocol):
    """What moves need of the switchboard."""

    calls: dict[str, LiveCall]
    connections: Connections
    settings: LiveSettings

    def feed(self, event: RouterEvent) -> None:
        """Tell the router."""

    def play_music(self, leg: Leg, queue: str) -> None:
        """Let a leg hear what the queue's callers hear."""

    def on_caller_event(self, call: LiveCall, event: LegEvent) -> None:
        """Take what a caller's leg says."""

    def begin_flow(self, call: LiveCall, name: str) -> bool:
        """Give somebody who is in no flow to one."""


class Moves:
    """Moves callers and legs of one switchboard."""

    def __init__(
        self,
        board: Board,
        desk: Offers,
        exchange: Exchange,
        recorder: Recorder,
        ladders: Ladders,
        journal: Journal,
        new_id: Callable[[], str],
    ) -> None:
        self.calls = board.calls
        self._board = board
        self._desk = desk
        self._exchange = exchange
        self._recorder = recorder
        self._ladders = ladders
        self._journal = journal
        self._new_id = new_id
        self.stays: Callable[[Leg], None] = lambda _leg: None
        """Hears of a third party who goes on with the caller."""

    def answer_transfer(self, asked: LegTransferAsked, status: int) -> None:
        transfers = self._exchange.transfers
        if status >= 300:
            transfers.reject(asked, status)
        elif transfers.accept(asked):
            transfers.progress(asked, status)

    def move_to_agent(self, call: LiveCall, agent: str) -> None:
        """End the talk; the caller waits for that agent first, then for anybody of the queue."""
        queue, before = call.queue, call.agent
        if queue is None:
            return
        self._journal.append("call.transferred", call=call.id, agent=before, to=agent)
        self._desk.end_talk(call)
        call.agent, call.queue, call.queued_at = None, queue, time.monotonic()
        call.own_waiting = False
        call.move(CallState.WAITING, call.queued_at)
        self._journal.append("queue.joined", call=call.id, queue=queue, skills={})
        self._board.play_music(call.leg, queue)
        caller = recognisable(call.caller, self._board.settings.region)
        self._board.feed(ContactQueued(call.id, queue, preferred=agent, caller=caller))

    def move_to_flow(self, call: LiveCall, flow: str) -> bool:
        """End the talk; the caller goes on in another flow."""
        self._journal.append("call.transferred", call=call.id, agent=call.agent, to=flow)
        self._desk.end_talk(call)
        call.queue = call.agent = None
        if call.session is None:
            return self._board.begin_flow(call, flow)
        return call.session.send_to(flow)

    def join(self, call: LiveCall, second: LiveCall) -> None:
        """The caller takes the agent's place in the agent's second call; the agent's line of it ends the first one."""
        self._journal.append("call.transferred", call=call.id, agent=call.agent, to=second.id)
        for one, other in ((call, second.leg), (second, call.leg)):
            other.listener = partial(self._board.on_caller_event, one)
        call.leg, second.leg = second.leg, call.leg
        call.caller, second.caller = second.caller, call.caller
        for each in (call, second):
            if each.session is not None:
                each.session.leg = each.leg
        self._recorder.stop(call)
        self._reconnect(second)
        self._exchange.hang_up(call.leg, "transferred")

    def _reconnect(self, call: LiveCall) -> None:
        """One side is another leg now: join the two, with a recording of its own; or play music to who waits."""
        recorded = call.recording_id is not None
        self._recorder.stop(call)
        if call.agent_leg is not None:
            self._desk.rooms.connect(call)
            if recorded:
                self._recorder.start(call, call.agent_leg)
        elif call.queue is not None:
            self._board.play_music(call.leg, call.queue)

    async def answer(self, leg: Leg) -> bool:
        """Answer an incoming leg."""
        return self._exchange.answer_at_once(leg) or await self._exchange.answer(leg)

    def turn_away(self, leg: Leg, status: int, reason: str) -> None:
        """Refuse an incoming leg, or end it."""
        if leg.is_up:
            self._exchange.hang_up(leg, reason)
        else:
            self._exchange.reject(leg, status, reason)

    def replace_caller(self, call: LiveCall, leg: Leg) -> None:
        """Another leg is the caller's from now on; what it replaces ends."""
        self._journal.append("call.replaced", call=call.id, by=leg.peer, replaced=call.caller)
        old, call.leg, call.caller = call.leg, leg, leg.peer
        old.listener = ignore
        leg.listener = partial(self._board.on_caller_event, call)
        if call.session is not None:
            call.session.leg = leg
        self._ladders.note(call.id, leg.peer, leg.call_ids)
        self._reconnect(call)
        self._exchange.hang_up(old, "replaced")

    def leave_to_party(self, call: LiveCall, leg: Leg) -> None:
        """The agent leaves a talk of three; the other two go on."""
        self._desk.rooms.dismiss(call, leg)
        self.replace_agent(call, leg)
        self.stays(leg)

    def replace_agent(self, call: LiveCall, leg: Leg) -> None:
        """Whoever the agent passed the caller to talks on with them; the agent wraps up."""
        if self._board.connections.replaced(call, leg):
            return
        old, agent = call.agent_leg, call.agent
        self._journal.append("call.transferred", call=call.id, agent=agent, to=leg.peer)
        self._journal.append("talk.ended", call=call.id, agent=agent, queue=call.queue)
        for offer in [each for each in self._desk.offers.values() if each.leg is old]:
            del self._desk.offers[offer.id]
            self._desk.lamps.show(offer.agent)
        live = LiveOffer(self._new_id(), call, leg.peer, leg)
        leg.listener = partial(self._desk.on_agent_event, live)
        self._desk.offers[live.id] = live
        call.agent, call.agent_leg = leg.peer, leg
        self._ladders.note(call.id, leg.peer, leg.call_ids)
        self._board.feed(ContactEnded(call.id))
        self._reconnect(call)
        if old is not None:
            old.listener = ignore
            self._exchange.hang_up(old, "replaced")
