"""Offers: agents' phones that ring for a caller, the talks that come of it, and how those end.

Data flow, one way round:

    router's effect (offer, cancel, connect, verify, end) -> dial, hang up, bridge, record
    event of an agent's leg -> router event; the caller goes back to the flow when the agent ends the talk

Owns the offers whose phones ring or talk. Decides nothing about who serves whom (acd).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

import structlog

from acd.effects import (
    ANSWERED_BY_ANOTHER,
    CancelOffer,
    Connect,
    Effect,
    EndContact,
    OfferAgent,
    VerifyContact,
)
from acd.events import ContactEnded, EffectDone, EffectFailed, OfferAccepted, OfferRefused
from acd.events import Event as RouterEvent
from cordboard.busy_lamps import BusyLamps, Publish
from cordboard.directory import Directory
from cordboard.ladders import Ladders
from cordboard.live_call import CallState, LiveCall, LiveOffer
from cordboard.live_settings import LiveSettings
from cordboard.recorder import Recorder
from cordboard.talk_rooms import TalkRooms
from cordboard.transfers import AgentTransfers
from ivr.events import TalkBegan
from journal.journal import Journal
from telephony.calls.dialling import Dial
from telephony.calls.exchange import Exchange
from telephony.calls.leg import (
    Leg,
    LegAnswered,
    LegEnded,
    LegEvent,
    LegHeld,
    LegRinging,
    LegTransferAsked,
    Outcome,
    Party,
)
from telephony.sip.reason import COMPLETED_ELSEWHERE

log = structlog.get_logger(__name__)

QUEUE_ANSWERED = "answered"


class Board(Protocol):
    """What is needed of the switchboard."""

    calls: dict[str, LiveCall]

    def feed(self, event: RouterEvent) -> None:
        """Tell the router."""

    def back_to_flow(self, call: LiveCall, outcome: str) -> None:
        """The caller goes on in the flow."""

    def lost_agent(self, offer: LiveOffer) -> bool:
        """The phone was answered, and hung up before the caller was rung back; False: it was not so."""


class Offers:
    """Every agent's phone that rings or talks for a caller."""

    def __init__(
        self,
        board: Board,
        settings: LiveSettings,
        directory: Directory,
        recorder: Recorder,
        ladders: Ladders,
        journal: Journal,
        publish: Publish,
    ) -> None:
        self._board = board
        self._settings = settings
        self._directory = directory
        self._recorder = recorder
        self._ladders = ladders
        self._journal = journal
        self._exchange: Exchange
        self._transfers: AgentTransfers
        self.rooms: TalkRooms
        self.leave_to: Callable[[LiveCall, Leg], None]
        """The agent has hung up, and somebody else who is in the talk goes on with the caller."""
        self.offers: dict[str, LiveOffer] = {}
        self.lamps = BusyLamps(self.offers, publish)

    def attach(self, exchange: Exchange, rooms: TalkRooms, transfers: AgentTransfers) -> None:
        """Say which exchange carries the calls; before the first of them."""
        self._exchange = exchange
        self.rooms = rooms
        self._transfers = transfers

    def carry_out(self, effect: Effect) -> bool:
        """Do what the router wants; False if the effect is none of an offer's or a talk's."""
        match effect:
            case OfferAgent():
                self._offer(effect)
            case CancelOffer(offer_id=offer_id, reason=reason):
                self._cancel_offer(offer_id, reason)
            case Connect():
                self._connect(effect)
            case VerifyContact(effect_id=effect_id, contact=contact):
                self._verify(effect_id, contact)
            case EndContact(contact=contact, reason=reason):
                self._give_up(contact, reason)
            case _:
                return False
        return True

    def _offer(self, effect: OfferAgent) -> None:
        offer = effect.offer
        call = self._board.calls.get(offer.contact)
        where = self._directory.reach(offer.agent)
        if call is None or call.leg.is_over or where is None:
            reason = "unreachable" if where is None else "the caller is gone"
            self._board.feed(EffectFailed(effect.effect_id, reason))
            return
        call.move(CallState.RINGING, time.monotonic())
        call.agent = offer.agent
        order = Dial(
            target=where.target,
            peer=offer.agent,
            caller_name=self._shown(call, offer.queue),
            caller_number=call.caller,
            destination=where.destination,
            near=call.leg,
        )
        self._journal.append(
            "offer.made", call=call.id, agent=offer.agent, offer=offer.id, why=offer.why.as_data()
        )
        live = LiveOffer(offer.id, call, offer.agent, self._exchange.dial(order))
        live.leg.listener = partial(self.on_agent_event, live)
        self.offers[offer.id] = live
        self._ladders.note(call.id, offer.agent, live.leg.call_ids)
        self.lamps.show(offer.agent)

    def take_up(self, offer: LiveOffer) -> None:
        """An agent's phone that rang or talked before this process goes on here."""
        offer.leg.listener = partial(self.on_agent_event, offer)
        self.offers[offer.id] = offer
        self._ladders.note(offer.call.id, offer.agent, offer.leg.call_ids)
        self.lamps.show(offer.agent)

    def _shown(self, call: LiveCall, queue: str) -> str:
        """What an agent's phone shows beside the number: for which queue, and that it is no call that came in."""
        name = self._settings.queues[queue].name or queue
        return f"callback {name}" if call.callback else name

    def on_agent_event(self, offer: LiveOffer, event: LegEvent) -> None:
        match event:
            case LegRinging():
                self.lamps.show(offer.agent)
            case LegAnswered():
                self.lamps.show(offer.agent)
                self._board.feed(OfferAccepted(offer.id))
            case LegTransferAsked():
                self._transfers.asked(offer.call, event)
            case LegHeld(held=held, by=Party.REMOTE) if offer.call.agent_leg is offer.leg:
                kind = "talk.held" if held else "talk.resumed"
                self._journal.append(kind, call=offer.call.id, agent=offer.agent)
                self.rooms.connect(offer.call)
            case LegEnded(termination=termination):
                if self.offers.pop(offer.id, None) is None:
                    return  # we let go of it ourselves
                self.lamps.show(offer.agent)
                parties = self.rooms.parties(offer.call) if offer.call.agent_leg is offer.leg else ()
                if parties:
                    self.leave_to(offer.call, parties[0])
                elif offer.call.agent_leg is offer.leg:
                    self.end_talk(offer.call)
                    self._board.back_to_flow(offer.call, QUEUE_ANSWERED)
                elif not self._board.lost_agent(offer):
                    reason = _REFUSALS.get(termination.outcome, "unreachable")
                    self._journal.append(
                        "offer.refused", call=offer.call.id, agent=offer.agent, offer=offer.id, reason=reason
                    )
                    self._board.feed(OfferRefused(offer.id, reason))

    def _cancel_offer(self, offer_id: str, reason: str) -> None:
        offer = self.offers.pop(offer_id, None)
        if offer is not None:
            self._journal.append(
                "offer.cancelled", call=offer.call.id, agent=offer.agent, offer=offer_id, reason=reason
            )
            # A phone that lost the race shows no missed call (RFC 3326 section 2).
            header = COMPLETED_ELSEWHERE if reason == ANSWERED_BY_ANOTHER else None
            self._exchange.hang_up(offer.leg, reason, header=header)
            self.lamps.show(offer.agent)

    def _connect(self, effect: Connect) -> None:
        offer = self.offers.get(effect.offer_id)
        if offer is None or offer.call.leg.is_over or not offer.leg.is_up:
            self._board.feed(EffectFailed(effect.effect_id, "one of the two has hung up"))
            return
        call = offer.call
        now = time.monotonic()
        if call.session is not None:
            call.session.post(TalkBegan())  # before the bridge: what the flow plays ends first
        call.agent, call.agent_leg = offer.agent, offer.leg
        self.rooms.connect(call)
        call.served_queue, call.served_by = call.queue, offer.agent
        waited_s = now - (call.queued_at or now)
        call.move(CallState.TALKING, now)
        self._journal.append(
            "call.connected", call=call.id, queue=call.queue, agent=call.agent, waited_s=waited_s
        )
        if call.queue is not None and self._settings.queues[call.queue].record:
            self._recorder.start(call, offer.leg)
        self._board.feed(EffectDone(effect.effect_id))

    def _verify(self, effect_id: str, contact: str) -> None:
        """Vouch for a talk that is still one; of any other the router hears nothing, and lets go of it."""
        call = self._board.calls.get(contact)
        if call is not None and call.state is CallState.TALKING:
            self._board.feed(EffectDone(effect_id))

    def _give_up(self, contact: str, reason: str) -> None:
        """The router has let go of a talk that nobody vouched for: end what is left of it."""
        call = self._board.calls.get(contact)
        if call is not None:
            log.warning("call.given_up", call=contact, why=reason)
            self._exchange.hang_up(call.leg, reason)

    def end_talk(self, call: LiveCall) -> None:
        """A talk is over, whoever ended it: the agent wraps up, the recording closes, the agent's phone is let go."""
        leg, call.agent_leg = call.agent_leg, None
        self._recorder.stop(call)
        self.rooms.close(call)
        for offer in [o for o in self.offers.values() if o.leg is leg]:
            del self.offers[offer.id]
            self.lamps.show(offer.agent)
        call.move(CallState.IN_FLOW, time.monotonic())
        self._journal.append("talk.ended", call=call.id, agent=call.agent, queue=call.queue)
        self._board.feed(ContactEnded(call.id))
        if leg is not None:
            self._exchange.hang_up(leg, "the talk is over")


_REFUSALS = {
    Outcome.REFUSED: "declined",
    Outcome.NO_ANSWER: "no_answer",
    Outcome.CANCELLED: "no_answer",
    Outcome.UNREACHABLE: "unreachable",
    Outcome.LOST: "unreachable",
}
"""What a router is told of a phone that did not take a call."""
