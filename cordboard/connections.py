"""Connections: callers whom a flow itself brings together with somebody, without a queue: its `dial` and `transfer`.

Data flow: order > who that is (`Parties`) > the caller's own phone is asked to call them (REFER), or we ring them >
they answer: bridge, recording > one side hangs up > `PartyLeft` for the flow.

    blind       REFER to the caller's phone, if they can be reached from there (RFC 5589 section 6); a phone that
                does not do that is served as in `attended`
    attended    they are rung first and joined when they answer; where both are on one trunk, that trunk is then asked
                to join them itself (REFER with Replaces, section 7)
    dial        they are rung and joined; afterwards the flow goes on

Owns the other side's leg. An agent called so is paused for the router for as long, so that no queue rings them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial

import structlog

from acd.events import AgentPaused, AgentResumed
from acd.events import Event as RouterEvent
from acd.model import Presence
from cordboard.ladders import Ladders
from cordboard.live_call import CallState, LiveCall
from cordboard.offers import Offers
from cordboard.parties import BUSY, CALLED_BY_A_FLOW, FAILED, NotThere, Parties
from cordboard.recorder import Recorder
from ivr.effects import CancelDial, DialOut, TransferCaller
from ivr.events import PartyLeft, TalkBegan
from ivr.host import HostOrder
from journal.journal import Journal
from telephony.calls.exchange import Exchange
from telephony.calls.leg import (
    Leg,
    LegAnswered,
    LegEnded,
    LegEvent,
    LegHeld,
    LegTransferAsked,
    LegTransferProgress,
    Outcome,
    Termination,
    ignore,
)

log = structlog.get_logger(__name__)

ANSWERED, TRANSFERRED, NO_ANSWER = "answered", "transferred", "no_answer"
_OF_STATUS = {486: BUSY, 600: BUSY, 603: BUSY, 408: NO_ANSWER, 480: NO_ANSWER, 487: NO_ANSWER, 0: FAILED}
"""What a flow is told of a status; 0 is a transfer of which nothing more will be heard."""


@dataclass(slots=True, eq=False)
class Connection:
    """Somebody called for a caller. `leg` is theirs; None while the caller's phone was asked to call them."""

    order: DialOut | TransferCaller
    call: LiveCall
    began: float
    leg: Leg | None = None
    talking: bool = False
    accepted: bool = False
    """The caller's phone has taken the REFER on."""
    given_up: bool = False
    """The flow waits no longer, but the caller's phone may still get through."""
    paused: str | None = None
    timer: asyncio.TimerHandle | None = None

    @property
    def is_blind(self) -> bool:
        """Whether the caller's own phone is to be asked."""
        return isinstance(self.order, TransferCaller) and not self.order.attended

    @property
    def done(self) -> str:
        """What the flow is told after the talk."""
        return TRANSFERRED if isinstance(self.order, TransferCaller) else ANSWERED


