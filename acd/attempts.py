"""Ringing the caller of a ticket, once an agent is there for it.

    agent first    the agent's phone rings as for any contact; when they answer, the caller's rings (`dial`). The
                   caller answers: Connect. Not in time: both legs are dropped, the agent is free
    caller first   the agent is reserved and the caller's phone rings (`reserve`). The caller answers: from then on they
                   are a contact on the line at the head of the queue, and the agent's phone rings (`reached`). The
                   ticket lives on until they are joined with somebody: comes that to nothing, it is tried again

`attempts` of the ticket is raised, and the ticket told, before the caller's phone is rung: a crash between the two
costs an attempt, never a call too many. Every attempt has a deadline.
"""

from __future__ import annotations

from dataclasses import replace

from acd import callbacks, desk
from acd.deadlines import DeadlineKind
from acd.effects import CancelCallback, OfferAgent, PlaceCallback
from acd.floor import Floor
from acd.presence import Input
from acd.queue_rules import CallbackMode
from acd.state import AgentState, ContactState, OfferEnd, OfferState
from acd.ticket import TicketStatus

NO_ANSWER = "the caller did not answer"


def agent_chosen(floor: Floor, contact: ContactState, state: OfferState) -> None:
    """What a new offer means: a phone rings, the agent's or (caller first) the caller's."""
    agent = floor.agents[state.offer.agent]
    if contact.ticket is None or contact.queue.callbacks.mode is CallbackMode.AGENT_FIRST:
        desk.move(floor, agent, Input.RING)
        floor.effects.append(OfferAgent(state.effect_id, state.offer))
        return
    state.reserved = True
    desk.move(floor, agent, Input.RESERVE)
    until = floor.now + contact.queue.callbacks.answer_s
    state.offer = replace(state.offer, deadline=until)
    floor.deadlines.set(DeadlineKind.RING, state.offer.id, until)
    _place(floor, contact, agent, state.effect_id, agent_waits=False)


def dial(floor: Floor, contact: ContactState, agent: AgentState) -> None:
    """Agent first: the agent is on the line and hears the caller's phone ring."""
    contact.connecting = floor.new_id()
    floor.contact_of_effect[contact.connecting] = contact.contact.id
    floor.deadlines.set(DeadlineKind.DIAL, contact.contact.id, floor.now + contact.queue.callbacks.answer_s)
    _place(floor, contact, agent, contact.connecting, agent_waits=True)


def _place(
    floor: Floor, contact: ContactState, agent: AgentState, effect_id: str, *, agent_waits: bool
) -> None:
    ticket = floor.tickets[contact.contact.id]
    ticket = replace(ticket, status=TicketStatus.DIALLING, attempts=ticket.attempts + 1, note="")
    callbacks.change(floor, ticket)
    floor.effects.append(
        PlaceCallback(effect_id, ticket.id, ticket.number, ticket.queue, agent.agent.id, agent_waits)
    )


def joined(floor: Floor, contact: ContactState) -> None:
    """Agent first, and the caller has answered: now they are joined like any two."""
    assert contact.assignment is not None
    assert contact.connecting is not None
    floor.deadlines.cancel(DeadlineKind.DIAL, contact.contact.id)
    _on_the_line(contact)
    served(floor, contact)
    desk.join(floor, contact, contact.assignment)


def reached(floor: Floor, state: OfferState) -> None:
    """Caller first, and the caller has answered: the reserved agent's phone rings."""
    contact, agent = floor.contacts[state.offer.contact], floor.agents[state.offer.agent]
    floor.callbacks_waiting[contact.queue.id] -= 1
    _on_the_line(contact)
    floor.deadlines.set(DeadlineKind.MAX_WAIT, contact.contact.id, floor.now + contact.queue.max_wait_s)
    state.reserved = False
    floor.offer_of_effect.pop(state.effect_id)
    state.effect_id = floor.new_id()
    floor.offer_of_effect[state.effect_id] = state.offer.id
    state.offer = replace(state.offer, deadline=floor.now + contact.queue.ring_timeout_s)
    floor.deadlines.set(DeadlineKind.RING, state.offer.id, state.offer.deadline)
    desk.move(floor, agent, Input.RING)
    floor.effects.append(OfferAgent(state.effect_id, state.offer))
    if len(contact.offers) < contact.width:
        floor.join_line(contact)  # a caller now, for whom as many phones may ring as for any other


def _on_the_line(contact: ContactState) -> None:
    """From here on the contact is a caller."""
    contact.ticket = None


def served(floor: Floor, contact: ContactState) -> None:
    """The two are joined: the ticket of a caller who was rung back, if it is one, has done its work."""
    if callbacks.is_on_the_line(floor, contact):
        floor.statistics[contact.queue.id].callbacks_served += 1
        callbacks.change(floor, replace(floor.tickets[contact.contact.id], status=TicketStatus.SERVED))


def in_vain(floor: Floor, contact: ContactState, reason: str) -> bool:
    """A caller who was rung back has gone before anybody talked to them: the ticket goes on. False: there is none."""
    if not callbacks.is_on_the_line(floor, contact):
        return False
    callbacks.try_later(floor, floor.tickets[contact.contact.id], reason)
    return True


def failed(floor: Floor, contact: ContactState, reason: str, *, drop: bool) -> None:
    """The caller could not be reached; `drop` if their phone still rings. The agent is let go."""
    ticket = floor.tickets[contact.contact.id]
    if contact.assignment is None:
        (offer_id,) = contact.offers
        state = floor.offers[offer_id]
        _, agent = desk.end_offer(floor, state, OfferEnd.WITHDRAWN)
        desk.stop_ringing(floor, agent)
        rung = state.offer.agent
    else:
        rung = contact.assignment.agent
        assignment = contact.assignment
        agent = desk.release(floor, contact, assignment)
        desk.drop_answered_leg(floor, assignment, reason)
        desk.break_off_talk(floor, agent, contact.queue.back_off_s)
    if drop:
        floor.effects.append(CancelCallback(floor.new_id(), ticket.id, rung, reason))
    floor.forget(contact)
    callbacks.try_later(floor, ticket, reason)


def not_answered(floor: Floor, contact_id: str) -> None:
    """The deadline of `dial`."""
    failed(floor, floor.contacts[contact_id], NO_ANSWER, drop=True)


def withdrawn(floor: Floor, contact: ContactState) -> None:
    """The reserved agent has gone: that attempt was ours to lose, and does not count."""
    ticket = floor.tickets[contact.contact.id]
    callbacks.change(
        floor, replace(ticket, status=TicketStatus.WAITING, attempts=ticket.attempts - 1, note="agent gone")
    )
