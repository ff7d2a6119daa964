"""The router: one deterministic state machine, `handle(event, now) -> list[Effect]`.

Owns the meaning of events. It knows no phone, clock or disk: the same code serves live calls, the
simulator and a replay. Every event is handled in three steps: what it says is applied to the floor; the
deadlines that have passed are fired (the event first, so that a phone answered before its cancel went out
has been answered); and whoever became free or waits again is matched until nothing more can be, everybody
who became so at this moment being there to choose from.

Unknown ids, late and repeated events are ordinary: they change nothing and are counted in `ignored`, but
an answer to an offer that is over gets a CancelOffer, because somewhere a phone is off the hook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import assert_never

from acd import agents, announcing, attempts, callbacks, contacts, offers, overflow
from acd.deadlines import DeadlineKind
from acd.effects import AlertKind, Effect
from acd.estimate import Estimate
from acd.events import (
    AgentLoggedIn,
    AgentLoggedOut,
    AgentPaused,
    AgentReachable,
    AgentResumed,
    AgentScheduled,
    AgentUnreachable,
    CallbackCancelled,
    CallbackRequested,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    EffectDone,
    EffectFailed,
    Event,
    OfferAccepted,
    OfferRefused,
    QueueClosed,
    QueueOpened,
    Repair,
    Tick,
    TicketRestored,
    WrapUpEnded,
    WrapUpExtended,
)
from acd.floor import Calendar, Evaluate, Floor
from acd.model import Agent, Queue, RouterPolicy
from acd.plan import Plan, apply_plan, make_plan
from acd.reconciler import WorldFacts, reconcile
from acd.settle import settle
from acd.snapshot import dump, load
from acd.strategies import Random
from acd.ticket import Ticket
from acd.views import AgentSummary, QueueSummary, summarise_agent, summarise_agents, summarise_queues


class Router:
    """Feed it events, carry out its effects, and feed it a Tick at `next_deadline()`.

    `now` is the monotonic time from which static agents are idle and statistics count. `random` gives numbers
    in [0, 1) and is needed only where a queue's strategy is random, `evaluate` only where an overflow rule has an
    expression. `calendar` says when a number may be rung back; without one, always.
    """

    def __init__(
        self,
        queues: Iterable[Queue],
        agents: Iterable[Agent],
        new_id: Callable[[], str],
        *,
        policy: RouterPolicy | None = None,
        now: float = 0.0,
        random: Random | None = None,
        evaluate: Evaluate | None = None,
        calendar: Calendar | None = None,
    ) -> None:
        self.floor = Floor(queues, agents, new_id, policy or RouterPolicy(), now, random, evaluate, calendar)

    def dump(self) -> bytes:
        """The whole state, between events (`acd.snapshot`)."""
        return dump(self.floor)

    @classmethod
    def load(
        cls,
        data: bytes,
        new_id: Callable[[], str],
        *,
        random: Random | None = None,
        evaluate: Evaluate | None = None,
        calendar: Calendar | None = None,
    ) -> Router:
        """A router that answers as the dumped one would have, given ids that are still free.

        ValueError: `data` is no snapshot of this version.
        """
        router = cls.__new__(cls)
        router.floor = load(data, new_id, random, evaluate, calendar)
        return router

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Apply one event at monotonic time `now`; what has to be done about it, in order."""
        return self._run(now, partial(_apply, event=event))

    def plan(
        self, queues: Iterable[Queue], agents: Iterable[Agent], move: Mapping[str, str] | None = None
    ) -> Plan:
        """What another configuration would change and whom it would touch; `move` sends waiting contacts on."""
        return make_plan(self.floor, queues, agents, move)

    def apply(self, plan: Plan, now: float) -> list[Effect]:
        """Carry out a plan as one event. acd.plan.Stale: it cannot be, and nothing has changed."""
        return self._run(now, partial(apply_plan, plan=plan))

    def reconcile(self, facts: WorldFacts, now: float) -> list[Repair]:
        """What differs from the world, as events to be fed (`acd.reconciler`); changes nothing itself."""
        return reconcile(self.floor, facts, now)

    def _run(self, now: float, change: Callable[[Floor], None]) -> list[Effect]:
        floor = self.floor
        floor.now = now
        floor.effects = []
        change(floor)
        while (due := floor.deadlines.pop_due(now)) is not None:
            kind, name = due
            _ON_DEADLINE[kind](floor, name)
        while floor.deserted:
            offers.nobody_left(floor, floor.deserted.popleft())
        while floor.emptied:
            overflow.queue_deserted(floor, floor.emptied.popleft())
        settle(floor)
        if floor.announcing:
            announcing.announce(floor)
        return floor.effects

    def next_deadline(self) -> float | None:
        """When a Tick is wanted at the latest, unless another event comes first."""
        return self.floor.deadlines.next()

    def position(self, contact: str) -> int | None:
        """1 is next of its queue; None for one that does not stand in line."""
        state = self.floor.contacts.get(contact)
        return announcing.place(self.floor, state) + 1 if state is not None and state.in_line else None

    def estimate(self, contact: str, now: float) -> Estimate | None:
        """How much longer until a phone rings for this contact; None while nothing is known."""
        state = self.floor.contacts.get(contact)
        if state is None or not state.in_line:
            return None
        return self.floor.processes[state.queue.id].estimate(announcing.place(self.floor, state), now)

    def tickets(self) -> list[Ticket]:
        """Callbacks that are wanted."""
        return list(self.floor.tickets.values())

    def queues_view(self, now: float) -> list[QueueSummary]:
        return summarise_queues(self.floor, now)

    def agents_view(self, now: float) -> list[AgentSummary]:
        return summarise_agents(self.floor, now)

    def agent_view(self, agent: str, now: float) -> AgentSummary | None:
        """One agent; None: there is no such one."""
        state = self.floor.agents.get(agent)
        return None if state is None else summarise_agent(self.floor, state, now)

    @property
    def ignored(self) -> int:
        """How many events came late, twice, or about somebody unknown."""
        return self.floor.ignored