class Connections:
    """All of them; a caller has one at most."""

    def __init__(
        self,
        parties: Parties,
        desk: Offers,
        exchange: Exchange,
        recorder: Recorder,
        ladders: Ladders,
        journal: Journal,
        *,
        feed: Callable[[RouterEvent], None],
        is_recorded: Callable[[str], bool],
    ) -> None:
        self._parties = parties
        self._desk = desk
        self._exchange = exchange
        self._recorder = recorder
        self._ladders = ladders
        self._journal = journal
        self._feed = feed
        self._is_recorded = is_recorded

    def take(self, call: LiveCall, order: HostOrder) -> bool:
        """Carry out what a flow orders; False if that is none of this room's."""
        match order:
            case DialOut() | TransferCaller():
                self._begin(call, order)
            case CancelDial(request_id=request_id):
                self._cancel(call, request_id)
            case _:
                return False
        return True

    def take_up(self, connection: Connection, leg: Leg) -> None:
        """A talk of a process before this one goes on here."""
        call, order = connection.call, connection.order
        connection.leg, connection.talking, call.connection, call.agent_leg = leg, True, connection, leg
        leg.listener = partial(self._heard, connection)
        self._ladders.note(call.id, leg.peer, leg.call_ids)
        if isinstance(order, DialOut):
            ends = call.since + order.longest_s
            connection.timer = asyncio.get_running_loop().call_at(ends, self._time_is_up, connection)

    def free_agents(self, calls: Iterable[LiveCall], added: Collection[str] = ()) -> None:
        """After a restart: whoever is paused for a call that is not there any more is let back to their queues;
        `added` are those who are in somebody's talk."""
        engaged = {call.connection.paused for call in calls if call.connection is not None} | set(added)
        for agent in self._parties.paused_for_flows():
            if agent not in engaged:
                self._feed(AgentResumed(agent))

    def caller_left(self, call: LiveCall) -> bool:
        """The caller hung up; False if nobody had been called for them."""
        connection = call.connection
        if connection is None:
            return False
        if connection.accepted and call.session is not None:  # phones hang up when they have been taken over
            call.session.post(PartyLeft(connection.order.request_id, TRANSFERRED))
        self._let_go(connection, TRANSFERRED if connection.accepted else "the caller hung up")
        return True

    def progress(self, call: LiveCall, event: LegTransferProgress) -> None:
        """The caller's phone tells how its call to the other side goes."""
        connection = call.connection
        if connection is None or not isinstance(connection.order, TransferCaller):
            return
        if not event.done:
            connection.accepted = connection.accepted or event.status >= 200
        elif 200 <= event.status < 300:
            self._taken_over(connection)
        elif connection.leg is not None:
            log.info("connection.stays_here", call=call.id, status=event.status)  # they talk through us
        elif connection.given_up:
            call.connection = None
        elif connection.accepted and event.status in _OF_STATUS:
            self._left(connection, _OF_STATUS[event.status], f"{event.status}")
        else:
            self._ring(connection)  # that phone, or its carrier, does not do such things: we do

    def replaced(self, call: LiveCall, leg: Leg) -> bool:
        """Another leg takes the place of the other side (RFC 3891); False if the talk is none of these."""
        connection = call.connection
        if connection is None or not connection.talking:
            return False
        old, connection.leg = connection.leg, leg
        self._journal.append("call.transferred", call=call.id, agent=call.agent, to=leg.peer)
        leg.listener = partial(self._heard, connection)
        self._recorder.stop(call)
        self._resume(connection)
        call.agent, call.agent_leg = leg.peer, leg
        self._desk.rooms.connect(call)
        self._hang_up(old, "replaced")
        return True

    # --- ringing ------------------------------------------------------------------------------------------------

    def _begin(self, call: LiveCall, order: DialOut | TransferCaller) -> None:
        if call.leg.is_over:
            return  # the flow will hear of it
        connection = Connection(order, call, time.monotonic())
        call.connection = connection
        self._journal.append("party.called", call=call.id, to=str(order.party), how=_how(order))
        patience = asyncio.get_running_loop().call_later(order.timeout_s, self._time_is_up, connection)
        connection.timer = patience
        if not (connection.is_blind and self._refer(connection)):
            self._ring(connection)

    def _refer(self, connection: Connection) -> bool:
        """Ask the caller's phone to call them itself; False if it cannot be asked."""
        call, party = connection.call, connection.order.party
        target = self._parties.refer_to(party, call, self._exchange.lines)
        return target is not None and self._exchange.transfers.ask(call.leg, target)

    def _ring(self, connection: Connection) -> None:
        call, agent = connection.call, connection.order.party.agent
        order = self._parties.dial(connection.order.party, call)
        if isinstance(order, NotThere):
            self._left(connection, order.outcome, order.why)
            return
        leg = connection.leg = self._exchange.dial(order)
        leg.listener = partial(self._heard, connection)
        self._ladders.note(call.id, order.peer, leg.call_ids)
        if agent is not None:
            self._pause(connection, agent)

    def _time_is_up(self, connection: Connection) -> None:
        connection.timer = None
        if connection.leg is not None:
            self._exchange.hang_up(connection.leg, "long enough")
        elif connection.accepted:
            connection.given_up = True
            self._tell(connection, NO_ANSWER)
        else:
            self._left(connection, NO_ANSWER, "the caller's phone does not answer a REFER")

    def _cancel(self, call: LiveCall, request_id: str) -> None:
        """The flow waits no longer; nothing is to be said about it."""
        connection = call.connection
        if connection is not None and connection.order.request_id == request_id:
            self._let_go(connection, "given up")

    # --- the other side ----------------------------------------------------------------------------------------

    def _heard(self, connection: Connection, event: LegEvent) -> None:
        if connection.call.connection is not connection:
            return  # it crossed the end
        match event:
            case LegAnswered():
                self._join(connection)
            case LegHeld():
                self._desk.rooms.connect(connection.call)
            case LegTransferAsked():
                self._exchange.transfers.reject(event, 403)  # the flow decides where its caller goes
            case LegEnded(termination=termination) if connection.talking:
                self._end_talk(connection)
                self._left(connection, connection.done, termination.reason)
            case LegEnded(termination=termination):
                self._left(connection, _outcome(termination), termination.reason)

    def _join(self, connection: Connection) -> None:
        call, leg, order = connection.call, connection.leg, connection.order
        if leg is None or call.session is None:
            return
        self._stop_timer(connection)
        call.session.post(TalkBegan())  # before the bridge: what the flow plays ends first
        call.agent, call.agent_leg, now = order.party.agent or leg.peer, leg, time.monotonic()
        self._desk.rooms.connect(call)
        connection.talking = True
        call.move(CallState.TALKING, now)
        waited_s = now - connection.began
        self._journal.append("call.connected", call=call.id, queue=None, agent=call.agent, waited_s=waited_s)
        if order.party.agent is not None:
            call.served_queue, call.served_by = None, order.party.agent
            if self._is_recorded(order.party.agent):
                self._recorder.start(call, leg)
        if isinstance(order, DialOut):
            loop = asyncio.get_running_loop()
            connection.timer = loop.call_later(order.longest_s, self._time_is_up, connection)
        elif leg.trunk is not None and leg.trunk == call.leg.trunk:
            self._exchange.transfers.ask_to_replace(call.leg, leg)

    def _taken_over(self, connection: Connection) -> None:
        """The caller's phone has the other side itself: we are out of it."""
        call = connection.call
        if connection.given_up:
            call.connection = None
            self._exchange.hang_up(call.leg, TRANSFERRED)
            return
        leg = connection.leg
        if connection.talking:
            self._end_talk(connection)
        self._left(connection, TRANSFERRED, "")
        self._hang_up(leg, TRANSFERRED)

    # --- the end ------------------------------------------------------------------------------------------------

    def _end_talk(self, connection: Connection) -> None:
        call, connection.talking = connection.call, False
        self._desk.rooms.close(call)
        self._recorder.stop(call)
        self._journal.append("talk.ended", call=call.id, agent=call.agent, queue=None)
        call.agent = call.agent_leg = None
        call.move(CallState.IN_FLOW, time.monotonic())

    def _left(self, connection: Connection, outcome: str, why: str) -> None:
        """Nothing more comes of it: the flow goes on."""
        self._forget(connection, outcome, why)
        self._tell(connection, outcome)

    @staticmethod
    def _tell(connection: Connection, outcome: str) -> None:
        if connection.call.session is not None:
            connection.call.session.post(PartyLeft(connection.order.request_id, outcome))

    def _let_go(self, connection: Connection, why: str) -> None:
        """End it without a word to the flow."""
        if connection.talking:
            self._end_talk(connection)
        self._forget(connection, why, "")
        self._hang_up(connection.leg, why)

    def _forget(self, connection: Connection, outcome: str, why: str) -> None:
        self._stop_timer(connection)
        connection.call.connection = None
        self._resume(connection)
        to = str(connection.order.party)
        self._journal.append("party.left", call=connection.call.id, to=to, outcome=outcome, reason=why)

    def _hang_up(self, leg: Leg | None, why: str) -> None:
        if leg is not None:
            leg.listener = ignore
            self._exchange.hang_up(leg, why)

    @staticmethod
    def _stop_timer(connection: Connection) -> None:
        if connection.timer is not None:
            connection.timer.cancel()
            connection.timer = None

    # --- the agent ----------------------------------------------------------------------------------------------

    def _pause(self, connection: Connection, agent: str) -> None:
        presence, _ = self._parties.presence(agent)
        if presence is Presence.AVAILABLE:
            connection.paused = agent
            self._feed(AgentPaused(agent, CALLED_BY_A_FLOW))

    def _resume(self, connection: Connection) -> None:
        """Back to their queues, unless they have been paused for something else meanwhile."""
        agent, connection.paused = connection.paused, None
        if agent is not None and self._parties.presence(agent) == (Presence.PAUSED, CALLED_BY_A_FLOW):
            self._feed(AgentResumed(agent))


def _how(order: DialOut | TransferCaller) -> str:
    if isinstance(order, DialOut):
        return "dial"
    return "attended" if order.attended else "blind"


def _outcome(termination: Termination) -> str:
    """What a flow is told of a call that nobody took."""
    if termination.status in _OF_STATUS:
        return _OF_STATUS[termination.status]
    return NO_ANSWER if termination.outcome in (Outcome.CANCELLED, Outcome.NO_ANSWER) else FAILED
