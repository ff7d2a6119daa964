"""The switchboard: it plugs callers into flows, asks the router who serves whom, and turns its answers into calls.

Data flow, one way round:

    leg event, flow effect, phone registered -> router event -> router.handle -> effects
        -> offers (dial, bridge, record), queue effects (overflow, places, alerts)

Owns the live calls. Decides nothing about who serves whom (acd) or what a caller
hears in a flow (ivr). Router events are worked off one at a time from a queue of their own, because carrying out one
effect (a phone that cannot be dialled) may be the next event.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from acd.effects import Effect
from acd.events import ContactLeft, ContactQueued
from acd.events import Event as RouterEvent
from acd.plan import Plan
from acd.router import Router
from callflows.flow import Flow
from cordboard.alerts import Alerts
from cordboard.busy_lamps import Publish
from cordboard.call_facts import facts_of
from cordboard.callback_numbers import CallbackNumbers
from cordboard.callbacks import Callbacks
from cordboard.config import Configuration
from cordboard.connections import Connections
from cordboard.directory import Directory
from cordboard.flow_notes import write_note
from cordboard.ladders import Ladders
from cordboard.live_call import CallState, LiveCall, LiveOffer
from cordboard.live_settings import LiveSettings
from cordboard.moves import Moves
from cordboard.offers import Offers
from cordboard.parties import Parties, is_recorded
from cordboard.queue_effects import QueueEffects
from cordboard.recorder import Recorder
from cordboard.restart.kept_calls import KeptCalls
from cordboard.ring_backs import RingBacks
from cordboard.router_feed import RouterFeed
from cordboard.routing import recognisable
from cordboard.standings import Standings
from cordboard.supervision import Supervision, permitted_modes
from cordboard.supervisors_phones import SupervisorsPhones
from cordboard.take_overs import TakeOvers
from cordboard.talk_rooms import TalkRooms
from cordboard.third_parties import ThirdParties
from cordboard.ticket_store import TicketStore
from cordboard.transfers import AgentTransfers
from cordboard.waiting_sound import ANNOUNCEMENT, MUSIC, WaitingSound
from ivr.drivers.desk import Drivers
from ivr.effects import JoinQueue, SendNotice, SurveyAnswered, Tagged, Traced
from ivr.events import CallerHungUp, QueueLeft
from ivr.host import HostOrder
from ivr.prompts import PromptLibrary
from ivr.run import FlowRun
from ivr.runner import CALLER_HUNG_UP, Runner
from ivr.session import Session
from ivr.shown import shown_variables
from journal.journal import Journal
from telephony.calls.exchange import Exchange
from telephony.calls.leg import Leg, LegDigit, LegEnded, LegEvent, LegPlaybackFinished, LegTransferProgress
from telephony.calls.numbers import NumberPatterns
from telephony.calls.tasks import Tasks
from telephony.sip.trace import SipTrace

log = structlog.get_logger(__name__)

OrderTaker = Callable[[LiveCall, HostOrder], bool]
"""Carries out what a flow wants beyond its caller's leg; False: that is somebody else's."""

LegTaker = Callable[[Leg], bool]
"""Takes a call that is no caller's, say an agent's to a code; False: it is somebody else's."""


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
        keeper: KeptCalls | None = None,
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
        self.music: dict[str, Path] = {}
        self.order_takers: list[OrderTaker] = []
        self.leg_takers: list[LegTaker] = []
        self.calls_total = 0
        self.settings = LiveSettings(configuration.settings)
        self.desk = Offers(self, self.settings, directory, recorder, self._ladders, journal, publish)
        self.alerts = Alerts(journal, new_id)
        self._queue_effects = QueueEffects(self, journal)
        self.ring_backs = RingBacks(
            self, self.desk.offers, self.settings, directory, self._ladders, journal, self._tasks
        )
        self.callbacks: Callbacks | None = None
        self.sound = WaitingSound(self.music, self.settings, prompts, journal, self._tasks)

    def attach(self, exchange: Exchange) -> None:
        """Say which exchange carries the calls; before the first of them."""
        self._exchange = exchange
        parties = Parties(self._router, self._directory, self._settings.trunks)
        self.connections = Connections(
            parties,
            self.desk,
            exchange,
            self._recorder,
            self._ladders,
            self._journal,
            feed=self.feed,
            is_recorded=partial(is_recorded, self.settings, self._directory),
        )
        self.order_takers += [self.connections.take, Standings(self._router).take]
        moves = Moves(self, self.desk, exchange, self._recorder, self._ladders, self._journal, self._new_id)
        self._take_overs = TakeOvers(moves)
        self.rooms = TalkRooms(exchange, self.play_music)
        phones = SupervisorsPhones(self.settings, self._directory)
        modes = permitted_modes(self._settings)
        changed = self._keeper.changed_call if self._keeper is not None else lambda _call: None
        self.supervision = Supervision(
            self, exchange, phones, self._ladders, self._journal, modes, changed=changed
        )
        self.third_parties = ThirdParties(
            self,
            exchange,
            parties,
            self._prompts,
            self._ladders,
            self._journal,
            self.settings,
            changed=changed,
        )
        moves.stays = self.third_parties.stays
        self.desk.leave_to = moves.leave_to_party
        agents = self._directory.agents
        transfers = AgentTransfers(moves, agents, self._numbers.find, moves.answer_transfer)
        self.desk.attach(exchange, self.rooms, transfers)
        self.ring_backs.attach(exchange)
        self.sound.attach(exchange)

    def keep_callbacks(self, tickets: TicketStore) -> Callbacks:
        """From now on callers can be rung back."""
        rules = self._settings.callbacks
        numbers = CallbackNumbers(self._settings.region, rules.allowed, self._directory.agents.__contains__)
        zone = None if rules.hours is None else ZoneInfo(rules.hours.time_zone)
        self.callbacks = Callbacks(
            self, tickets, numbers, self.ring_backs, self._journal, self._tasks, self._new_id, zone
        )
        self.order_takers.append(self.callbacks.take)
        return self.callbacks

    # --- a caller comes -----------------------------------------------------------------------------------------

    def on_incoming(self, leg: Leg) -> None:
        """Give a caller to the flow of the number they dialled; one who replaces a party of a talk gets its place."""
        if leg.replaces is not None:
            self._tasks.spawn(self._take_overs.take(leg, leg.replaces))
            return
        if any(take(leg) for take in self.leg_takers):
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
        call.session = self._new_session(call, flow, FlowRun.new(flow, facts_of(call, datetime.now(UTC))))
        leg.listener = partial(self.on_caller_event, call)
        call.session.start()

    def take_up(self, call: LiveCall, flow: Flow | None, run: FlowRun | None) -> None:
        """A call of a process before this one goes on here; its session, if a flow has it, waits for `resume`."""
        self.calls[call.id] = call
        self.calls_total += 1
        self._ladders.note(call.id, call.caller, call.leg.call_ids)
        if flow is not None and run is not None:
            call.session = self._new_session(call, flow, run)
        call.leg.listener = partial(self.on_caller_event, call)

    def _new_session(self, call: LiveCall, flow: Flow, run: FlowRun) -> Session:
        runner = Runner(flow, run, self._new_id)
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
        """Take what a caller's leg says."""
        if isinstance(event, LegEnded):
            self._leave_queue(call)
            self.sound.forget(call.leg)
            termination = event.termination
            self._journal.append(
                "call.ended",
                call=call.id,
                outcome=termination.outcome.value,
                by=termination.by.value,
                reason=termination.reason,
            )
        elif isinstance(event, LegPlaybackFinished) and event.play_id in (MUSIC, ANNOUNCEMENT):
            self.sound.finished(call)
            return
        session = call.session
        if session is None:
            self.ring_backs.on_caller_event(call, event)
            return
        match event:
            case LegEnded():
                session.post(CallerHungUp())
            case LegTransferProgress():
                self.connections.progress(call, event)
            case LegDigit() if call.state is CallState.TALKING:
                pass  # keys pressed in a talk are the agent's business, not type-ahead for the flow
            case _:
                session.on_leg_event(event)

    def _leave_queue(self, call: LiveCall) -> None:
        """The caller has gone: tell the router, and let go of the agent's phone."""
        if self.connections.caller_left(call):
            return
        match call.state:
            case CallState.WAITING | CallState.RINGING:
                self.feed(ContactLeft(call.id))
            case CallState.TALKING:
                self.desk.end_talk(call)

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
            "queue.joined",
            call=call.id,
            queue=order.queue,
            skills=skills,
            priority=order.priority,
            data=dict(order.data),
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
                caller=recognisable(call.caller, self._settings.region),
            )
        )

    def leave_queue(self, session: Session) -> None:
        """The flow takes the caller out of the line again; the flow has them, and hears no more of the queue."""
        call = self.calls[session.call_id]
        if call.state in (CallState.WAITING, CallState.RINGING):
            self.feed(ContactLeft(call.id, by_flow=True))
            self.taken_out(call)

    def taken_out(self, call: LiveCall) -> None:
        """The router has let go of a waiting caller, who is the flow's alone now."""
        if call.state in (CallState.WAITING, CallState.RINGING):
            self._journal.append("queue.left", call=call.id, queue=call.queue)
            call.queue = call.agent = None
            call.move(CallState.IN_FLOW, time.monotonic())

    def play_music(self, leg: Leg, queue: str) -> None:
        """Let a waiting caller hear the queue's music."""
        self.sound.play_music(leg, queue)

    def leave_for(self, call: LiveCall, outcome: str) -> None:
        """The router has let go of a waiting caller: the flow goes on, by that branch if it has one."""
        self._exchange.stop_playback(call.leg)
        self.back_to_flow(call, outcome)

    def take_order(self, session: Session, order: HostOrder) -> bool:
        """Hand a flow's wish to whoever carries it out."""
        call = self.calls[session.call_id]
        return any(taken(call, order) for taken in self.order_takers)

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

    def apply(self, plan: Plan) -> None:
        """Have the router take up other queues and agents."""
        self._feed.apply(plan)

    def _carry_out(self, effect: Effect) -> None:
        if self.callbacks is not None and self.callbacks.carry_out(effect):
            return
        if not self.desk.carry_out(effect):
            self._queue_effects.carry_out(effect)

    def lost_agent(self, offer: LiveOffer) -> bool:
        """Whether that was an agent who did not wait until the caller was rung back."""
        return self.ring_backs.lost_agent(offer)

    def back_to_flow(self, call: LiveCall, outcome: str) -> None:
        """The caller goes on in the flow, by the branch of that outcome."""
        call.queue = call.agent = None
        call.move(CallState.IN_FLOW, time.monotonic())
        if call.session is None:
            self.ring_backs.let_go(call, outcome)
        else:
            call.session.post(QueueLeft(outcome))

    def begin_flow(self, call: LiveCall, name: str) -> bool:
        """Give somebody who was rung back, and is in no flow, to one; False: there is none of that name."""
        flow = self._flows.get(name)
        if flow is None or call.leg.is_over:
            return False
        call.flow = name
        call.session = self._new_session(call, flow, FlowRun.new(flow, facts_of(call, datetime.now(UTC))))
        call.session.start()
        return True

    # --- the end ------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Hang up every caller, as their flows' ends; agents' phones follow."""
        for call in list(self.calls.values()):
            self._exchange.hang_up(call.leg, "the server is stopping")
        await self._tasks.drain(deadline_s=10.0)
        self.pause()

    def pause(self) -> None:
        """Give the router no more ticks."""
        self._feed.close()