def _apply(floor: Floor, event: Event) -> None:
    match event:
        case AgentLoggedIn():
            agents.agent_logged_in(floor, event.agent, event.reason)
        case AgentLoggedOut():
            agents.agent_logged_out(floor, event.agent, event.reason)
        case AgentPaused():
            agents.agent_paused(floor, event.agent, event.reason)
        case AgentResumed():
            agents.agent_resumed(floor, event.agent, event.reason)
        case AgentScheduled():
            agents.agent_scheduled(floor, event.agent, event.on_duty)
        case AgentUnreachable():
            agents.agent_unreachable(floor, event.agent)
        case AgentReachable():
            agents.agent_reachable(floor, event.agent)
        case WrapUpEnded():
            agents.wrap_up_ended(floor, event.agent)
        case WrapUpExtended():
            agents.wrap_up_extended(floor, event.agent, event.by_s)
        case ContactQueued():
            contacts.contact_queued(floor, event)
        case ContactLeft():
            contacts.contact_gone(floor, event.contact, by_flow=event.by_flow)
        case ContactEnded():
            contacts.contact_gone(floor, event.contact)
        case OfferAccepted():
            offers.offer_accepted(floor, event.offer)
        case OfferRefused():
            offers.offer_refused(floor, event.offer, event.reason)
        case EffectDone():
            contacts.effect_done(floor, event.effect_id)
        case EffectFailed():
            offers.effect_failed(floor, event.effect_id, event.reason)
        case QueueOpened():
            contacts.queue_opened(floor, event.queue)
        case QueueClosed():
            contacts.queue_closed(floor, event.queue, event.reason)
        case CallbackRequested():
            callbacks.requested(floor, event)
        case CallbackCancelled():
            callbacks.cancelled(floor, event.ticket, event.reason)
        case TicketRestored():
            callbacks.restored(floor, event.ticket)
        case Repair():
            floor.alert(AlertKind.REPAIRED, event.about, event.text)
            _apply(floor, event.event)
        case Tick():
            pass
        case _:
            assert_never(event)


_ON_DEADLINE: dict[DeadlineKind, Callable[[Floor, str], None]] = {
    DeadlineKind.RING: offers.ring_timed_out,
    DeadlineKind.WRAP_UP: agents.wrap_up_ended,
    DeadlineKind.BACK_OFF: agents.back_off_over,
    DeadlineKind.MAX_WAIT: contacts.waited_too_long,
    DeadlineKind.RUNG: contacts.next_rung,
    DeadlineKind.ANNOUNCE: announcing.due,
    DeadlineKind.OVERFLOW: overflow.recheck,
    DeadlineKind.TICKET_DUE: callbacks.due,
    DeadlineKind.TICKET_EXPIRES: callbacks.expired,
    DeadlineKind.DIAL: attempts.not_answered,
    DeadlineKind.VERIFY: contacts.verify,
    DeadlineKind.VERIFY_ANSWER: contacts.nobody_vouched,
}
