"""What must hold of the floor after every event. Tests call it after each; production may, on a sample.

Written against the records, by looking at everybody: it must not trust the indexes that it checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from acd.deadlines import DeadlineKind
from acd.demand import Group, lacking
from acd.floor import Floor
from acd.model import AWAY, Presence
from acd.router import Router
from acd.state import AgentState, ContactState
from acd.ticket import TicketStatus

T = TypeVar("T")

A_STEP = 200
"""Agents and contacts looked at in one step."""


def violations(router: Router) -> list[str]:
    """Every broken promise in words; empty when all is well. Looks at everybody: not for every live event."""
    floor = router.floor
    found = [
        *_deadlines(floor),
        *_offers(floor),
        *_statistics(floor),
        *_tickets(floor),
        *_nobody_waits_in_vain(floor),
    ]
    for agent in floor.agents.values():
        found.extend(f"agent {agent.agent.id}: {problem}" for problem in _agent(floor, agent))
    for contact in floor.contacts.values():
        found.extend(f"contact {contact.contact.id}: {problem}" for problem in _contact(floor, contact))
    for group in (*floor.groups.values(), *floor.personal.values()):
        found.extend(f"group {group.id}: {problem}" for problem in _group(floor, group))
    return found


def sampled_violations(router: Router, start: int, size: int) -> list[str]:
    """Broken promises of a part: `size` agents and contacts from `start` on, round and round; and of every offer."""
    return [problem for step in sampled_in_steps(router, start, size) for problem in step]


def sampled_in_steps(router: Router, start: int, size: int) -> Iterator[list[str]]:
    """The same in some steps, with other events between them, so that a running server can afford it."""
    floor = router.floor
    yield [*_deadlines(floor), *_offers(floor)]
    for number in range(0, size, A_STEP):
        agents = _part(list(floor.agents.values()), start + number, min(A_STEP, size - number))
        yield [f"agent {each.agent.id}: {problem}" for each in agents for problem in _agent(floor, each)]
        contacts = _part(list(floor.contacts.values()), start + number, min(A_STEP, size - number))
        yield [
            f"contact {each.contact.id}: {problem}" for each in contacts for problem in _contact(floor, each)
        ]
        if number + A_STEP >= max(len(floor.agents), len(floor.contacts)):
            break


def _part(everybody: list[T], start: int, size: int) -> list[T]:
    if len(everybody) <= size:
        return everybody
    begin = start % len(everybody)
    return (everybody[begin:] + everybody[:begin])[:size]


def _agent(floor: Floor, agent: AgentState) -> Iterator[str]:
    if (agent.presence in (Presence.RINGING, Presence.RESERVED)) != (agent.offer is not None):
        yield f"{agent.presence} with offer {agent.offer}"
    if (agent.presence is Presence.ON_CONTACT) != (agent.contact is not None):
        yield f"{agent.presence} with contact {agent.contact}"
    if agent.ready and agent.presence is not Presence.AVAILABLE:
        yield f"ready while {agent.presence}"
    if agent.ready != agent.idle:
        yield f"ready: {agent.ready}, in the idle lines: {agent.idle}"
    if agent.offer is not None and floor.offers[agent.offer].offer.agent != agent.agent.id:
        yield "holds somebody else's offer"
    if agent.contact is not None:
        contact = floor.contacts.get(agent.contact)
        if contact is None or contact.assignment is None or contact.assignment.agent != agent.agent.id:
            yield f"talks to {agent.contact}, who does not"
    if (agent.leaving or agent.pausing is not None) and agent.presence not in (
        Presence.ON_CONTACT,
        Presence.WRAP_UP,
    ):
        yield f"still leaving or pausing while {agent.presence}"
    if agent.presence is Presence.UNREACHABLE and agent.reachable:
        yield "unreachable with a phone"
    if not agent.reachable and agent.presence in (Presence.AVAILABLE, Presence.RINGING, Presence.RESERVED):
        yield f"{agent.presence} without a phone"
    if agent.agent.static and agent.presence is Presence.OFFLINE:
        yield "static and offline"
    waits_for = {
        DeadlineKind.WRAP_UP: agent.presence is Presence.WRAP_UP,
        DeadlineKind.BACK_OFF: agent.presence is Presence.AVAILABLE and not agent.ready,
    }
    for kind, expected in waits_for.items():
        if (floor.deadlines.when(kind, agent.agent.id) is not None) != expected:
            yield f"{agent.presence}: {kind} deadline is {'missing' if expected else 'left over'}"


def _contact(floor: Floor, state: ContactState) -> Iterator[str]:
    contact_id, talking = state.contact.id, state.assignment is not None
    if talking and state.offers:
        yield "talks and is offered"
    full = len(state.offers) >= state.width
    if state.in_line == (talking or full or state.expired):
        yield f"in line: {state.in_line}, talking: {talking}, offers: {len(state.offers)}"
    if (contact_id in floor.waiting[state.contact.queue]) == talking:
        yield "counted as waiting and talking, or as neither"
    if state.assignment is not None and floor.agents[state.assignment.agent].contact != contact_id:
        yield f"talks to {state.assignment.agent}, who does not"
    for offer_id in state.offers:
        if offer_id not in floor.offers or floor.offers[offer_id].offer.contact != contact_id:
            yield f"rung for by offer {offer_id}, which is not"
    if (
        not talking
        and not state.expired
        and state.ticket is None
        and _when(floor, DeadlineKind.MAX_WAIT, contact_id) is None
    ):
        yield "waits without a deadline"
    announced = not talking and not state.callback and state.queue.announcements
    if announced and _when(floor, DeadlineKind.ANNOUNCE, contact_id) is None:
        yield "waits without the time of its next announcement"
    if state.contact.queue != state.queue.id:
        yield f"in queue {state.contact.queue} and {state.queue.id}"
    if not talking and state.rung < len(state.queue.ladder):
        if _when(floor, DeadlineKind.RUNG, contact_id) is None:
            yield f"stands on rung {state.rung} without the time of the next"
        if not any(group.demands[key].at_work for group, key in state.wants if key in group.demands):
            yield f"waits on rung {state.rung} where nobody at work can serve it"
    if talking and all(
        _when(floor, kind, contact_id) is None
        for kind in (DeadlineKind.DIAL if state.ticket else DeadlineKind.VERIFY, DeadlineKind.VERIFY_ANSWER)
    ):
        yield "talks without a deadline"


def _when(floor: Floor, kind: DeadlineKind, name: str) -> float | None:
    return floor.deadlines.when(kind, name)


def _group(floor: Floor, group: Group) -> Iterator[str]:
    for presence, count in group.presences.items():
        real = sum(state.presence is presence for state in group.members.values())
        if real != count:
            yield f"counts {count} {presence}, has {real}"
    busy = {
        agent_id
        for agent_id, state in group.members.items()
        if not state.ready and state.presence is not Presence.OFFLINE
    }
    if busy != set(group.busy):
        yield f"busy are {sorted(busy)}, thinks {sorted(group.busy)}"
    ready = {agent_id for agent_id, state in group.members.items() if state.ready}
    if (
        set(group.idle.among(-1)) != set(group.idle.entries())
        or {entry[3] for entry in group.idle.entries()} != ready
    ):
        yield f"idle line holds {group.idle.entries()}, ready are {sorted(ready)}"
    for skills, demand in group.demands.items():
        able = {i for i, state in group.members.items() if lacking(state.agent, skills) is None}
        thinks = {i for i in group.members if demand.qualifies(i)}
        if thinks != able:
            yield f"{skills}: able are {sorted(able)}, thinks {sorted(thinks)}"
        at_work = any(group.members[i].presence not in AWAY for i in able)
        if demand.at_work != at_work:
            yield f"{skills}: at work is {at_work}, thinks {demand.at_work}"
        idle = [entry[3] for entry in demand.top_idle(len(group.members))]
        if sorted(idle) != sorted(able & ready) or demand.first_idle() != next(
            iter(demand.top_idle(1)), None
        ):
            yield f"{skills}: its idle agents are {idle}, should {sorted(able & ready)}"
        waiting = {i for i, c in floor.contacts.items() if c.in_line and (group, skills) in c.wants}
        if set(demand.waiting) != waiting:
            yield f"{skills}: waiting line holds {list(demand.waiting)}, should {sorted(waiting)}"
        in_order = sorted(waiting, key=lambda i: (floor.contacts[i].score, floor.contacts[i].order, i))
        if list(demand.waiting) != in_order:
            yield f"{skills}: waiting line is out of order"
    heads = [(demand.waiting.first(), demand.skills) for demand in group.demands.values() if demand.waiting]
    if [(entry, demand.skills) for entry, demand in group.heads] != sorted(heads):
        yield f"thinks that the heads of its lines are {[entry for entry, _ in group.heads]}, they are {heads}"


def _offers(floor: Floor) -> Iterator[str]:
    for offer_id, state in floor.offers.items():
        if state.reserved != (floor.agents[state.offer.agent].presence is Presence.RESERVED):
            yield f"offer {offer_id}: reserved is {state.reserved}, agent is not of the same mind"
        made = state.offer
        if floor.agents[made.agent].offer != offer_id:
            yield f"offer {offer_id}: agent {made.agent} does not know it"
        if made.contact not in floor.contacts or offer_id not in floor.contacts[made.contact].offers:
            yield f"offer {offer_id}: contact {made.contact} does not know it"
        if floor.deadlines.when(DeadlineKind.RING, offer_id) != made.deadline:
            yield f"offer {offer_id}: rings without its deadline"
    if set(floor.offer_of_effect.values()) != set(floor.offers):
        yield "effects awaited for offers do not match the offers"
    awaited = {e for c in floor.contacts.values() for e in (c.connecting, c.verifying) if e is not None}
    if set(floor.contact_of_effect) != awaited:
        yield "effects awaited for contacts do not match the contacts"


def _deadlines(floor: Floor) -> Iterator[str]:
    due = floor.deadlines.next()
    if due is not None and due <= floor.now:
        yield f"a deadline of {due} is still there at {floor.now}"
    if floor.freed or floor.seeking or floor.deserted or floor.emptied or floor.announcing:
        yield "somebody is left unmatched"


def _statistics(floor: Floor) -> Iterator[str]:
    for queue_id in floor.queues:
        counts = floor.statistics[queue_id]
        ended = counts.answered + counts.abandoned + counts.expired + counts.overflowed + counts.deferred
        callers = [state for state in floor.waiting[queue_id].values() if not state.callback]
        if counts.offered != ended + len(callers):
            yield f"queue {queue_id}: a contact is lost: {counts}, {len(callers)} waiting"
        tickets = sum(state.ticket is not None for state in floor.waiting[queue_id].values())
        if tickets != floor.callbacks_waiting[queue_id]:
            yield f"queue {queue_id}: {tickets} tickets stand in line, thinks {floor.callbacks_waiting[queue_id]}"
        in_line = {i for i, state in floor.waiting[queue_id].items() if state.in_line}
        if set(floor.queue_lines[queue_id]) != in_line or floor.processes[queue_id].size != len(in_line):
            yield f"queue {queue_id}: its line holds {list(floor.queue_lines[queue_id])}, should {sorted(in_line)}"
        if counts.answered_in_time > counts.answered:
            yield f"queue {queue_id}: more answered in time than answered"


def _tickets(floor: Floor) -> Iterator[str]:
    """A ticket is in one place: in line or with an agent as its contact, or at rest with a time."""
    if {(each.number, each.queue): each.id for each in floor.tickets.values()} != floor.ticket_of:
        yield "two tickets for one number and queue, or one that cannot be found"
    for ticket_id, ticket in floor.tickets.items():
        contact = floor.contacts.get(ticket_id)
        due = floor.deadlines.when(DeadlineKind.TICKET_DUE, ticket_id)
        if (contact is None) != (ticket.status is TicketStatus.RESTING) or (due is None) != (
            contact is not None
        ):
            yield f"ticket {ticket_id}: {ticket.status}, due {due}, contact {contact is not None}"
        if floor.deadlines.when(DeadlineKind.TICKET_EXPIRES, ticket_id) is None:
            yield f"ticket {ticket_id}: never expires"
        if contact is None:
            continue
        on_the_line = contact.callback and contact.ticket is None
        if (contact.ticket != ticket_id and not on_the_line) or (
            contact.contact.arrived_at,
            contact.order,
        ) != (
            ticket.arrived_at,
            ticket.order,
        ):
            yield f"ticket {ticket_id}: its contact stands elsewhere"
        reserved = any(floor.offers[offer_id].reserved for offer_id in contact.offers)
        if (ticket.status is TicketStatus.DIALLING) != (
            reserved or contact.assignment is not None or on_the_line
        ):
            yield f"ticket {ticket_id}: {ticket.status}, and no attempt to match"
        if ticket.attempts > contact.queue.callbacks.max_attempts:
            yield f"ticket {ticket_id}: {ticket.attempts} attempts"
    for contact_id, contact in floor.contacts.items():
        if contact.ticket is not None and contact_id not in floor.tickets:
            yield f"contact {contact_id}: stands for a ticket that is gone"


def _nobody_waits_in_vain(floor: Floor) -> Iterator[str]:
    ready = [state for state in floor.agents.values() if state.ready]
    for contact in floor.contacts.values():
        if not contact.in_line:
            continue
        for group, skills in contact.wants:
            for agent in ready:
                if agent.agent.id in group.members and lacking(agent.agent, skills) is None:
                    yield f"contact {contact.contact.id} waits while agent {agent.agent.id} idles"
