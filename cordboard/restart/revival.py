"""Putting back what a process before this one left: one synchronous piece of work, done when the sockets are bound and
before the first packet is read.

    registrations, sessions, subscriptions   the user agent answers for them again
    router                                   agents, lines, statistics as they were; configuration as it is now
    calls and offers                         on their legs, with their flows and recordings
    then                                     what did not come back is hung up and told; router and calls are compared;
                                             flows go on at their step

A leg comes back if its session does and a worker still has its media. What is left over in the workers is for the
caller of this to let go (`Revived`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from acd import reconciler
from acd.effects import CancelOffer
from acd.events import AgentPaused, AgentUnreachable, CallbackCancelled, ContactEnded
from acd.model import Presence
from callflows.flow import Flow
from cordboard.directory import Directory, PhoneEvent
from cordboard.identity import new_id
from cordboard.live_call import CallState, LiveCall, LiveOffer
from cordboard.offers import QUEUE_ANSWERED
from cordboard.recorder import Recorder
from cordboard.restart.kept_calls import KeptCall
from cordboard.restart.kept_guests import take_up_guests
from cordboard.restart.kept_router import KeptRouter
from cordboard.restart.left import Left
from cordboard.restart.records import LegRecord, RecordingRecord, call_of, connection_of, leg_of
from cordboard.switchboard import Switchboard
from journal.journal import Journal
from recordings.store import RecordingFacts
from telephony.calls.exchange import Exchange
from telephony.calls.leg import Leg
from telephony.media.messages import LegInfo
from telephony.sip.endpoint import SipEndpoint
from telephony.sip.errors import LocalProtocolError
from telephony.sip.events import BindingsChanged

log = structlog.get_logger(__name__)

RESTARTED = 'SIP;cause=503;text="Server restarted"'
"""What the phone of a call that did not come back reads (RFC 3326)."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms of a server that things are put back into."""

    endpoint: SipEndpoint
    exchange: Exchange
    router: KeptRouter
    switchboard: Switchboard
    directory: Directory
    recorder: Recorder
    journal: Journal
    flows: Mapping[str, Flow]
    records: Callable[[str], bool]
    """Whether a queue's talks are recorded."""


@dataclass(slots=True)
class Revived:
    """What came back, and what did not with the reason."""

    calls: list[str] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    legs: set[str] = field(default_factory=set)
    recordings: set[str] = field(default_factory=set)
    agents: int = 0
    router: bool = False


