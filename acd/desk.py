"""The rules of the agent's desk: offers made, taken, refused and withdrawn; talks begun and finished.

The functions here are the only ones that move an agent's presence. Each leaves the floor coherent. Who
became free or waits again stands in `floor.freed` and `floor.seeking`, and is matched by `acd.router`.
"""

from __future__ import annotations

from acd.deadlines import DeadlineKind
from acd.effects import AlertKind, CancelCallback, CancelOffer, Connect, ContactRequeued, PresenceChanged
from acd.floor import Floor
from acd.model import AgentOffer, Assignment, Presence
from acd.presence import KEEPS_IDLE_TIME, Input, next_presence
from acd.state import AgentState, ContactState, OfferEnd, OfferState
from acd.why import Why

_FREE = (Presence.AVAILABLE, Presence.UNREACHABLE)


def move(floor: Floor, agent: AgentState, what: Input, reason: str | None = None) -> bool:
    """Carry out one move of presence, if the table has it: lines, counts, deadlines and the effect."""
    old = agent.presence
    new = next_presence(old, what, agent.reachable)
    if new is None:
        floor.ignored += 1
        return False
    if agent.ready:
        floor.make_unready(agent)
    if old is Presence.WRAP_UP:
        floor.deadlines.cancel(DeadlineKind.WRAP_UP, agent.agent.id)
    elif old is Presence.AVAILABLE:
        floor.deadlines.cancel(DeadlineKind.BACK_OFF, agent.agent.id)
    floor.set_presence(agent, new)
    agent.reason = reason
    if new is Presence.WRAP_UP:
        floor.deadlines.set(DeadlineKind.WRAP_UP, agent.agent.id, floor.now + agent.wrap_up_s)
    elif new in _FREE and what not in KEEPS_IDLE_TIME:
        agent.idle_since = floor.now
        if new is Presence.AVAILABLE:
            floor.make_ready(agent)
    floor.effects.append(PresenceChanged(floor.new_id(), agent.agent.id, new, reason))
    return True


def offer(floor: Floor, contact: ContactState, agent: AgentState, why: Why) -> OfferState:
    """A new offer on record: the contact leaves its lines when enough ring. Who is rung is `acd.attempts`'s."""
    queue = contact.queue
    made = AgentOffer(
        id=floor.new_id(),
        contact=contact.contact.id,
        agent=agent.agent.id,
        queue=queue.id,
        why=why,
        deadline=floor.now + queue.ring_timeout_s,
    )
    state = OfferState(made, floor.new_id())
    contact.offers.append(made.id)
    if len(contact.offers) >= contact.width:
        floor.taken_from_line(contact)
    floor.offers[made.id] = state
    floor.offer_of_effect[state.effect_id] = made.id
    floor.deadlines.set(DeadlineKind.RING, made.id, made.deadline)
    agent.offer = made.id
    return state


def end_offer(floor: Floor, state: OfferState, end: OfferEnd) -> tuple[ContactState, AgentState]:
    """Take a living offer off the contact and the agent; what they do next is the caller's."""
    made = state.offer
    contact, agent = floor.contacts[made.contact], floor.agents[made.agent]
    state.end = end
    floor.close_offer(state)
    floor.deadlines.cancel(DeadlineKind.RING, made.id)
    floor.offer_of_effect.pop(state.effect_id, None)
    contact.offers.remove(made.id)
    agent.offer = None
    return contact, agent


def drop_leg(floor: Floor, state: OfferState, reason: str) -> None:
    """The leg of an offer that ended before it was answered: the agent's, or of a reserved agent the caller's."""
    made = state.offer
    if state.reserved:
        floor.effects.append(CancelCallback(floor.new_id(), made.contact, made.agent, reason))
    else:
        floor.effects.append(CancelOffer(floor.new_id(), made.id, made.agent, made.contact, reason))


def drop_answered_leg(floor: Floor, assignment: Assignment, reason: str) -> None:
    offer_id, agent_id, contact_id = assignment.offer, assignment.agent, assignment.contact
    floor.effects.append(CancelOffer(floor.new_id(), offer_id, agent_id, contact_id, reason))


def stop_ringing(floor: Floor, agent: AgentState) -> None:
    """The phone stops through no doing of the agent's: they are free at once and keep their idle time."""
    move(floor, agent, Input.STOP_RINGING)
    if agent.presence is Presence.AVAILABLE:
        floor.make_ready(agent)


def not_taken(floor: Floor, agent: AgentState, back_off_s: float, reason: str) -> None:
    """One more offer in a row that the agent did not take: a moment of peace, or at the limit a pause."""
    agent.missed_in_a_row += 1
    limit = floor.policy.max_missed
    if limit and agent.missed_in_a_row >= limit:
        why = f"{reason} {agent.missed_in_a_row} times in a row"
        agent.missed_in_a_row = 0
        move(floor, agent, Input.PAUSE, why)
        floor.alert(AlertKind.AGENT_PAUSED, agent.agent.id, why)
    else:
        back_off(floor, agent, back_off_s)


