"""The floor: every agent, contact and offer of the router, with the indexes over them.

Holds no rules. What it guarantees is that records and indexes move together: whoever takes a contact out
of its lines, or makes an agent ready, does it here. `acd.invariants` says what "together" means.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable

from acd.deadlines import DeadlineKind, Deadlines
from acd.demand import Demand, Group
from acd.effects import Alert, AlertKind, Effect
from acd.estimate import ServiceProcess
from acd.line import Line
from acd.model import AWAY, Agent, Presence, Queue, RouterPolicy, Strategy
from acd.queue_rules import OverflowFacts, OverflowWhen
from acd.state import AgentState, ContactState, OfferState
from acd.statistics import QueueStatistics
from acd.strategies import Random
from acd.ticket import Ticket

BUSY = frozenset({Presence.ON_CONTACT, Presence.WRAP_UP})
"""What counts as work in an agent's load."""

REMEMBERED_OFFERS = 4096
"""How many offers that are over stay known, so that a late answer can be told from a strange one."""


REMEMBERED_PLACES = 4096
"""How many places of callers who are gone stay known, of each kind."""

Evaluate = Callable[[str, OverflowFacts], bool]
"""Says whether an expression of an overflow rule holds of these facts; from outside."""


Calendar = Callable[[str, float], float]
"""From when on, at a time or later, a number may be rung; from outside."""


