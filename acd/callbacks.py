"""Callback tickets: asked for, merged, put in line, laid to rest, given up, found again by who rings in.

A ticket that is due stands in its queue's line as a contact of its own (with the ticket's id, and nobody on the
line), at the place of the call it came from. So it is matched like any other, neither before nor after its turn;
`acd.attempts` then rings the caller. Between attempts, outside the hours in which one may ring (`calendar`) and
before the time of an appointment it rests, out of line. For one number and queue there is one ticket.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from acd import desk, ladder
from acd.deadlines import DeadlineKind
from acd.effects import AlertKind, CancelCallback, RefuseContact, TicketChanged
from acd.events import CallbackRequested
from acd.floor import Floor
from acd.model import Contact
from acd.state import ContactState, OfferEnd
from acd.ticket import FINAL, Ticket, TicketStatus


class Place(NamedTuple):
    """What makes a place in line."""

    arrived_at: float
    order: int


# Asked for


def requested(floor: Floor, event: CallbackRequested) -> None:
    if event.ticket in floor.tickets or event.ticket in floor.contacts:
        floor.ignored += 1
        return
    asking = floor.contacts.get(event.contact or "")
    ticket = _ticket(floor, event, asking)
    queue = floor.queues.get(event.queue)
    if queue is None:
        _tell(floor, replace(ticket, status=TicketStatus.CANCELLED, note="unknown queue"))
        return
    if asking is not None and asking.assignment is None and asking.ticket is None:
        floor.statistics[asking.queue.id].deferred += not asking.callback
        let_go(floor, asking, "asked for a callback")
    ticket = replace(ticket, expires_at=max(floor.now, ticket.not_before) + queue.callbacks.expires_s)
    present = floor.ticket_of.get((ticket.number, ticket.queue))
    if present is not None:
        _merge(floor, floor.tickets[present], ticket)
        return
    floor.statistics[queue.id].callbacks += 1
    _keep(floor, ticket)
    _begin(floor, ticket)


def _ticket(floor: Floor, event: CallbackRequested, asking: ContactState | None) -> Ticket:
    skills, priority = dict(event.skills), event.priority
    if event.at is not None and event.at > floor.now:
        floor.arrivals += 1
        place = Place(event.at, floor.arrivals)
    elif asking is not None:
        place = Place(asking.contact.arrived_at, asking.order)
        skills = {**asking.contact.skills, **skills}
        priority = max(priority, asking.contact.priority)
    else:
        floor.arrivals += 1
        place = Place(*floor.departed.get(event.contact or "", (floor.now, floor.arrivals)))
    return Ticket(
        id=event.ticket,
        number=event.number,
        queue=event.queue,
        arrived_at=place.arrived_at,
        order=place.order,
        expires_at=floor.now,
        skills=skills,
        priority=priority,
        not_before=max(place.arrived_at, floor.now),
    )


def _merge(floor: Floor, present: Ticket, other: Ticket) -> None:
    """One ticket with the better of both places; an attempt that is being made goes on."""
    older = min(present, other, key=lambda each: (each.arrived_at, each.order))
    merged = replace(
        present,
        arrived_at=older.arrived_at,
        order=older.order,
        priority=max(present.priority, other.priority),
        expires_at=max(present.expires_at, other.expires_at),
        note="merged",
    )
    contact = floor.contacts.get(present.id)
    if (
        contact is not None
        and contact.ticket is not None
        and contact.in_line
        and merged.arrived_at < present.arrived_at
    ):
        floor.forget(contact)
        contact = None
    if contact is None:
        appointed = present.attempts == 0 and other.not_before < present.not_before
        merged = replace(merged, not_before=other.not_before if appointed else present.not_before)
        floor.tickets[present.id] = merged
        _begin(floor, merged)
    else:
        contact.contact = replace(contact.contact, arrived_at=merged.arrived_at, priority=merged.priority)
        contact.order = merged.order
        change(floor, merged)


def restored(floor: Floor, ticket: Ticket) -> None:
    """From before a restart. An attempt that was being made then is over."""
    if (
        ticket.id in floor.tickets
        or (ticket.number, ticket.queue) in floor.ticket_of
        or ticket.status in FINAL
    ):
        floor.ignored += 1
        return
    floor.arrivals = max(floor.arrivals, ticket.order)
    if ticket.queue not in floor.queues:
        _tell(floor, replace(ticket, status=TicketStatus.CANCELLED, note="unknown queue"))
        floor.alert(AlertKind.CALLBACK_GIVEN_UP, ticket.id, f"there is no queue {ticket.queue} any more")
        return
    _keep(floor, ticket)
    _begin(floor, ticket)


# In line, or at rest


def _begin(floor: Floor, ticket: Ticket) -> None:
    """To its place if it is due and one may ring now, else to rest."""
    due = floor.calendar(ticket.number, max(floor.now, ticket.not_before))
    if due > floor.now:
        change(floor, replace(ticket, status=TicketStatus.RESTING, not_before=due))
        floor.deadlines.set(DeadlineKind.TICKET_DUE, ticket.id, due)
        return
    floor.deadlines.cancel(DeadlineKind.TICKET_DUE, ticket.id)
    change(floor, replace(ticket, status=TicketStatus.WAITING))
    contact = Contact(
        ticket.id, ticket.queue, ticket.skills, ticket.priority, ticket.arrived_at, caller=ticket.number
    )
    state = ContactState(contact, floor.queues[ticket.queue], ticket.order, ticket=ticket.id, callback=True)
    ladder.enter(floor, state)
    floor.wait(state)


def due(floor: Floor, ticket_id: str) -> None:
    _begin(floor, floor.tickets[ticket_id])


def may_ring(floor: Floor, contact: ContactState) -> bool:
    """Asked when an agent is there for it: if this is no hour to ring, the ticket goes to rest."""
    ticket = floor.tickets[contact.contact.id]
    if floor.calendar(ticket.number, floor.now) <= floor.now:
        return True
    floor.forget(contact)
    _begin(floor, ticket)
    return False


def try_later(floor: Floor, ticket: Ticket, reason: str) -> None:
    """An attempt in vain: rest, or at the limit give up."""
    rules = floor.queues[ticket.queue].callbacks
    if ticket.attempts >= rules.max_attempts:
        _give_up(floor, ticket, f"{reason}, {ticket.attempts} attempts")
    else:
        wanted = floor.now + rules.rest_s(ticket.attempts)
        _begin(floor, replace(ticket, not_before=wanted, note=reason))


def expired(floor: Floor, ticket_id: str) -> None:
    ticket, contact = floor.tickets[ticket_id], floor.contacts.get(ticket_id)
    if contact is not None and (not contact.in_line or contact.ticket is None):
        rules = floor.queues[ticket.queue].callbacks
        floor.deadlines.set(DeadlineKind.TICKET_EXPIRES, ticket_id, floor.now + rules.answer_s)
        return
    halt(floor, ticket, "expired")
    _give_up(floor, ticket, "nobody was free in time")


def _give_up(floor: Floor, ticket: Ticket, reason: str) -> None:
    floor.statistics[ticket.queue].callbacks_given_up += 1
    change(floor, replace(ticket, status=TicketStatus.GIVEN_UP, note=reason))
    floor.alert(AlertKind.CALLBACK_GIVEN_UP, ticket.id, f"{ticket.number}: {reason}")


# Wanted no more


def cancelled(floor: Floor, ticket_id: str, reason: str) -> None:
    ticket = floor.tickets.get(ticket_id)
    if ticket is None:
        floor.ignored += 1
        return
    contact = floor.contacts.get(ticket_id)
    on_the_line = contact is not None and contact.ticket is None
    if contact is None or not on_the_line:
        halt(floor, ticket, reason)
    elif contact.assignment is None:
        let_go(floor, contact, reason)
    floor.statistics[ticket.queue].callbacks_cancelled += 1
    change(floor, replace(ticket, status=TicketStatus.CANCELLED, note=reason))
    if on_the_line and ticket_id not in floor.contacts:
        floor.effects.append(RefuseContact(floor.new_id(), ticket_id, reason))


def is_on_the_line(floor: Floor, contact: ContactState) -> bool:
    """Whether this is somebody who was rung back and has not been served yet: a caller, whose ticket lives."""
    return contact.callback and contact.ticket is None and contact.contact.id in floor.tickets


def halt(floor: Floor, ticket: Ticket, reason: str) -> None:
    """Take apart whatever is going on for the ticket: its place, its agent's ringing, its attempt."""
    contact = floor.contacts.get(ticket.id)
    if contact is None:
        return
    if contact.assignment is None:
        let_go(floor, contact, reason)
        return
    assignment = contact.assignment
    agent = desk.release(floor, contact, assignment)
    floor.effects.append(CancelCallback(floor.new_id(), ticket.id, assignment.agent, reason))
    desk.drop_answered_leg(floor, assignment, reason)
    desk.break_off_talk(floor, agent, contact.queue.back_off_s)
    floor.forget(contact)