def back_off(floor: Floor, agent: AgentState, back_off_s: float) -> None:
    """Available, but not offered anything until the deadline: a refusal at once must not spin."""
    move(floor, agent, Input.STOP_RINGING)
    _leave_in_peace(floor, agent, back_off_s)


def _leave_in_peace(floor: Floor, agent: AgentState, back_off_s: float) -> None:
    if agent.presence is Presence.AVAILABLE:
        floor.deadlines.set(DeadlineKind.BACK_OFF, agent.agent.id, floor.now + back_off_s)


def requeue(floor: Floor, contact: ContactState, reason: str) -> None:
    """The contact waits on in its old place; while other phones ring for it nobody need know."""
    if not contact.in_line:
        floor.join_line(contact)
    if contact.offers:
        floor.seeking.append(contact)
        return
    floor.effects.append(ContactRequeued(floor.new_id(), contact.contact.id, reason))


def take(floor: Floor, state: OfferState) -> tuple[ContactState, AgentState]:
    """The agent took it: the contact is theirs until it ends."""
    contact, agent = end_offer(floor, state, OfferEnd.ACCEPTED)
    made = state.offer
    floor.stop_waiting(contact)
    contact.assignment = Assignment(made.id, made.contact, made.agent, floor.now)
    if not contact.callback:
        in_time = floor.now - contact.contact.arrived_at <= contact.queue.service_level_s
        floor.statistics[contact.queue.id].count_answer(in_time)
    agent.contact = made.contact
    agent.missed_in_a_row = 0
    agent.wrap_up_s = contact.queue.wrap_up_s
    move(floor, agent, Input.ANSWER)
    return contact, agent


def join(floor: Floor, contact: ContactState, assignment: Assignment) -> None:
    """Both are on the line."""
    if contact.connecting is not None:
        floor.contact_of_effect.pop(contact.connecting, None)
    contact.connecting = floor.new_id()
    floor.contact_of_effect[contact.connecting] = contact.contact.id
    floor.deadlines.set(DeadlineKind.VERIFY, contact.contact.id, floor.now + floor.policy.verify_contact_s)
    floor.effects.append(Connect(contact.connecting, assignment.offer, contact.contact.id, assignment.agent))


def release(floor: Floor, contact: ContactState, assignment: Assignment) -> AgentState:
    """Contact and agent part: what held them together is taken down; their next state is the caller's."""
    agent = floor.agents[assignment.agent]
    for effect_id in (contact.connecting, contact.verifying):
        if effect_id is not None:
            floor.contact_of_effect.pop(effect_id, None)
    contact.connecting = contact.verifying = None
    if contact.ticket is not None:
        floor.deadlines.cancel(DeadlineKind.DIAL, contact.contact.id)
    floor.deadlines.cancel(DeadlineKind.VERIFY, contact.contact.id)
    floor.deadlines.cancel(DeadlineKind.VERIFY_ANSWER, contact.contact.id)
    contact.assignment = None
    agent.contact = None
    return agent


def finish_talk(floor: Floor, agent: AgentState) -> None:
    """After a talk: away, or paperwork, or the pause that was asked for, or free."""
    agent.statistics.handled += 1
    _leave_talk(floor, agent)


def _leave_talk(floor: Floor, agent: AgentState) -> None:
    if agent.leaving:
        agent.leaving, agent.pausing = False, None
        move(floor, agent, Input.FINISH_AND_LEAVE, agent.leaving_reason)
    elif agent.wrap_up_s > 0:
        move(floor, agent, Input.START_WRAP_UP)
    elif agent.pausing is not None:
        reason, agent.pausing = agent.pausing, None
        move(floor, agent, Input.FINISH_AND_PAUSE, reason)
    else:
        move(floor, agent, Input.FINISH)


def break_off_talk(floor: Floor, agent: AgentState, back_off_s: float) -> None:
    """The two could not be joined: no paperwork, nothing handled, and a moment before the next offer."""
    if agent.leaving or agent.pausing is not None:
        agent.wrap_up_s = 0.0
        _leave_talk(floor, agent)
    else:
        move(floor, agent, Input.BREAK_OFF)
        _leave_in_peace(floor, agent, back_off_s)


def finish_wrap_up(floor: Floor, agent: AgentState) -> None:
    """Paperwork done: the pause that was asked for meanwhile, or free."""
    if agent.pausing is not None:
        reason, agent.pausing = agent.pausing, None
        move(floor, agent, Input.PAUSE, reason)
    else:
        move(floor, agent, Input.END_WRAP_UP)