class Revival:
    """Done once, by `revive`. `media` are the legs that the workers have, by id."""

    def __init__(self, left: Left, media: Mapping[str, LegInfo], rooms: Rooms) -> None:
        self._left = left
        self._media = media
        self._rooms = rooms
        self._user_agent = rooms.endpoint.user_agent
        self._now = time.monotonic()
        self._came: list[PhoneEvent] = []
        self._guests: set[Leg] = set()
        self.done = Revived()

    def revive(self) -> Revived:
        """Put everything back."""
        self._signalling()
        self._router()
        for kept in self._left.calls:
            try:
                self._call(kept)
            except Exception as defect:  # one call's trouble is not the others'
                log.error("restart.defect", call=kept.call.id, exc_info=defect)
                self._lose(kept, "it could not be put back")
        self._hang_up_strangers()
        self._rooms.endpoint.flush()
        self._callbacks()
        self._agents()
        self._compare()
        board = self._rooms.switchboard
        board.connections.free_agents(board.calls.values(), board.third_parties.paused_agents())
        for call_id in self.done.calls:
            self._go_on(call_id)
        self._rooms.endpoint.flush()
        return self.done

    # --- what was there -----------------------------------------------------------------------------------------

    def _signalling(self) -> None:
        agent = self._user_agent
        for piece in self._left.pieces:
            away_s = max(0.0, self._now - piece.at)
            try:
                agent.from_state(piece.data, self._now, away_s=away_s, password_of=self._password)
            except (ValueError, LocalProtocolError) as error:
                log.error("restart.piece_not_read", kind=piece.kind, why=str(error))
        for flow in agent.pieces.streams():  # connections ended with the process that had them
            agent.receive_closed(flow, self._now)
        for aor in self._rooms.directory.agents:
            bindings = agent.registrar.bindings(aor, self._now)
            if bindings:
                self.done.agents += 1
                self._came += self._rooms.directory.on_bindings(BindingsChanged(aor, bindings))

    def _password(self, user: str) -> str | None:
        return self._rooms.directory.password(user, "")

    def _router(self) -> None:
        if not self._left.router:
            return
        try:
            self._rooms.router.restore(self._left.router, self._left.tail)
        except ValueError as error:
            log.error("restart.router_begins_anew", why=str(error))
        else:
            self.done.router = True

    def _call(self, kept: KeptCall) -> None:
        record = kept.call
        leg = self._leg(record.leg)
        left = self._left.runs.get(record.id)
        if leg is None or (left is None and not record.callback):
            self._lose(kept, "its line is gone" if leg is None else "its flow is gone")
            return
        call = call_of(record, leg)
        if left is None:
            self._rooms.switchboard.take_up(call, None, None)
        else:
            live = self._rooms.flows.get(left.flow.name)
            flow = live if live is not None and live.version == left.flow.version else left.flow
            self._rooms.switchboard.take_up(call, flow, left.run)
        for offer in kept.offers:
            agent_leg = self._leg(offer.leg)
            if agent_leg is not None:
                self._rooms.switchboard.desk.take_up(LiveOffer(offer.id, call, offer.agent, agent_leg))
                if record.agent_leg == agent_leg.id:
                    call.agent_leg = agent_leg
        party = None if kept.party is None else self._leg(kept.party.leg)
        if kept.party is not None and party is not None:
            self._rooms.switchboard.connections.take_up(connection_of(kept.party, call), party)
        board = self._rooms.switchboard
        guests = take_up_guests(kept.guests, call, board.supervision, board.third_parties, self._leg)
        self._guests.update(guests)
        self._recording(call, record.recording)
        self.done.calls.append(call.id)

    def _leg(self, record: LegRecord | None) -> Leg | None:
        """The leg, if both its halves live."""
        if record is None:
            return None
        leg = leg_of(record)
        if leg.session is None or not self._user_agent.knows(leg.session):
            return None
        leg.has_media = record.id in self._media
        if record.has_media and not leg.has_media:
            return None
        self._rooms.exchange.take_up(leg)
        self.done.legs.add(leg.id)
        return leg

    def _recording(self, call: LiveCall, record: RecordingRecord | None) -> None:
        if record is None or record.id not in {leg.recording_id for leg in self._media.values()}:
            return  # closed meanwhile: its spool is made into a file like any that is found
        facts = RecordingFacts(call.id, record.queue, record.agent, record.started, record.kind)
        self._rooms.recorder.take_up(call, record.id, Path(record.spool), facts)
        self.done.recordings.add(record.id)

    # --- what was not -------------------------------------------------------------------------------------------

    def _lose(self, kept: KeptCall, why: str) -> None:
        call = kept.call
        self.done.lost[call.id] = why
        self._rooms.switchboard.calls.pop(call.id, None)
        self._rooms.journal.append("call.lost", call=call.id, reason=why, step=call.step, state=call.state)

    def _hang_up_strangers(self) -> None:
        """Sessions that no leg came back for, or of calls that were lost after all."""
        board, exchange = self._rooms.switchboard, self._rooms.exchange
        owned = {call.leg for call in board.calls.values()}
        owned |= {call.agent_leg for call in board.calls.values() if call.agent_leg is not None}
        owned |= {offer.leg for offer in board.desk.offers.values() if offer.call.id in board.calls}
        owned |= self._guests
        for leg in exchange.legs:
            if leg not in owned:
                exchange.hang_up(leg, "the call was lost", header=RESTARTED)
        sessions = {leg.session for leg in exchange.legs}
        for session in self._user_agent.pieces.sessions():
            if session not in sessions:
                self._user_agent.hang_up(session, self._now, reason=RESTARTED)

    # --- set right ----------------------------------------------------------------------------------------------

    def _callbacks(self) -> None:
        """What was promised is written down before it is said, and the router a moment later: who is not among the
        promises any more has been served, or wants it no more."""
        callbacks = self._rooms.switchboard.callbacks
        for ticket in list(self._rooms.router.floor.tickets):
            if callbacks is not None and ticket not in callbacks.tickets:
                self._rooms.switchboard.feed(CallbackCancelled(ticket, "it was over before a restart"))

    def _agents(self) -> None:
        """Agents whose registration did not last cannot be reached; without the router's memory, those who have one are
        at work, and whoever talks is let alone until they say that they are free."""
        feed, floor = self._rooms.switchboard.feed, self._rooms.router.floor
        if not self.done.router:
            talking = {call.agent for call in self._rooms.switchboard.calls.values() if call.agent_leg}
            for event in self._came:
                feed(event)
            for agent_id in set(floor.agents) & talking:
                feed(AgentPaused(agent_id, "talks since before the restart"))
            return
        for agent_id, state in list(floor.agents.items()):
            at_work = state.presence is not Presence.OFFLINE and not state.agent.static
            if at_work and self._rooms.directory.reach(agent_id) is None:
                self._rooms.directory.lose(agent_id)
                if state.reachable:
                    feed(AgentUnreachable(agent_id))

    def _compare(self) -> None:
        """Have router and calls agree: what moved while nobody looked is repaired now, with an alert for each."""
        router, board = self._rooms.router, self._rooms.switchboard
        for kept in self._left.calls:
            if kept.call.callback and kept.call.id in self.done.lost:
                board.feed(ContactEnded(kept.call.id))
        talking = {call.agent_leg for call in board.calls.values()}
        for offer in list(board.desk.offers.values()):
            if offer.id not in router.floor.offers and offer.leg not in talking:
                gone = CancelOffer(new_id(), offer.id, offer.agent, offer.call.id, "the server was restarted")
                board.desk.carry_out(gone)
        for repair in reconciler.reconcile(router.floor, self._facts(), self._now, settled_s=-1.0):
            board.feed(repair)

    def _facts(self) -> reconciler.WorldFacts:
        board = self._rooms.switchboard
        calls = {}
        offer_of = {id(offer.leg): offer.id for offer in board.desk.offers.values()}
        for call in board.calls.values():
            queue = call.queue or ""
            if call.state in (CallState.WAITING, CallState.RINGING):
                calls[call.id] = reconciler.CallFact(reconciler.CallState.WAITING, call.since, queue)
            elif call.agent_leg is not None:
                offer = offer_of.get(id(call.agent_leg))
                calls[call.id] = reconciler.CallFact(reconciler.CallState.TALKING, call.since, queue, offer)
        reachable = frozenset(
            agent for agent, state in self._rooms.router.floor.agents.items() if state.reachable
        )
        return reconciler.WorldFacts(calls, reachable, frozenset(board.desk.offers))

    def _go_on(self, call_id: str) -> None:
        """The flow, the talk or the wait goes on."""
        board = self._rooms.switchboard
        call = board.calls.get(call_id)
        if call is None:
            return
        session, alone = call.session, call.agent_leg is None
        was_talking = call.state is CallState.TALKING
        if was_talking and alone:
            board.desk.end_talk(call)
        in_queue = session is None or session.runner.run.in_queue
        if session is not None:
            session.resume(alone=alone)
        if was_talking and alone and in_queue:
            board.back_to_flow(call, QUEUE_ANSWERED)
        elif was_talking and not alone:
            self._join_again(call)
        elif call.state in (CallState.WAITING, CallState.RINGING) and not call.own_waiting:
            info = self._media.get(call.leg.id)
            if info is not None and call.queue is not None:
                board.sound.take_up(call.leg, call.queue, call.queued_at or call.since, info.play_id)

    def _join_again(self, call: LiveCall) -> None:
        """The worker has gone on with the talk; if it had not begun there, or was not recorded, it is now."""
        assert call.agent_leg is not None
        info, rooms = self._media.get(call.leg.id), self._rooms.switchboard.desk.rooms
        if rooms.has_guests(call) or (info is not None and info.source != "bridge"):
            rooms.connect(call)
        due = call.queue is not None and self._rooms.records(call.queue)
        if due and call.recording_id is None:
            self._rooms.recorder.start(call, call.agent_leg)
