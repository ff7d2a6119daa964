"""What becomes of offers: taken, refused, rung out, withdrawn; or answered when they are long over."""

from __future__ import annotations

from acd import announcing, attempts, callbacks, desk, ladder, overflow
from acd.deadlines import DeadlineKind
from acd.demand import Demand
from acd.effects import ANSWERED_BY_ANOTHER, CancelOffer, RefuseContact
from acd.floor import Floor
from acd.state import AgentState, ContactState, OfferEnd

NO_ANSWER = "did not answer"


def offer_accepted(floor: Floor, offer_id: str) -> None:
    living = floor.offers.get(offer_id)
    if living is None:
        _answered_too_late(floor, offer_id)
        return
    if living.reserved:
        floor.ignored += 1  # nothing rings there
        return
    contact, agent = desk.take(floor, living)
    assert contact.assignment is not None
    if contact.ticket is None:
        desk.join(floor, contact, contact.assignment)
    else:
        attempts.dial(floor, contact, agent)
    for other in tuple(contact.offers):
        _lose_race(floor, other)


def _answered_too_late(floor: Floor, offer_id: str) -> None:
    """Somewhere a phone is off the hook for nothing, unless this repeats the answer that won."""
    floor.ignored += 1
    past = floor.past_offers.get(offer_id)
    if past is None:
        floor.effects.append(CancelOffer(floor.new_id(), offer_id, None, None, "unknown offer"))
    elif past.end is not OfferEnd.ACCEPTED:
        desk.drop_leg(floor, past, f"too late: {past.end}")


def _lose_race(floor: Floor, offer_id: str) -> None:
    """Another agent of those rung together was faster; that is no fault of this one."""
    state = floor.offers[offer_id]
    _, agent = desk.end_offer(floor, state, OfferEnd.WITHDRAWN)
    desk.drop_leg(floor, state, ANSWERED_BY_ANOTHER)
    desk.stop_ringing(floor, agent)


def offer_refused(floor: Floor, offer_id: str, reason: str) -> None:
    state = floor.offers.get(offer_id)
    if state is None or state.reserved:
        floor.ignored += 1
        return
    contact, agent = desk.end_offer(floor, state, OfferEnd.REFUSED)
    agent.statistics.refused += 1
    desk.not_taken(floor, agent, contact.queue.back_off_s, "refused")
    wait_on(floor, contact, f"refused: {reason}")


def ring_timed_out(floor: Floor, offer_id: str) -> None:
    state = floor.offers[offer_id]
    if state.reserved:
        attempts.failed(floor, floor.contacts[state.offer.contact], attempts.NO_ANSWER, drop=True)
        return
    contact, agent = desk.end_offer(floor, state, OfferEnd.RANG_OUT)
    agent.statistics.missed += 1
    desk.drop_leg(floor, state, NO_ANSWER)
    desk.not_taken(floor, agent, contact.queue.back_off_s, NO_ANSWER)
    wait_on(floor, contact, NO_ANSWER)


def effect_failed(floor: Floor, effect_id: str, reason: str) -> None:
    """The agent's phone could not be rung, or the two who agreed could not be joined."""
    offer_id = floor.offer_of_effect.get(effect_id)
    if offer_id is not None:
        state = floor.offers[offer_id]
        if state.reserved:
            attempts.failed(floor, floor.contacts[state.offer.contact], reason, drop=False)
        else:
            offer_refused(floor, offer_id, reason)
        return
    contact = floor.contacts.get(floor.contact_of_effect.get(effect_id, ""))
    if contact is None or contact.connecting != effect_id:
        floor.ignored += 1
        return
    if contact.ticket is not None:
        attempts.failed(floor, contact, reason, drop=False)
    else:
        _not_joined(floor, contact, reason)


def _not_joined(floor: Floor, contact: ContactState, reason: str) -> None:
    """The contact takes its old place again; the answer did not happen."""
    assignment = contact.assignment
    assert assignment is not None
    queue = contact.queue
    if not contact.callback:
        in_time = assignment.since - contact.contact.arrived_at <= queue.service_level_s
        floor.statistics[queue.id].count_answer(in_time, sign=-1)
    agent = desk.release(floor, contact, assignment)
    desk.drop_answered_leg(floor, assignment, f"could not be connected: {reason}")
    desk.break_off_talk(floor, agent, queue.back_off_s)
    # Past its longest wait it still gets one more ring's time: it had been promised an agent.
    until = max(contact.contact.arrived_at + queue.max_wait_s, floor.now + queue.ring_timeout_s)
    floor.deadlines.set(DeadlineKind.MAX_WAIT, contact.contact.id, until)
    ladder.resume(floor, contact)
    floor.wait(contact)
    announcing.begin(floor, contact)
    overflow.watch(floor, contact)
    wait_on(floor, contact, f"could not be connected: {reason}")


def withdraw_from_agent(floor: Floor, agent: AgentState, reason: str) -> ContactState | None:
    """End the agent's ringing, if any; the contact that it rang for, not yet back in line."""
    if agent.offer is None:
        return None
    state = floor.offers[agent.offer]
    contact, _ = desk.end_offer(floor, state, OfferEnd.WITHDRAWN)
    desk.drop_leg(floor, state, reason)
    if state.reserved:
        attempts.withdrawn(floor, contact)
    return contact


def wait_on(floor: Floor, contact: ContactState, reason: str) -> None:
    """Back to the old place in line, unless the longest wait passed while a phone was ringing."""
    if not contact.expired:
        desk.requeue(floor, contact, reason)
        # The agent it rang for may have been the last one at work who could serve it.
        ladder.skip_hopeless(floor, contact)
        if _rung_for_nobody(floor, contact):
            return
        if contact.overdue:
            overflow.recheck(floor, contact.contact.id)
    elif not contact.offers:
        expire(floor, contact)


def nobody_left(floor: Floor, demand: Demand) -> None:
    """The last agent at work who could serve this demand has gone: whoever waits in it may climb, or is let go."""
    for contact_id in tuple(demand.waiting):
        contact = floor.contacts[contact_id]
        ladder.skip_hopeless(floor, contact)
        _rung_for_nobody(floor, contact)


def _rung_for_nobody(floor: Floor, contact: ContactState) -> bool:
    """One whom we rang does not wait until somebody comes to work: they are rung again another time."""
    if contact.offers or not callbacks.is_on_the_line(floor, contact):
        return False
    if any(demand.at_work for demand in contact.demands):
        return False
    _give_back(floor, contact, "nobody is at work")
    return True


def expire(floor: Floor, contact: ContactState) -> None:
    _give_back(floor, contact, "waited too long")


def _give_back(floor: Floor, contact: ContactState, reason: str) -> None:
    floor.forget(contact)
    floor.statistics[contact.queue.id].expired += not contact.callback
    floor.remember_departed(contact.contact.id, contact.contact.arrived_at, contact.order)
    attempts.in_vain(floor, contact, reason)
    floor.effects.append(RefuseContact(floor.new_id(), contact.contact.id, reason))