def let_go(floor: Floor, contact: ContactState, reason: str) -> None:
    """A contact without an agent leaves: phones that ring for it stop, and their agents are free."""
    floor.leave_lines(contact)
    for offer_id in tuple(contact.offers):
        state = floor.offers[offer_id]
        _, agent = desk.end_offer(floor, state, OfferEnd.WITHDRAWN)
        desk.drop_leg(floor, state, reason)
        desk.stop_ringing(floor, agent)
    floor.forget(contact)


# The caller rings in


def find_place(floor: Floor, caller: str | None, queue_id: str) -> tuple[Place, str] | None:
    """The older place that this caller has in this queue, which is given up for it; and whose it was."""
    if caller is None:
        return None
    ticket = floor.tickets.get(floor.ticket_of.get((caller, queue_id), ""))
    contact = None if ticket is None else floor.contacts.get(ticket.id)
    if ticket is not None and contact is not None and is_on_the_line(floor, contact):
        ticket = None  # they are being served on the other line
    if ticket is not None and ticket.arrived_at <= floor.now:
        cancelled(floor, ticket.id, "the caller rang in")
        return Place(ticket.arrived_at, ticket.order), f"callback {ticket.id}"
    dropped = floor.dropped.pop((caller, queue_id), None)
    if dropped is not None and dropped[2] >= floor.now:
        return Place(dropped[0], dropped[1]), "dropped call"
    return None


# The record


def _keep(floor: Floor, ticket: Ticket) -> None:
    floor.tickets[ticket.id] = ticket
    floor.ticket_of[ticket.number, ticket.queue] = ticket.id
    floor.deadlines.set(DeadlineKind.TICKET_EXPIRES, ticket.id, ticket.expires_at)


def change(floor: Floor, ticket: Ticket) -> None:
    """The ticket is now so: for the driver to write down, before anything else is done."""
    if ticket.status in FINAL:
        del floor.tickets[ticket.id]
        del floor.ticket_of[ticket.number, ticket.queue]
        floor.deadlines.cancel(DeadlineKind.TICKET_DUE, ticket.id)
        floor.deadlines.cancel(DeadlineKind.TICKET_EXPIRES, ticket.id)
    else:
        floor.tickets[ticket.id] = ticket
    _tell(floor, ticket)


def _tell(floor: Floor, ticket: Ticket) -> None:
    floor.effects.append(TicketChanged(floor.new_id(), ticket))