class Floor:
    """The router's whole state at one moment (`now`), and the effects of the event being handled."""

    def __init__(
        self,
        queues: Iterable[Queue],
        agents: Iterable[Agent],
        new_id: Callable[[], str],
        policy: RouterPolicy,
        now: float,
        random: Random | None = None,
        evaluate: Evaluate | None = None,
        calendar: Calendar | None = None,
    ) -> None:
        self.new_id = new_id
        self.random = random
        self.policy = policy
        self.began_at = now
        self.now = now
        self.effects: list[Effect] = []
        self.ignored = 0
        self.arrivals = 0
        self.queues = {queue.id: queue for queue in queues}
        self.groups = {each.id: Group(each.id, each.strategy, random) for each in self.queues.values()}
        self.evaluate: Evaluate = evaluate or _cannot_evaluate
        if evaluate is None:
            _refuse_expressions(self.queues.values())
        self.personal: dict[str, Group] = {}
        self.statistics = {queue_id: QueueStatistics() for queue_id in self.queues}
        # Contacts without an agent, by queue: in line, or with a phone ringing for them.
        self.waiting: dict[str, dict[str, ContactState]] = {queue_id: {} for queue_id in self.queues}
        # The same in order of service, those only who stand in line, and how fast the line moves.
        self.queue_lines = {queue_id: Line() for queue_id in self.queues}
        self.processes = {queue_id: ServiceProcess(now, now) for queue_id in self.queues}
        self.closed: dict[str, str] = {}
        self.callbacks_waiting = dict.fromkeys(self.queues, 0)
        # Callbacks that are wanted, also by (number, queue), and when one may ring a number.
        self.tickets: dict[str, Ticket] = {}
        self.ticket_of: dict[tuple[str, str], str] = {}
        self.calendar: Calendar = calendar or _always
        # Places of calls that are gone: by (caller, queue) until a time, and by contact.
        self.dropped: OrderedDict[tuple[str, str], tuple[float, int, float]] = OrderedDict()
        self.departed: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self.agents: dict[str, AgentState] = {}
        self.contacts: dict[str, ContactState] = {}
        self.offers: dict[str, OfferState] = {}
        self.past_offers: OrderedDict[str, OfferState] = OrderedDict()
        # Effects whose result matters: of an offer or (connecting, verifying) of a contact.
        self.offer_of_effect: dict[str, str] = {}
        self.contact_of_effect: dict[str, str] = {}
        # Who moved during this event and has not been matched yet.
        self.freed: deque[AgentState] = deque()
        self.seeking: deque[ContactState] = deque()
        # Demands with contacts whose last able agent has logged out during this event.
        self.deserted: deque[Demand] = deque()
        # Queues whose last agent has gone, and contacts to be told how they stand, during this event.
        self.emptied: deque[str] = deque()
        self.announcing: list[ContactState] = []
        self.deadlines = Deadlines()
        for agent in agents:
            self.add_agent(agent)

    def add_agent(self, agent: Agent) -> None:
        """One more; before any event. ValueError: unknown queue, or there already."""
        unknown = [queue_id for queue_id in agent.queues if queue_id not in self.queues]
        if unknown:
            raise ValueError(f"agent {agent.id}: no such queue: {', '.join(unknown)}")
        if agent.id in self.agents:
            raise ValueError(f"agent {agent.id} is there twice")
        groups = tuple(self.groups[queue_id] for queue_id in dict.fromkeys(agent.queues))
        presence = Presence.AVAILABLE if agent.static else Presence.OFFLINE
        state = AgentState(agent, len(self.agents), groups, presence, since=self.now, idle_since=self.now)
        self.agents[agent.id] = state
        for group in groups:
            group.join(state)
        if agent.static:
            state.ready = True
            self.enter_idle_lines(state)

    def alert(self, kind: AlertKind, about: str, text: str) -> None:
        self.effects.append(Alert(self.new_id(), kind, about, text))

    # Agents

    def make_ready(self, state: AgentState) -> None:
        """The agent can be offered something: at the end of this event, or else from the idle lines."""
        state.ready = True
        self.freed.append(state)
        for group in state.groups:
            group.busy.pop(state.agent.id, None)

    def enter_idle_lines(self, state: AgentState) -> None:
        """Nobody waits for this agent now: whoever comes next shall find them."""
        state.idle = True
        for group in state.groups:
            group.becomes_idle(state)

    def make_unready(self, state: AgentState) -> None:
        state.ready = False
        for group in state.groups:
            if state.presence is not Presence.OFFLINE:
                group.busy[state.agent.id] = state
            if state.idle:
                group.no_longer_idle(state.agent.id)
        state.idle = False

    def set_presence(self, state: AgentState, presence: Presence) -> None:
        """Only the record and the counts; a move of readiness is asked for separately."""
        for group in state.groups:
            group.moves(state, presence)
            if presence is Presence.OFFLINE:
                group.busy.pop(state.agent.id, None)
            elif not state.ready:
                group.busy[state.agent.id] = state
        if presence in AWAY and state.presence not in AWAY:
            self._note_whom_it_leaves(state)
        busy = presence in BUSY
        if busy != state.load.busy:
            state.load.turn(busy, self.now)
        state.presence = presence
        state.since = self.now

    def _note_whom_it_leaves(self, state: AgentState) -> None:
        """The agent has gone: queues and demands for which nobody is at work any more."""
        for group in state.groups:
            if group.id in self.queues and not group.at_work():
                self.emptied.append(group.id)
            for _, demand in group.heads:
                if demand.qualifies(state.agent.id) and not demand.at_work:
                    self.deserted.append(demand)

    def personal_group(self, agent_id: str) -> Group:
        """The group of this agent alone, made when the first contact asks for them by name."""
        group = self.personal.get(agent_id)
        if group is None:
            state = self.agents[agent_id]
            group = self.personal[agent_id] = Group(f"agent {agent_id}", Strategy.LONGEST_IDLE, None)
            group.join(state)
            if not state.ready and state.presence is not Presence.OFFLINE:
                group.busy[agent_id] = state
            state.groups = (*state.groups, group)
        return group

    # Contacts

    def wait(self, state: ContactState) -> None:
        """The contact waits: new, or back from an agent with whom it could not be joined."""
        self.contacts[state.contact.id] = state
        self.waiting[state.contact.queue][state.contact.id] = state
        self.callbacks_waiting[state.contact.queue] += state.ticket is not None
        self.join_line(state)

    def callers_waiting(self, queue_id: str) -> int:
        """Contacts without an agent who are on the line: not the tickets."""
        return len(self.waiting[queue_id]) - self.callbacks_waiting[queue_id]

    def join_line(self, state: ContactState) -> None:
        """Anew, or back from a phone that was not answered: that was no service after all."""
        state.lined_at = self.now
        if state.taken:
            state.taken = False
            window = self.processes[state.queue.id].current
            window.taken = max(0, window.taken - 1)
        self.enter_lines(state)

    def stop_waiting(self, state: ContactState) -> None:
        self.leave_lines(state)
        self.deadlines.cancel(DeadlineKind.MAX_WAIT, state.contact.id)
        self.deadlines.cancel(DeadlineKind.RUNG, state.contact.id)
        if state.queue.announcements is not None:
            self.deadlines.cancel(DeadlineKind.ANNOUNCE, state.contact.id)
        if state.queue.overflow:
            self.deadlines.cancel(DeadlineKind.OVERFLOW, state.contact.id)
        if self.waiting[state.contact.queue].pop(state.contact.id, None) is not None:
            self.callbacks_waiting[state.contact.queue] -= state.ticket is not None

    def forget(self, state: ContactState) -> None:
        self.stop_waiting(state)
        del self.contacts[state.contact.id]

    def enter_lines(self, state: ContactState) -> None:
        # Asked for anew each time: a demand that nobody waited in may have been dropped meanwhile.
        state.demands = tuple(group.demand(skills) for group, skills in state.wants)
        for demand in state.demands:
            demand.contact_waits(state.contact.id, state.score, state.order)
        state.in_line = True
        line = self.queue_lines[state.queue.id]
        line.add(state.contact.id, state.score, state.order)
        self.processes[state.queue.id].resize(len(line), self.now)
        self.seeking.append(state)

    def leave_lines(self, state: ContactState) -> None:
        for demand in state.demands:
            demand.contact_leaves(state.contact.id)
        if state.in_line:
            state.in_line = False
            line = self.queue_lines[state.queue.id]
            line.discard(state.contact.id)
            self.processes[state.queue.id].resize(len(line), self.now)

    def taken_from_line(self, state: ContactState) -> None:
        """A phone rings for it. Only one that has stood in line says how fast the line moves."""
        self.leave_lines(state)
        if self.now > state.lined_at:
            process = self.processes[state.queue.id]
            process.current.taken += 1
            state.taken = True
            if state.estimate is not None:
                process.error.add(state.estimate, self.now - state.lined_at)
        state.estimate = None

    def remember_dropped(self, state: ContactState) -> None:
        """Who rings again in time has this place."""
        caller, keep_s = state.contact.caller, state.queue.regain_s
        if caller is not None and keep_s > 0:
            place = (state.contact.arrived_at, state.order, self.now + keep_s)
            self.dropped[caller, state.queue.id] = place
            self.dropped.move_to_end((caller, state.queue.id))
            if len(self.dropped) > REMEMBERED_PLACES:
                self.dropped.popitem(last=False)

    def remember_departed(self, contact_id: str, arrived_at: float, order: int) -> None:
        """A callback that this contact asks for after it has left the line has this place."""
        self.departed[contact_id] = (arrived_at, order)
        if len(self.departed) > REMEMBERED_PLACES:
            self.departed.popitem(last=False)

    # Offers

    def close_offer(self, state: OfferState) -> None:
        """Take an offer out of the living and remember how it ended."""
        del self.offers[state.offer.id]
        self.past_offers[state.offer.id] = state
        if len(self.past_offers) > REMEMBERED_OFFERS:
            self.past_offers.popitem(last=False)


def _always(number: str, when: float) -> float:
    del number
    return when


def _cannot_evaluate(expression: str, facts: OverflowFacts) -> bool:
    raise AssertionError(f"no queue may have the expression {expression} ({facts.queue})")


def _refuse_expressions(queues: Iterable[Queue]) -> None:
    for queue in queues:
        for rule in queue.overflow:
            if rule.when is OverflowWhen.EXPRESSION:
                raise ValueError(
                    f"queue {queue.id}: overflow {rule.name}: nothing was given to evaluate expressions"
                )
