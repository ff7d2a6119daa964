"""After every event: whoever became free or waits again is matched until nothing more can be.

Nearly always one agent became free and nobody else moved. Then no idle agent can serve anybody who waits, or
it would not have been so before the event: the agent takes the contact that is served first, and enters the
idle lines only if there is none.

When several moved at once, all who became free enter the idle lines first; each picks the contact that is served
first, and that contact picks the agent who is chosen first. What still seeks after that finds nobody, or
somebody who was idle all along and did not suit the others.
"""

from __future__ import annotations

from collections.abc import Sequence

from acd.announcing import estimate, place
from acd.attempts import agent_chosen
from acd.callbacks import may_ring
from acd.demand import Demand, Head
from acd.desk import offer
from acd.floor import Floor
from acd.line import Score
from acd.matching import choose_agent, choose_contact, explain
from acd.state import AgentState, ContactState
from acd.why import Trigger


def settle(floor: Floor) -> None:
    if len(floor.freed) == 1 and not floor.seeking:
        _serve_lone_agent(floor, floor.freed.popleft())
    while floor.freed or floor.seeking:
        for agent in floor.freed:
            if agent.ready and not agent.idle:
                floor.enter_idle_lines(agent)
        if floor.freed:
            _serve_agent(floor, floor.freed.popleft())
        else:
            _serve_contact(floor, floor.seeking.popleft(), Trigger.CONTACT_WAITS)


def _serve_lone_agent(floor: Floor, agent: AgentState) -> None:
    while agent.ready:
        heads = choose_contact(agent)
        if not heads:
            floor.enter_idle_lines(agent)
            return
        entry, demand = heads[0]
        score = demand.group.chooser.score(agent, demand)
        _make_offer(floor, Trigger.AGENT_FREE, demand, floor.contacts[entry[3]], agent, score, heads)


def _serve_agent(floor: Floor, agent: AgentState) -> None:
    while agent.ready:
        heads = choose_contact(agent)
        if not heads:
            return
        _serve_contact(floor, floor.contacts[heads[0][0][3]], Trigger.AGENT_FREE)


def _serve_contact(floor: Floor, contact: ContactState, trigger: Trigger) -> None:
    """As many offers as the contact may have at once and somebody is free for."""
    while contact.in_line:
        chosen = choose_agent(contact)
        if chosen is None:
            _remember_estimate(floor, contact)
            return
        demand, entry = chosen
        _make_offer(floor, trigger, demand, contact, floor.agents[entry[3]], (entry[0], entry[1]))


def _remember_estimate(floor: Floor, contact: ContactState) -> None:
    """Of one that has just come and has to wait: to be held against what it will have waited."""
    if contact.lined_at == floor.now == contact.contact.arrived_at and not contact.offers:
        contact.estimate = estimate(floor, contact, place(floor, contact))


def _make_offer(
    floor: Floor,
    trigger: Trigger,
    demand: Demand,
    contact: ContactState,
    agent: AgentState,
    score: Score,
    heads: Sequence[Head] | None = None,
) -> None:
    if contact.ticket is not None and not may_ring(floor, contact):
        return
    why = explain(trigger, demand, contact, agent, score, heads)
    demand.group.chooser.chosen(demand, score)
    agent_chosen(floor, contact, offer(floor, contact, agent, why))
