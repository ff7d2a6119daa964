"""After every event: whoever became free or waits again is matched until nothing more can be.

An agent who became free picks the contact that is served first, then that contact picks the agent that is
chosen first: usually the one who became free, but of two who became free together the better one. What
still seeks after that finds nobody, or somebody who was idle all along and did not suit the others.
"""

from __future__ import annotations

from acd.desk import offer
from acd.floor import Floor
from acd.matching import choose_agent, choose_contact, explain
from acd.state import AgentState, ContactState
from acd.why import Trigger


def settle(floor: Floor) -> None:
    while floor.freed or floor.seeking:
        if floor.freed:
            _serve_agent(floor, floor.freed.popleft())
        else:
            _serve_contact(floor, floor.seeking.popleft(), Trigger.CONTACT_WAITS)


def _serve_agent(floor: Floor, agent: AgentState) -> None:
    while agent.ready:
        chosen = choose_contact(agent)
        if chosen is None:
            return
        _serve_contact(floor, floor.contacts[chosen], Trigger.AGENT_FREE)


def _serve_contact(floor: Floor, contact: ContactState, trigger: Trigger) -> None:
    """As many offers as the contact may have at once and somebody is free for."""
    while contact.in_line:
        chosen = choose_agent(contact)
        if chosen is None:
            return
        demand, entry = chosen
        agent = floor.agents[entry[3]]
        why = explain(trigger, demand, contact, agent)
        demand.group.chooser.chosen(demand, (entry[0], entry[1]))
        offer(floor, contact, agent, why)
