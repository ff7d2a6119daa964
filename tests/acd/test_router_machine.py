"""Any order of events at any time: the invariants hold, and a brute-force matcher agrees with every offer."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from acd.effects import Effect, EndContact, OfferAgent, TicketChanged
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
from acd.invariants import violations
from acd.model import Agent, Presence, Queue, RouterPolicy, Rung
from acd.queue_rules import (
    Announcements,
    CallbackMode,
    CallbackRules,
    OverflowFacts,
    OverflowRule,
    OverflowTarget,
    OverflowTo,
    OverflowWhen,
)
from acd.router import Router
from acd.ticket import Ticket
from tests.acd.observer import Observer, Seen

SKILLS = ("tax", "german")
QUEUES = [
    Queue("q0", ring_timeout_s=10, max_wait_s=60),
    Queue("q1", skills={"tax": 3}, ring_timeout_s=10, wrap_up_s=15),
    Queue("q2", ring_timeout_s=7, max_size=3, back_off_s=2),
    Queue(
        "ladder",
        skills={"tax": 5},
        ladder=(Rung(10, {"tax": 2}), Rung(10, {"tax": 0}, priority=1), Rung(30, {"german": 0}, ("q0",))),
    ),
    Queue("wide", ring_timeout_s=8, ring_width=2, max_wait_s=20),
    Queue(
        "over",
        max_wait_s=90,
        max_size=2,
        announcements=Announcements(5, 10),
        overflow=(
            OverflowRule("long", OverflowWhen.WAITED, OverflowTarget(OverflowTo.QUEUE, "over2"), 20),
            OverflowRule("none", OverflowWhen.NO_AGENTS, OverflowTarget(OverflowTo.QUEUE, "over2")),
            OverflowRule("full", OverflowWhen.SIZE, OverflowTarget(OverflowTo.VOICEMAIL), 2),
            OverflowRule("odd", OverflowWhen.EXPRESSION, OverflowTarget(OverflowTo.FLOW), expression="odd"),
        ),
    ),
    Queue(
        "over2",
        ring_width=2,
        max_size=3,
        overflow=(
            OverflowRule("closed", OverflowWhen.CLOSED, OverflowTarget(OverflowTo.QUEUE, "over")),
            OverflowRule("slow", OverflowWhen.ESTIMATED_WAIT, OverflowTarget(OverflowTo.CALLBACK), 30),
            OverflowRule("long", OverflowWhen.WAITED, OverflowTarget(OverflowTo.NUMBER, "123"), 40),
        ),
    ),
    Queue(
        "back",
        regain_s=30,
        wrap_up_s=5,
        ring_width=2,
        callbacks=CallbackRules(answer_s=8, retry_s=12, max_attempts=2, expires_s=200),
        ladder=(Rung(20, join=("q0",)),),
    ),
    Queue(
        "back2",
        max_wait_s=40,
        ring_width=2,
        ring_timeout_s=6,
        announcements=Announcements(5, 10),
        callbacks=CallbackRules(CallbackMode.CALLER_FIRST, answer_s=8, retry_s=12, max_attempts=3),
        overflow=(OverflowRule("long", OverflowWhen.WAITED, OverflowTarget(OverflowTo.QUEUE, "back"), 25),),
    ),
]
BACK = ("back", "back2")

levels = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 10), max_size=2)
agent_names = st.sampled_from(["a0", "a1", "a2", "a3", "nobody"])
numbers = st.sampled_from(["n0", "n1", "n2"])
ticket_names = st.sampled_from([f"t{number}" for number in range(5)])
contact_names = st.sampled_from([f"c{number}" for number in range(8)])


def odd(expression: str, facts: OverflowFacts) -> bool:
    assert expression == "odd"
    return int(facts.waited_s) % 7 == 6


def hours(number: str, when: float) -> float:
    """n2 may be rung in every second minute only."""
    return (when // 60 + 1) * 60 if number == "n2" and when // 60 % 2 else when


class Numbers:
    """Ids that go on where others stopped."""

    def __init__(self, last: int = 0) -> None:
        self.last = last

    def __call__(self) -> str:
        self.last += 1
        return f"id{self.last}"


class RouterMachine(RuleBasedStateMachine):
    """Rules draw known and unknown names alike: late, repeated and senseless events come by themselves."""

    @initialize(
        staff=st.lists(
            st.tuples(levels, st.sets(st.sampled_from([queue.id for queue in QUEUES])), st.booleans()),
            min_size=1,
            max_size=4,
        ),
        reloads=st.booleans(),
    )
    def open_centre(self, staff: list[tuple[dict[str, int], set[str], bool]], reloads: bool) -> None:
        self.reloads = reloads
        agents = [
            Agent(f"a{number}", "", skills, tuple(sorted(queues)), static)
            for number, (skills, queues, static) in enumerate(staff)
        ]
        self.numbers = numbers = Numbers()
        self.twin: Router | None = None
        self.observed = True
        self.staff = agents
        policy = RouterPolicy(max_missed=3, verify_contact_s=100, verify_answer_s=10)
        self.router = Router(QUEUES, agents, numbers, policy=policy, evaluate=odd, calendar=hours)
        self.now = 0.0
        self.offers = ["nonsense"]
        self.effect_ids = ["nonsense"]
        self.tickets: list[Ticket] = []
        self.observer = Observer({queue.id: queue for queue in QUEUES}, {a.id: Seen(a) for a in agents})
        for agent in agents:
            if agent.static:
                self.observer.agents[agent.id].presence = self.router.floor.agents[agent.id].presence

    def feed(self, event: Event) -> None:
        effects = self.router.handle(event, self.now)
        if self.twin is not None:
            assert self.twin.handle(event, self.now) == effects, "restored, it answers the same"
        self.observe(event, effects)

    def observe(self, event: Event | None, effects: list[Effect]) -> None:
        for agent_id, state in self.router.floor.agents.items():
            if agent_id not in self.observer.agents:
                continue
            backs_off = state.presence is Presence.AVAILABLE and not state.ready
            self.observer.agents[agent_id].backs_off = backs_off
        if self.observed and event is not None:
            self.observer.watch(event, effects, self.now)
        for effect in effects:
            if isinstance(effect, OfferAgent):
                self.offers.append(effect.offer.id)
            if isinstance(effect, TicketChanged):
                self.tickets.append(effect.ticket)
            if isinstance(effect, EndContact):
                self.observer.forget(effect.contact)
            self.effect_ids.append(effect.effect_id)
        assert violations(self.router) == []

    @rule()
    def dump_and_load(self) -> None:
        self.twin = Router.load(self.router.dump(), Numbers(self.numbers.last), evaluate=odd, calendar=hours)
        assert violations(self.twin) == []
        assert self.twin.queues_view(self.now) == self.router.queues_view(self.now)
        assert self.twin.agents_view(self.now) == self.router.agents_view(self.now)

    @precondition(lambda self: self.reloads)
    @rule(wide=st.booleans(), last_agent=st.booleans(), skills=levels, q0=st.booleans())
    def reload(self, wide: bool, last_agent: bool, skills: dict[str, int], q0: bool) -> None:
        """Nobody is logged out, no count falls, nobody is lost: whatever changes."""
        queues = [queue for queue in QUEUES if q0 or queue.id != "q1"]
        queues[-1] = replace(queues[-1], ring_width=2 if wide else 1, skills=dict(skills))
        known = {queue.id for queue in queues}
        staff = [
            replace(agent, skills=skills, queues=tuple(queue for queue in agent.queues if queue in known))
            for agent in (self.staff if last_agent else self.staff[:-1])
        ]
        plan = self.router.plan(queues, staff, {} if q0 else {"q1": "back"})
        self.twin = None
        before = {each.agent.id: each.presence for each in self.router.floor.agents.values()}
        counts = {queue_id: counts.answered for queue_id, counts in self.router.floor.statistics.items()}
        if plan.problems:
            return
        self.relax_all()
        effects = self.router.apply(plan, self.now)
        self.observe(None, effects)
        for agent_id, presence in before.items():
            if presence is not Presence.OFFLINE:
                assert self.router.floor.agents[agent_id].presence is not Presence.OFFLINE
        assert all(self.router.floor.statistics[q].answered == n for q, n in counts.items())

    def relax_all(self) -> None:
        """The observer knows the first configuration only: from here on it watches none of these contacts."""
        self.observed = False

    @rule(agent=agent_names)
    def log_in(self, agent: str) -> None:
        self.feed(AgentLoggedIn(agent))

    @rule(agent=agent_names)
    def log_out(self, agent: str) -> None:
        self.feed(AgentLoggedOut(agent))

    @rule(agent=agent_names, reason=st.sampled_from(["lunch", "training"]))
    def pause(self, agent: str, reason: str) -> None:
        self.feed(AgentPaused(agent, reason))

    @rule(agent=agent_names)
    def resume(self, agent: str) -> None:
        self.feed(AgentResumed(agent))

    @rule(agent=agent_names)
    def end_wrap_up(self, agent: str) -> None:
        self.feed(WrapUpEnded(agent))

    @rule(agent=agent_names, there=st.booleans())
    def phone(self, agent: str, there: bool) -> None:
        self.feed(AgentReachable(agent) if there else AgentUnreachable(agent))

    @rule(agent=agent_names, on_duty=st.booleans())
    def schedule(self, agent: str, on_duty: bool) -> None:
        self.feed(AgentScheduled(agent, on_duty))

    @rule(agent=agent_names)
    def extend_wrap_up(self, agent: str) -> None:
        self.feed(WrapUpExtended(agent, 20.0))

    @rule(
        contact=contact_names,
        queue=st.sampled_from([queue.id for queue in QUEUES]),
        skills=levels,
        priority=st.integers(0, 2),
        preferred=st.none() | agent_names,
        caller=st.none() | numbers,
    )
    def call(
        self,
        contact: str,
        queue: str,
        skills: dict[str, int],
        priority: int,
        preferred: str | None,
        caller: str | None,
    ) -> None:
        self.feed(ContactQueued(contact, queue, skills, priority, preferred, 20.0, caller))

    @rule(
        ticket=ticket_names,
        number=numbers,
        queue=st.sampled_from([*BACK, "nowhere"]),
        contact=st.none() | contact_names,
        later_s=st.sampled_from([None, 5.0, 50.0]),
    )
    def ask_for_callback(
        self, ticket: str, number: str, queue: str, contact: str | None, later_s: float | None
    ) -> None:
        at = None if later_s is None else self.now + later_s
        asking = self.router.floor.contacts.get(contact or "")
        if asking is not None and asking.assignment is None and asking.queue.id not in BACK:
            contact = None  # the observer would not understand where it went
        self.feed(CallbackRequested(ticket, number, queue, contact, {}, 1, at))

    @rule(ticket=ticket_names)
    def cancel_callback(self, ticket: str) -> None:
        self.feed(CallbackCancelled(ticket))

    @rule(data=st.data(), crash=st.booleans())
    def restore(self, data: st.DataObject, crash: bool) -> None:
        if self.tickets:
            ticket = data.draw(st.sampled_from(self.tickets[-5:]))
            restored = TicketRestored(ticket)
            self.feed(Repair(restored, ticket.id, "lost") if crash else restored)

    @rule(queue=st.sampled_from(["over", "over2", "nowhere"]), closed=st.booleans())
    def door(self, queue: str, closed: bool) -> None:
        self.feed(QueueClosed(queue) if closed else QueueOpened(queue))

    @rule(contact=contact_names, ended=st.booleans())
    def hang_up(self, contact: str, ended: bool) -> None:
        self.observer.forget(contact)
        self.feed(ContactEnded(contact) if ended else ContactLeft(contact))

    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        self.feed(OfferAccepted(data.draw(st.sampled_from(self.offers[-6:]))))

    @rule(data=st.data())
    def refuse(self, data: st.DataObject) -> None:
        self.feed(OfferRefused(data.draw(st.sampled_from(self.offers[-6:])), "busy"))

    @rule(data=st.data(), failed=st.booleans())
    def result(self, data: st.DataObject, failed: bool) -> None:
        effect_id = data.draw(st.sampled_from(self.effect_ids[-12:]))
        self.feed(EffectFailed(effect_id, "broken") if failed else EffectDone(effect_id))

    @rule(seconds=st.sampled_from([0.0, 0.5, 2.0, 5.0, 10.0, 60.0, 110.0]))
    def late_tick(self, seconds: float) -> None:
        """The event loop was busy: many deadlines have passed at once."""
        self.now += seconds
        self.feed(Tick())

    @precondition(lambda self: self.router.next_deadline() is not None)
    @rule()
    def punctual_tick(self) -> None:
        due = self.router.next_deadline()
        assert due is not None
        self.now = max(self.now, due)
        self.feed(Tick())


TestRouterMachine = RouterMachine.TestCase
TestRouterMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_after_a_reload_a_contact_stands_in_line_as_its_queue_now_rings() -> None:
    state = RouterMachine()
    state.open_centre(staff=[({}, set(), False), ({}, {"q0", "q1"}, False), ({}, set(), False)], reloads=True)
    state.call(caller=None, contact="c0", preferred=None, priority=0, queue="q1", skills={})
    state.reload(last_agent=False, q0=True, skills={"tax": 3}, wide=False)
    state.schedule(agent="a1", on_duty=True)
    state.reload(last_agent=False, q0=False, skills={}, wide=False)
    assert violations(state.router) == []
