"""Compares what the router believes with the calls and registrations that there are, and says how to set it right.

Data flow: the driver collects plain facts now and then -> `reconcile` -> `Repair` events -> fed to the router like any
other, which raises an alert for each that names what was found. Nothing is repaired that may still be under
way: whatever moved within the last `settled_s` is left for the next time. A large floor is compared in steps of about a
millisecond, with other events between them: the facts are looked up as each step needs them.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from acd.events import (
    AgentReachable,
    AgentUnreachable,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    EffectFailed,
    Event,
    OfferAccepted,
    OfferRefused,
    Repair,
)
from acd.floor import Floor
from acd.state import ContactState

SETTLED_S = 5.0
AT_A_TIME = 300
"""Records compared in one step."""


class CallState(StrEnum):
    """What a call that has to do with the router is doing."""

    WAITING = "waiting"
    TALKING = "talking"


@dataclass(frozen=True, slots=True)
class CallFact:
    """One live call of a contact: it waits in `queue`, or talks, on the leg of `offer`; `since` when."""

    state: CallState
    since: float
    queue: str
    offer: str | None = None


@dataclass(frozen=True, slots=True)
class WorldFacts:
    """What there is. `registered` are agents whose phones can be rung, `ringing` offers whose legs live.

    `dialling` are tickets whose caller is being rung. Static agents need no registration.
    """

    calls: Mapping[str, CallFact]
    registered: Container[str]
    ringing: Container[str] = field(default_factory=frozenset)
    dialling: Container[str] = field(default_factory=frozenset)


def reconcile(floor: Floor, facts: WorldFacts, now: float, settled_s: float = SETTLED_S) -> list[Repair]:
    """Every difference once, with the event that repairs it; empty when all is well."""
    return [repair for step in reconcile_in_steps(floor, facts, now, settled_s) for repair in step]


def reconcile_in_steps(
    floor: Floor, facts: WorldFacts, now: float, settled_s: float = SETTLED_S
) -> Iterator[list[Repair]]:
    """The same for a part of the floor after the other; `facts` may look at the world as it is when they are asked."""
    before = now - settled_s
    for names in _parts(floor.contacts):
        yield list(_contacts(floor, facts, before, names))
    for names in _parts(floor.offers):
        yield list(_offers(floor, facts, before, names))
    for names in _parts(facts.calls):
        yield list(_unknown_calls(floor, facts, before, names))
    for names in _parts(floor.agents):
        yield list(_agents(floor, facts, names))


def _parts(names: Iterable[str]) -> Iterator[list[str]]:
    there = list(names)
    for begin in range(0, len(there), AT_A_TIME):
        yield there[begin : begin + AT_A_TIME]


def _contacts(floor: Floor, facts: WorldFacts, before: float, names: list[str]) -> Iterator[Repair]:
    for contact_id in names:
        state = floor.contacts.get(contact_id)
        if state is None:
            continue
        if state.ticket is not None:
            yield from _attempt(contact_id, state, facts, before)
            continue
        call = facts.calls.get(contact_id)
        since = state.lined_at if state.assignment is None else state.assignment.since
        if since > before or (call is not None and call.since > before):
            continue
        if state.assignment is not None and (call is None or call.state is not CallState.TALKING):
            agent = state.assignment.agent
            yield _repair(ContactEnded(contact_id), contact_id, f"{agent} was held by a talk that is over")
        elif state.assignment is None and call is None:
            yield _repair(ContactLeft(contact_id), contact_id, "stood in line, and there is no such call")
        elif call is not None and call.state is CallState.TALKING and call.offer in state.offers:
            text = "talks, and the router had not heard of the answer"
            yield _repair(OfferAccepted(call.offer or ""), contact_id, text)


def _attempt(ticket_id: str, state: ContactState, facts: WorldFacts, before: float) -> Iterator[Repair]:
    assignment = state.assignment
    if assignment is None or assignment.since > before or state.connecting is None:
        return
    if ticket_id not in facts.dialling:
        event = EffectFailed(state.connecting, "the call was lost")
        yield _repair(event, ticket_id, f"{assignment.agent} waited for a callback that nobody makes")


def _offers(floor: Floor, facts: WorldFacts, before: float, names: list[str]) -> Iterator[Repair]:
    for offer_id in names:
        state = floor.offers.get(offer_id)
        if state is None:
            continue
        made = state.offer
        if floor.agents[made.agent].since > before:
            continue
        if state.reserved and made.contact not in facts.dialling:
            event: Event = EffectFailed(state.effect_id, "the call was lost")
            yield _repair(event, made.contact, f"{made.agent} was reserved for a callback that nobody makes")
        elif not state.reserved and offer_id not in facts.ringing:
            event = OfferRefused(offer_id, "no leg")
            yield _repair(event, made.agent, f"was taken to ring for {made.contact}, and no phone does")


def _unknown_calls(floor: Floor, facts: WorldFacts, before: float, names: list[str]) -> Iterator[Repair]:
    for contact_id in names:
        call = facts.calls.get(contact_id)
        if call is None:
            continue
        if call.state is CallState.WAITING and contact_id not in floor.contacts and call.since <= before:
            event = ContactQueued(contact_id, call.queue)
            yield _repair(event, contact_id, f"waits in {call.queue}, and the router did not know")


def _agents(floor: Floor, facts: WorldFacts, names: list[str]) -> Iterator[Repair]:
    for agent_id in names:
        state = floor.agents.get(agent_id)
        if state is None or state.agent.static:
            continue
        registered = agent_id in facts.registered
        if registered and not state.reachable:
            yield _repair(
                AgentReachable(agent_id), agent_id, "was taken for unreachable, with a phone registered"
            )
        elif state.reachable and not registered:
            yield _repair(
                AgentUnreachable(agent_id), agent_id, "was taken for reachable, with no phone registered"
            )


def _repair(event: Event, about: str, text: str) -> Repair:
    return Repair(event, about, text)
