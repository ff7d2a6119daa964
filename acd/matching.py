"""Chooses: the agent for a contact, the contact for an agent, and says why. Changes nothing.

Both look only at the heads of lines. Among contacts the lowest score wins, across all lines that the agent can
serve; among agents the one whom the strategy of their group puts first.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from acd.demand import Demand, lacking
from acd.line import Entry
from acd.model import Presence
from acd.state import AgentState, ContactState
from acd.why import SHOWN, Candidate, Exclusion, Trigger, Why


def choose_agent(contact: ContactState) -> tuple[Demand, Entry] | None:
    """The best free agent, from the first of the contact's demands that has one."""
    for demand in contact.demands:
        first = demand.idle.first()
        if first is not None:
            return demand, first
    return None


def choose_contact(agent: AgentState) -> str | None:
    """The contact that is served first of all those who wait for such an agent."""
    best: Entry | None = None
    for demand in _demands_served_by(agent):
        first = demand.waiting.first()
        if first is not None and (best is None or first < best):
            best = first
    return None if best is None else best[3]


def _demands_served_by(agent: AgentState) -> Iterator[Demand]:
    agent_id = agent.agent.id
    for group in agent.groups:
        for demand in group.demands.values():
            if demand.waiting and agent_id in demand.members:
                yield demand


def explain(trigger: Trigger, demand: Demand, contact: ContactState, agent: AgentState) -> Why:
    """To be asked before the choice is carried out, while both still stand in their lines."""
    rivals = [(contact.score, contact.order, contact.contact.id)]
    if trigger is Trigger.AGENT_FREE:
        rivals = sorted(_heads(agent))[:SHOWN]
    return Why(
        trigger=trigger,
        queue=contact.queue.id,
        strategy=str(demand.group.strategy),
        group=demand.group.id,
        skills=demand.skills,
        rung=contact.rung,
        candidates=tuple(Candidate(entry[3], (entry[0], entry[1])) for entry in demand.idle.top(SHOWN)),
        rivals=tuple(Candidate(contact_id, score) for score, _, contact_id in rivals),
        exclusions=tuple(_exclusions(demand)),
        held_back=_held_back(demand),
    )


def _heads(agent: AgentState) -> Iterator[tuple[tuple[float, float], int, str]]:
    for demand in _demands_served_by(agent):
        for primary, secondary, order, contact_id in demand.waiting.top(SHOWN):
            yield (primary, secondary), order, contact_id


def _exclusions(demand: Demand) -> Iterator[Exclusion]:
    for agent_id, state in islice(demand.group.busy.items(), SHOWN):
        yield Exclusion(agent_id, lacking(state.agent, demand.skills) or why_not_ready(state))


def why_not_ready(state: AgentState) -> str:
    if state.presence is Presence.AVAILABLE:
        return "backing off"
    return f"{state.presence}: {state.reason}" if state.reason else str(state.presence)


def _held_back(demand: Demand) -> tuple[tuple[str, int], ...]:
    group = demand.group
    counts = {str(presence): count for presence, count in group.presences.items()}
    available = counts.pop(str(Presence.AVAILABLE))
    at_work = available + sum(counts.values()) - counts[str(Presence.OFFLINE)]
    ready = at_work - len(group.busy)
    counts["backing off"] = available - ready
    counts["lack skills"] = len(group.members) - len(demand.members)
    return tuple((reason, count) for reason, count in counts.items() if count)
