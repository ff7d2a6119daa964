"""Where a contact goes when its queue cannot or shall not keep it: the rules, at the door and while it waits.

At the door all rules are asked, in their order; while it waits those by longest wait (at that time), by expression
(every `recheck_s`) and no agents (when the last one goes). The first rule that applies and can be followed is
followed. One that leads to another queue cannot be followed if that one is closed or full and has no rule for
it, or if the contact has been there: no contact goes in circles. In the other queue it keeps its time of
arrival, and with it the time it has waited and its place by age.

A contact that is turned away at the door, refused or sent elsewhere, because the queue is full or closed counts as
`blocked`. While a phone rings for a contact it is left alone; what was due is done if nobody answers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from acd import announcing, ladder
from acd.deadlines import DeadlineKind
from acd.effects import OverflowContact
from acd.floor import Floor
from acd.model import AWAY, Contact, Presence, Queue
from acd.queue_rules import OverflowFacts, OverflowRule, OverflowTo, OverflowWhen
from acd.state import ContactState

_AT_THE_DOOR = frozenset(OverflowWhen)
_WAITING = frozenset({OverflowWhen.WAITED, OverflowWhen.NO_AGENTS, OverflowWhen.EXPRESSION})
_BLOCKING = frozenset({OverflowWhen.SIZE, OverflowWhen.CLOSED})


@dataclass(frozen=True, slots=True)
class Step:
    """One rule followed."""

    queue: str
    rule: OverflowRule
    facts: OverflowFacts


@dataclass(frozen=True, slots=True)
class Way:
    """Where a contact ends up: in `queue`, or (None) out of the last step's target, or blocked for a reason."""

    steps: tuple[Step, ...]
    queue: Queue | None
    blocked: str | None = None


def find_way(floor: Floor, contact: Contact, queue: Queue, been: frozenset[str]) -> Way:
    """What the door of `queue` says to a contact that has been in (or asked at) the queues `been`."""
    if queue.overflow:
        way = _follow(floor, contact, queue, been | {queue.id}, _AT_THE_DOOR, None)
        if way is not None:
            return way
    if queue.id in floor.closed:
        return Way((), None, f"queue closed: {floor.closed[queue.id]}")
    if queue.max_size is not None and floor.callers_waiting(queue.id) >= queue.max_size:
        return Way((), None, "queue full")
    return Way((), queue)


def _follow(
    floor: Floor,
    contact: Contact,
    queue: Queue,
    been: frozenset[str],
    asked: frozenset[OverflowWhen],
    state: ContactState | None,
) -> Way | None:
    facts = _facts(floor, contact, queue, state)
    for rule in queue.overflow:
        if rule.when not in asked or not _applies(floor, rule, facts):
            continue
        step = Step(queue.id, rule, facts)
        if rule.target.kind is not OverflowTo.QUEUE:
            return Way((step,), None)
        target = floor.queues.get(rule.target.name)
        if target is None or target.id in been:
            continue
        way = find_way(floor, contact, target, been)
        if way.blocked is None:
            return Way((step, *way.steps), way.queue)
    return None


def _facts(floor: Floor, contact: Contact, queue: Queue, state: ContactState | None) -> OverflowFacts:
    size = floor.callers_waiting(queue.id)
    before = len(floor.queue_lines[queue.id]) if state is None else announcing.place(floor, state)
    estimate = floor.processes[queue.id].estimate(before, floor.now)
    presences = floor.groups[queue.id].presences
    return OverflowFacts(
        contact=contact.id,
        queue=queue.id,
        priority=contact.priority,
        waited_s=floor.now - contact.arrived_at,
        position=before + 1,
        size=size,
        estimate_s=None if estimate is None else estimate.mean_s,
        agents_logged_in=sum(count for presence, count in presences.items() if presence not in AWAY),
        agents_available=presences[Presence.AVAILABLE],
        closed=queue.id in floor.closed,
    )


