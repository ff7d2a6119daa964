"""Chooses: the agent for a contact, the contact for an agent, and says why. Changes nothing.

Both look only at the heads of lines. Among contacts the lowest score wins, across all lines that the agent can
serve; among agents the one whom the strategy of their group puts first.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter

from acd.demand import Demand, Head, lacking
from acd.line import Entry, Score
from acd.member import Member
from acd.model import Presence
from acd.state import AgentState, ContactState
from acd.why import SHOWN, Candidate, Exclusion, Trigger, Why

_HELD_BACK = tuple((presence, str(presence)) for presence in Presence if presence is not Presence.AVAILABLE)
"""Presences in which nobody is offered anything, and what a Why calls them."""


_ENTRY = itemgetter(0)


def choose_agent(contact: ContactState) -> tuple[Demand, Entry] | None:
    """The best free agent, from the first of the contact's demands that has one."""
    for demand in contact.demands:
        first = demand.first_idle()
        if first is not None:
            return demand, first
    return None


def choose_contact(agent: AgentState) -> list[Head]:
    """The contacts that wait for such an agent at the head of a line: the few that are served first, in order."""
    first: list[Head] = []
    for group in agent.groups:
        bit = 1 << group.slots[agent.agent.id]
        for head in group.heads:
            if len(first) >= SHOWN and head[0] > first[-1][0]:
                break
            if head[1].able & bit:
                insort(first, head, key=_ENTRY)
                del first[SHOWN:]
    return first


def explain(
    trigger: Trigger,
    demand: Demand,
    contact: ContactState,
    agent: AgentState,
    score: Score,
    heads: Sequence[Head] | None = None,
) -> Why:
    """To be asked before the choice is carried out; `score` is the agent's, `heads` what `choose_contact` said."""
    rivals = [Candidate(contact.contact.id, contact.score)]
    if trigger is Trigger.AGENT_FREE:
        heads = choose_contact(agent) if heads is None else heads
        rivals = [Candidate(entry[3], (entry[0], entry[1])) for entry, _ in heads]
    others = (entry for entry in demand.top_idle(SHOWN) if entry[3] != agent.agent.id)
    candidates = [Candidate(entry[3], (entry[0], entry[1])) for entry in islice(others, SHOWN - 1)]
    return Why(
        trigger=trigger,
        queue=contact.queue.id,
        strategy=str(demand.group.strategy),
        group=demand.group.id,
        skills=demand.skills,
        rung=contact.rung,
        candidates=(Candidate(agent.agent.id, score), *candidates),
        rivals=tuple(rivals),
        exclusions=tuple(_exclusions(demand)),
        held_back=_held_back(demand),
    )


def _exclusions(demand: Demand) -> Iterator[Exclusion]:
    for agent_id, state in islice(demand.group.busy.items(), SHOWN):
        lacks = None if demand.qualifies(agent_id) else lacking(state.agent, demand.skills)
        yield Exclusion(agent_id, lacks or why_not_ready(state))


def why_not_ready(state: Member) -> str:
    if state.presence is Presence.AVAILABLE:
        return "backing off"
    return f"{state.presence}: {state.reason}" if state.reason else str(state.presence)


def _held_back(demand: Demand) -> tuple[tuple[str, int], ...]:
    group = demand.group
    presences = group.presences
    counts = [(name, presences[presence]) for presence, name in _HELD_BACK if presences[presence]]
    # Whoever is at work and not ready stands in `busy`, those who back off among them.
    ready = len(group.members) - presences[Presence.OFFLINE] - len(group.busy)
    if backing_off := presences[Presence.AVAILABLE] - ready:
        counts.append(("backing off", backing_off))
    if lacking_skills := len(group.members) - demand.able.bit_count():
        counts.append(("lack skills", lacking_skills))
    return tuple(counts)
