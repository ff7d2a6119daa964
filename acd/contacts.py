"""What happens to contacts: they come, leave, end, wait too long, or are not heard of any more."""

from __future__ import annotations

from dataclasses import replace

from acd import attempts, callbacks, desk, ladder, overflow
from acd.deadlines import DeadlineKind
from acd.effects import AlertKind, EndContact, PlaceRegained, RefuseContact, VerifyContact
from acd.events import ContactQueued
from acd.floor import Floor
from acd.model import Contact, Queue
from acd.offers import expire
from acd.state import ContactState
from acd.ticket import TicketStatus


def contact_queued(floor: Floor, event: ContactQueued) -> None:
    if event.contact in floor.contacts or event.contact in floor.tickets:
        floor.ignored += 1
        return
    queue = floor.queues.get(event.queue)
    if queue is None:
        _refuse(floor, event.contact, "unknown queue")
        return
    contact = Contact(
        id=event.contact,
        queue=queue.id,
        skills=dict(event.skills),
        priority=event.priority,
        arrived_at=floor.now,
        preferred=event.preferred,
        preferred_for_s=event.preferred_for_s,
        caller=event.caller,
        channel=event.channel,
    )
    way = overflow.find_way(floor, contact, queue, frozenset())
    if way.steps or way.blocked:
        overflow.turn_away(floor, contact, queue, way)
    if way.queue is not None:
        _enter(floor, contact, way, queue)
    elif way.blocked is not None:
        _refuse(floor, contact.id, way.blocked)


def _enter(floor: Floor, contact: Contact, way: overflow.Way, asked: Queue) -> None:
    assert way.queue is not None
    floor.arrivals += 1
    order, found = floor.arrivals, callbacks.find_place(floor, contact.caller, way.queue.id)
    if way.queue is not asked:
        contact = replace(contact, queue=way.queue.id)
    if found is not None:
        (arrived_at, order), whose = found
        contact = replace(contact, arrived_at=arrived_at)
        floor.effects.append(PlaceRegained(floor.new_id(), contact.id, arrived_at, whose))
    state = ContactState(contact, way.queue, order)
    if way.steps:
        state.been = frozenset((asked.id, *(step.rule.target.name for step in way.steps)))
    overflow.take_place(floor, state)


def queue_opened(floor: Floor, queue_id: str) -> None:
    if floor.closed.pop(queue_id, None) is None:
        floor.ignored += 1


def queue_closed(floor: Floor, queue_id: str, reason: str) -> None:
    """No new contacts; those who wait are still served."""
    if queue_id in floor.queues:
        floor.closed[queue_id] = reason
    else:
        floor.ignored += 1


def _refuse(floor: Floor, contact_id: str, reason: str) -> None:
    floor.effects.append(RefuseContact(floor.new_id(), contact_id, reason))


def contact_gone(floor: Floor, contact_id: str, *, by_flow: bool = False) -> None:
    """It left or it ended: what that means depends on where the contact was, not on the word for it."""
    contact = floor.contacts.get(contact_id)
    if contact is None:
        floor.ignored += 1
    elif contact.ticket is not None:
        if floor.tickets[contact_id].status is TicketStatus.DIALLING:
            attempts.failed(floor, contact, "the caller hung up", drop=False)
        else:
            callbacks.cancelled(floor, contact_id, "the caller is gone")
    elif contact.assignment is not None:
        _end_talk(floor, contact)
    elif by_flow:
        _defer(floor, contact)
    else:
        _abandon(floor, contact)


def _defer(floor: Floor, contact: ContactState) -> None:
    floor.statistics[contact.queue.id].deferred += not contact.callback
    floor.processes[contact.queue.id].current.given_up += contact.in_line
    floor.remember_departed(contact.contact.id, contact.contact.arrived_at, contact.order)
    callbacks.let_go(floor, contact, "taken out by the flow")


def _abandon(floor: Floor, contact: ContactState) -> None:
    floor.statistics[contact.queue.id].abandoned += not contact.callback
    floor.processes[contact.queue.id].current.given_up += contact.in_line
    callbacks.let_go(floor, contact, "contact left")
    if not attempts.in_vain(floor, contact, "the caller hung up"):
        floor.remember_dropped(contact)


def _end_talk(floor: Floor, contact: ContactState) -> None:
    assignment = contact.assignment
    assert assignment is not None
    agent = desk.release(floor, contact, assignment)
    attempts.served(floor, contact)
    floor.forget(contact)
    desk.finish_talk(floor, agent)


def waited_too_long(floor: Floor, contact_id: str) -> None:
    """A phone that rings for the contact at that moment may still be answered."""
    contact = floor.contacts[contact_id]
    if contact.offers:
        contact.expired = True
        floor.leave_lines(contact)
    else:
        expire(floor, contact)


def next_rung(floor: Floor, contact_id: str) -> None:
    ladder.climb(floor, floor.contacts[contact_id])


def verify(floor: Floor, contact_id: str) -> None:
    """A very long talk: ask whether it is still one."""
    contact = floor.contacts[contact_id]
    assert contact.assignment is not None
    contact.verifying = floor.new_id()
    floor.contact_of_effect[contact.verifying] = contact_id
    floor.deadlines.set(DeadlineKind.VERIFY_ANSWER, contact_id, floor.now + floor.policy.verify_answer_s)
    floor.effects.append(VerifyContact(contact.verifying, contact_id, contact.assignment.agent))


def effect_done(floor: Floor, effect_id: str) -> None:
    """Of a Connect: they are joined. Of a VerifyContact: they still talk. Of a PlaceCallback: the caller answered."""
    offer = floor.offers.get(floor.offer_of_effect.get(effect_id, ""))
    if offer is not None and offer.reserved:
        attempts.reached(floor, offer)
        return
    contact = floor.contacts.get(floor.contact_of_effect.pop(effect_id, ""))
    if contact is None:
        floor.ignored += 1
    elif contact.ticket is not None:
        attempts.joined(floor, contact)
    elif contact.verifying == effect_id:
        contact.verifying = None
        floor.deadlines.cancel(DeadlineKind.VERIFY_ANSWER, contact.contact.id)
        floor.deadlines.set(
            DeadlineKind.VERIFY, contact.contact.id, floor.now + floor.policy.verify_contact_s
        )
    else:
        contact.connecting = None
        attempts.served(floor, contact)


def nobody_vouched(floor: Floor, contact_id: str) -> None:
    """A lost BYE locks no agent."""
    contact = floor.contacts[contact_id]
    assert contact.assignment is not None
    floor.alert(
        AlertKind.TALK_LOST, contact_id, f"nobody vouched for the talk with {contact.assignment.agent}"
    )
    floor.effects.append(
        EndContact(floor.new_id(), contact_id, contact.assignment.agent, "nobody vouched for the talk")
    )
    _end_talk(floor, contact)