def _applies(floor: Floor, rule: OverflowRule, facts: OverflowFacts) -> bool:
    match rule.when:
        case OverflowWhen.WAITED:
            return facts.waited_s >= rule.limit
        case OverflowWhen.ESTIMATED_WAIT:
            return _nobody_free(facts) and facts.estimate_s is not None and facts.estimate_s >= rule.limit
        case OverflowWhen.SIZE:
            return facts.size >= rule.limit
        case OverflowWhen.NO_AGENTS:
            return facts.agents_logged_in == 0
        case OverflowWhen.CLOSED:
            return facts.closed
        case OverflowWhen.EXPRESSION:
            return floor.evaluate(rule.expression, facts)


def _nobody_free(facts: OverflowFacts) -> bool:
    return facts.position > 1 or facts.agents_available == 0


def turn_away(floor: Floor, contact: Contact, queue: Queue, way: Way) -> None:
    """Count and tell what the way does to a contact that comes to the door of `queue`."""
    first = way.steps[0].rule.when if way.steps else None
    counts = floor.statistics[queue.id]
    counts.blocked += way.blocked is not None or first in _BLOCKING
    counts.diverted += bool(way.steps)
    _tell(floor, contact.id, way)


def _tell(floor: Floor, contact_id: str, way: Way) -> None:
    for step in way.steps:
        floor.effects.append(
            OverflowContact(
                floor.new_id(), contact_id, step.queue, step.rule.name, step.rule.target, step.facts
            )
        )


# While it waits


def watch(floor: Floor, state: ContactState) -> None:
    """Set the time at which a rule may apply next."""
    if not state.queue.overflow or state.callback:
        return
    later = floor.now + floor.policy.recheck_s
    due = None
    for rule in state.queue.overflow:
        when = None
        if rule.when is OverflowWhen.EXPRESSION:
            when = later
        elif rule.when is OverflowWhen.WAITED:
            reached_at = state.contact.arrived_at + rule.limit
            when = reached_at if reached_at > floor.now else later
        elif rule.when is OverflowWhen.NO_AGENTS and not floor.groups[state.queue.id].at_work():
            when = later
        if when is not None and (due is None or when < due):
            due = when
    if due is not None:
        floor.deadlines.set(DeadlineKind.OVERFLOW, state.contact.id, due)


def queue_deserted(floor: Floor, queue_id: str) -> None:
    """The last agent of the queue is gone: whoever waits is asked at once."""
    if any(rule.when is OverflowWhen.NO_AGENTS for rule in floor.queues[queue_id].overflow):
        for contact_id in tuple(floor.waiting[queue_id]):
            recheck(floor, contact_id)


def recheck(floor: Floor, contact_id: str) -> None:
    state = floor.contacts[contact_id]
    if state.callback:
        return
    if state.offers:
        state.overdue = True
        return
    state.overdue = False
    way = _follow(floor, state.contact, state.queue, state.been | {state.queue.id}, _WAITING, state)
    if way is None:
        watch(floor, state)
        return
    floor.statistics[state.queue.id].overflowed += 1
    _tell(floor, contact_id, way)
    if way.queue is None:
        floor.forget(state)
        floor.remember_departed(contact_id, state.contact.arrived_at, state.order)
    else:
        _move(floor, state, way)


def _move(floor: Floor, state: ContactState, way: Way) -> None:
    assert way.queue is not None
    floor.stop_waiting(state)
    state.been |= {state.queue.id, *(step.rule.target.name for step in way.steps)}
    state.contact = replace(state.contact, queue=way.queue.id)
    state.queue = way.queue
    floor.statistics[way.queue.id].taken_over += 1
    take_place(floor, state)


def take_place(floor: Floor, state: ContactState) -> None:
    """Into the lines of its queue: every caller's way in, whether from the door or from another queue."""
    queue, arrived_at = state.queue, state.contact.arrived_at
    floor.statistics[queue.id].offered += 1
    # Somebody who comes with an old place has at least one ring's time.
    until = max(arrived_at + queue.max_wait_s, floor.now + min(queue.ring_timeout_s, queue.max_wait_s))
    floor.deadlines.set(DeadlineKind.MAX_WAIT, state.contact.id, until)
    ladder.enter(floor, state)
    floor.wait(state)
    announcing.begin(floor, state)
    watch(floor, state)
