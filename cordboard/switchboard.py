"""The switchboard: it plugs callers into flows, asks the router who serves whom, and turns its answers into calls.

Data flow, one way round:

    leg event, flow effect, phone registered -> router event -> router.handle -> effects
        -> dial, hang up, bridge, record

Owns the live calls and the offers whose phones ring. Decides nothing about who serves whom (acd) or what a caller
hears in a flow (ivr). Router events are worked off one at a time from a queue of their own, because carrying out one
effect (a phone that cannot be dialled) may be the next event.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog

from acd.effects import (
    ANSWERED_BY_ANOTHER,
    CancelOffer,
    Connect,
    Effect,
    EndContact,
    OfferAgent,
    RefuseContact,
    VerifyContact,
)
from acd.events import (
    ContactEnded,
    ContactLeft,
    ContactQueued,
    EffectDone,
    EffectFailed,
    OfferAccepted,
    OfferRefused,
)
from acd.events import Event as RouterEvent
from acd.router import Router
from callflows.flow import Flow
from cordboard.busy_lamps import BusyLamps, Publish
from cordboard.call_facts import facts_of
from cordboard.config import Configuration
from cordboard.directory import Directory
from cordboard.flow_notes import write_note
from cordboard.ladders import Ladders
from cordboard.live_call import CallState, LiveCall, LiveOffer
from cordboard.moves import Moves
from cordboard.queue_effects import QueueEffects
from cordboard.recorder import Recorder
from cordboard.router_feed import RouterFeed
from cordboard.routing import recognisable
from cordboard.run_keeper import RunKeeper
from cordboard.take_overs import TakeOvers
from cordboard.transfers import AgentTransfers
from ivr.drivers.desk import Drivers
from ivr.effects import JoinQueue, SendNotice, SurveyAnswered, Tagged, Traced
from ivr.events import CallerHungUp, QueueLeft, TalkBegan
from ivr.prompts import PromptLibrary
from ivr.run import FlowRun
from ivr.runner import CALLER_HUNG_UP, Runner
from ivr.session import Session
from ivr.shown import shown_variables
from journal.journal import Journal
from telephony.calls.dialling import Dial
from telephony.calls.exchange import Exchange
from telephony.calls.leg import (
    Leg,
    LegAnswered,
    LegDigit,
    LegEnded,
    LegEvent,
    LegPlaybackFinished,
    LegRinging,
    LegTransferAsked,
    Outcome,
)
from telephony.calls.numbers import NumberPatterns
from telephony.calls.tasks import Tasks
from telephony.sip.reason import COMPLETED_ELSEWHERE
from telephony.sip.trace import SipTrace

log = structlog.get_logger(__name__)

MUSIC = "music"
"""The play id of what a waiting caller hears; no flow event is made of its end."""

QUEUE_ANSWERED = "answered"
QUEUE_REFUSED = "refused"


class Switchboard:
    """Every live call, from the first ring to the last word."""

    def __init__(
        self,
        configuration: Configuration,
        router: Router,
        directory: Directory,
        recorder: Recorder,
        prompts: PromptLibrary,
        drivers: Drivers,
        journal: Journal,
        *,
        flows: Mapping[str, Flow] | None = None,
        keeper: RunKeeper | None = None,
        new_id: Callable[[], str],
        ladders: Ladders | None = None,
        on_unknown_number: Callable[[Leg], None] = lambda _leg: None,
        publish: Publish = lambda _agent, _calls: None,
    ) -> None:
        self._settings = configuration.settings
        self._numbers = NumberPatterns(self._settings.numbers, self._settings.region)
        self._ladders = ladders if ladders is not None else Ladders(SipTrace(0), 1)
        self._on_unknown_number = on_unknown_number
        self._flows = configuration.flows if flows is None else flows
        self._keeper = keeper
        self._router = router
        self._directory = directory
        self._recorder = recorder
        self._prompts = prompts
        self._drivers = drivers
        self._journal = journal
        self._new_id = new_id
        self._exchange: Exchange
        self._feed = RouterFeed(router, self._carry_out)
        self._tasks = Tasks("call")
        self.calls: dict[str, LiveCall] = {}
        self.offers: dict[str, LiveOffer] = {}
        self.music: dict[str, Path] = {}
        self.calls_total = 0
        self.lamps = BusyLamps(self.offers, publish)
        self._queue_effects = QueueEffects(self, journal)

    def attach(self, exchange: Exchange) -> None:
        """Say which exchange carries the calls; before the first of them."""
        self._exchange = exchange
        moves = Moves(self, exchange, self._recorder, self._ladders, self._journal, self._new_id)
        self._take_overs = TakeOvers(moves)
        agents = self._directory.agents
        self._transfers = AgentTransfers(moves, agents, self._numbers.find, moves.answer_transfer)

    # --- a caller comes -----------------------------------------------------------------------------------------

    def on_incoming(self, leg: Leg) -> None:
        """Give a caller to the flow of the number they dialled; one who replaces a party of a talk gets its place."""
        if leg.replaces is not None:
            self._tasks.spawn(self._take_overs.take(leg, leg.replaces))
            return
        name = self._numbers.find(leg.dialled)
        if name is None:
            log.info("call.unknown_number", dialled=leg.dialled, caller=leg.peer)
            self._journal.append(
                "call.rejected", caller=leg.peer, called=leg.dialled, reason="no such number"
            )
            self._exchange.reject(leg, 404, "no such number")
            self._on_unknown_number(leg)
            return
        call = LiveCall(self._new_id(), leg.peer, leg.dialled, name, leg, time.monotonic())
        self.calls[call.id] = call
        self.calls_total += 1
        self._ladders.note(call.id, call.caller, leg.call_ids)
        flow = self._flows[name]
        self._journal.append(
            "call.arrived",
            call=call.id,
            caller=call.caller,
            called=call.called,
            flow=name,
            version=flow.version,
        )
        call.session = self._new_session(call, flow)
        leg.listener = partial(self.on_caller_event, call)
        call.session.start()

    def _new_session(self, call: LiveCall, flow: Flow) -> Session:
        facts = facts_of(call, datetime.now(UTC))
        runner = Runner(flow, FlowRun.new(flow, facts), self._new_id)
        return Session(
            call.id,
            call.leg,
            runner,
            self._exchange,
            self._prompts,
            self._drivers,
            self,
            self._tasks,
            new_id=self._new_id,
        )

    def on_caller_event(self, call: LiveCall, event: LegEvent) -> None:
        session = call.session
        if session is None:
            return
        match event:
            case LegEnded(termination=termination):
                self._leave_queue(call)
                self._journal.append(
                    "call.ended",
                    call=call.id,
                    outcome=termination.outcome.value,
                    by=termination.by.value,
                    reason=termination.reason,
                )
                session.post(CallerHungUp())
            case LegPlaybackFinished(play_id=play_id) if play_id == MUSIC:
                pass
            case LegDigit() if call.state is CallState.TALKING:
                pass  # keys pressed in a talk are the agent's business, not type-ahead for the flow
            case _:
                session.on_leg_event(event)

    def _leave_queue(self, call: LiveCall) -> None:
        """The caller has gone: tell the router, and let go of the agent's phone."""
        match call.state:
            case CallState.WAITING | CallState.RINGING:
                self.feed(ContactLeft(call.id))
            case CallState.TALKING:
                self.end_talk(call)

    def calls_in(self, flow: str) -> int:
        """How many callers are in a flow now, or wait for somebody it called."""
        return sum(call.flow == flow for call in self.calls.values())

    # --- what a flow asks of its host ---------------------------------------------------------------------------

    def join_queue(self, session: Session, order: JoinQueue) -> None:
        """Let the caller wait for an agent."""
        call = self.calls[session.call_id]
        if call.leg.is_over:
            return
        call.queue, call.queued_at = order.queue, time.monotonic()
        call.move(CallState.WAITING, call.queued_at)
        skills = dict(order.skills)
        self._journal.append(
            "queue.joined", call=call.id, queue=order.queue, skills=skills, data=dict(order.data)
        )
        call.own_waiting = order.own_waiting
        if not order.own_waiting:
            self.play_music(call.leg, order.queue)
        self.feed(
            ContactQueued(
                call.id,
                order.queue,
                skills,
                order.priority,
                preferred=order.preferred,
                preferred_for_s=order.preferred_for_s,
                caller=recognisable(call.caller),
            )
        )

    def leave_queue(self, session: Session) -> None:
        """The flow takes the caller out of the line again; the flow has them, and hears no more of the queue."""
        call = self.calls[session.call_id]
        if call.state in (CallState.WAITING, CallState.RINGING):
            self._journal.append("queue.left", call=call.id, queue=call.queue)
            self.feed(ContactLeft(call.id))
            call.queue = call.agent = None
            call.move(CallState.IN_FLOW, time.monotonic())

    def play_music(self, leg: Leg, queue: str) -> None:
        """Let a waiting caller hear the queue's music."""
        self._exchange.play(leg, MUSIC, [self.music[queue]], loop=True)

    def leave_for(self, call: LiveCall, outcome: str) -> None:
        """The router has let go of a waiting caller: the flow goes on, by that branch if it has one."""
        self._exchange.stop_playback(call.leg)
        self._back_to_flow(call, outcome)

    def traced(self, session: Session, step: Traced) -> None:
        """Write down a step of the flow."""
        call = self.calls[session.call_id]
        place = f"{step.step.section}:{step.step.line}"
        if step.what == CALLER_HUNG_UP and place == call.step:
            return  # where the caller stood is written already, and flow.ended says how it ended
        call.step = place
        self._journal.append("flow.step", call=call.id, step=call.step, what=step.what, data=dict(step.data))

    def noted(self, session: Session, note: Tagged | SurveyAnswered) -> None:
        """Write down what the flow says about the contact."""
        write_note(self._journal, self.calls[session.call_id], note)

    def noticed(self, session: Session, notice: SendNotice, failure: str | None) -> None:
        """Write down whether somebody was told."""
        kind = "notice.sent" if failure is None else "notice.failed"
        self._journal.append(kind, call=session.call_id, address=notice.address, reason=failure)

    def flow_named(self, name: str) -> Flow | None:
        """What a flow that hands over finds under a name."""
        return self._flows.get(name)

    def entered(self, session: Session, flow: Flow) -> None:
        """The caller goes on in another flow."""
        call = self.calls[session.call_id]
        call.flow = flow.name
        self._journal.append("flow.entered", call=call.id, flow=flow.name, version=flow.version)

    def moved(self, session: Session) -> None:
        """The run may stand elsewhere: it is written down."""
        if self._keeper is not None:
            self._keeper.moved(session)

    def flow_ended(self, session: Session, cause: str) -> None:
        """The call is over."""
        call = self.calls.pop(session.call_id)
        call.move(CallState.ENDED, time.monotonic())
        if self._keeper is not None:
            self._keeper.ended(call.id)
        runner = session.runner
        self._journal.append(
            "flow.ended",
            call=call.id,
            cause=cause,
            contained=runner.contained,
            variables=shown_variables(runner.run),
        )

    # --- the router ---------------------------------------------------------------------------------------------

    def feed(self, event: RouterEvent) -> None:
        """Give the router an event; what it answers is carried out."""
        self._feed.feed(event)

    def _carry_out(self, effect: Effect) -> None:
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
            case RefuseContact(contact=contact, reason=reason):
                self._refused(contact, reason)
            case _:
                self._queue_effects.carry_out(effect)

    def _offer(self, effect: OfferAgent) -> None:
        offer = effect.offer
        call = self.calls.get(offer.contact)
        where = self._directory.reach(offer.agent)
        if call is None or call.leg.is_over or where is None:
            reason = "unreachable" if where is None else "the caller is gone"
            self.feed(EffectFailed(effect.effect_id, reason))
            return
        call.move(CallState.RINGING, time.monotonic())
        call.agent = offer.agent
        order = Dial(
            target=where.target,
            peer=offer.agent,
            caller_name=self._settings.queues[offer.queue].name or offer.queue,
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

    def on_agent_event(self, offer: LiveOffer, event: LegEvent) -> None:
        match event:
            case LegRinging():
                self.lamps.show(offer.agent)
            case LegAnswered():
                self.lamps.show(offer.agent)
                self.feed(OfferAccepted(offer.id))
            case LegTransferAsked():
                self._transfers.asked(offer.call, event)
            case LegEnded(termination=termination):
                if self.offers.pop(offer.id, None) is None:
                    return  # we let go of it ourselves
                self.lamps.show(offer.agent)
                if offer.call.agent_leg is offer.leg:
                    self.end_talk(offer.call)
                    self._back_to_flow(offer.call, QUEUE_ANSWERED)
                else:
                    reason = _REFUSALS.get(termination.outcome, "unreachable")
                    self._journal.append(
                        "offer.refused", call=offer.call.id, agent=offer.agent, offer=offer.id, reason=reason
                    )
                    self.feed(OfferRefused(offer.id, reason))

    # --- what comes of an offer ---------------------------------------------------------------------------------

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
            self.feed(EffectFailed(effect.effect_id, "one of the two has hung up"))
            return
        call = offer.call
        now = time.monotonic()
        if call.session is not None:
            call.session.post(TalkBegan())  # before the bridge: what the flow plays ends first
        self._exchange.bridge(call.leg, offer.leg)
        call.agent, call.agent_leg = offer.agent, offer.leg
        call.served_queue, call.served_by = call.queue, offer.agent
        waited_s = now - (call.queued_at or now)
        call.move(CallState.TALKING, now)
        self._journal.append(
            "call.connected", call=call.id, queue=call.queue, agent=call.agent, waited_s=waited_s
        )
        if call.queue is not None and self._settings.queues[call.queue].record:
            self._recorder.start(call, offer.leg)
        self.feed(EffectDone(effect.effect_id))

    def _verify(self, effect_id: str, contact: str) -> None:
        """Vouch for a talk that is still one; of any other the router hears nothing, and lets go of it."""
        call = self.calls.get(contact)
        if call is not None and call.state is CallState.TALKING:
            self.feed(EffectDone(effect_id))

    def _give_up(self, contact: str, reason: str) -> None:
        """The router has let go of a talk that nobody vouched for: end what is left of it."""
        call = self.calls.get(contact)
        if call is not None:
            log.warning("call.given_up", call=contact, why=reason)
            self._exchange.hang_up(call.leg, reason)

    def end_talk(self, call: LiveCall) -> None:
        """A talk is over, whoever ended it: the agent wraps up, the recording closes, the agent's phone is let go."""
        leg, call.agent_leg = call.agent_leg, None
        self._recorder.stop(call)
        for offer in [o for o in self.offers.values() if o.leg is leg]:
            del self.offers[offer.id]
            self.lamps.show(offer.agent)
        call.move(CallState.IN_FLOW, time.monotonic())
        self._journal.append("talk.ended", call=call.id, agent=call.agent, queue=call.queue)
        self.feed(ContactEnded(call.id))
        if leg is not None:
            self._exchange.hang_up(leg, "the talk is over")

    def _refused(self, contact: str, reason: str) -> None:
        call = self.calls.get(contact)
        if call is not None:
            self._journal.append("queue.refused", call=call.id, queue=call.queue, reason=reason)
            self.leave_for(call, QUEUE_REFUSED)

    def _back_to_flow(self, call: LiveCall, outcome: str) -> None:
        call.queue = call.agent = None
        call.move(CallState.IN_FLOW, time.monotonic())
        if call.session is not None:
            call.session.post(QueueLeft(outcome))

    # --- the end ------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Hang up every caller, as their flows' ends; agents' phones follow."""
        for call in list(self.calls.values()):
            self._exchange.hang_up(call.leg, "the server is stopping")
        await self._tasks.drain(deadline_s=10.0)
        self._feed.close()


_REFUSALS = {
    Outcome.REFUSED: "declined",
    Outcome.NO_ANSWER: "no_answer",
    Outcome.CANCELLED: "no_answer",
    Outcome.UNREACHABLE: "unreachable",
    Outcome.LOST: "unreachable",
}
"""What a router is told of a phone that did not take a call."""
