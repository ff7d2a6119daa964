"""What the snapshot shows of queues and agents. Looks at everybody: for views, never for an event."""

from __future__ import annotations

from dataclasses import dataclass

from acd.estimate import Estimate
from acd.floor import Floor
from acd.model import Presence, SkillLevel
from acd.state import AgentState


@dataclass(frozen=True, slots=True)
class QueueSummary:
    """One queue now. `waiting` includes contacts for whom a phone rings, but no tickets; counts are `since_s` old.

    `closed` is why, None when open. `estimate` is for somebody who comes now; `estimate_covered` is the share of past
    waits that fell into their interval (0.8 would be perfect), `estimate_bias_s` estimated minus waited on the
    average, `estimate_error_s` the mean of that without its sign.
    `service_level_percent` is defined in `acd.statistics`; None until a contact was answered or gave up.
    """

    id: str
    name: str
    waiting: int
    longest_wait_s: float
    offered: int
    answered: int
    abandoned: int
    blocked: int
    expired: int
    overflowed: int
    diverted: int
    taken_over: int
    deferred: int
    callbacks: int
    callbacks_served: int
    callbacks_given_up: int
    callbacks_waiting: int
    closed: str | None
    estimate: Estimate | None
    estimate_covered: float | None
    estimate_bias_s: float | None
    estimate_error_s: float | None
    service_level_percent: float | None
    service_level_s: float
    agents: dict[Presence, int]
    since_s: float


@dataclass(frozen=True, slots=True)
class AgentSummary:
    """One agent now. `contact` is the one they talk to or are rung for."""

    id: str
    name: str
    presence: Presence
    reason: str | None
    since_s: float
    skills: dict[str, SkillLevel]
    queues: tuple[str, ...]
    contact: str | None
    handled: int
    missed: int
    refused: int


def summarise_queues(floor: Floor, now: float) -> list[QueueSummary]:
    return [_summarise_queue(floor, queue_id, now) for queue_id in floor.queues]


def _summarise_queue(floor: Floor, queue_id: str, now: float) -> QueueSummary:
    queue = floor.queues[queue_id]
    counts = floor.statistics[queue_id]
    process = floor.processes[queue_id]
    states = floor.waiting[queue_id].values()
    arrivals = [state.contact.arrived_at for state in states if state.ticket is None]
    return QueueSummary(
        id=queue.id,
        name=queue.name or queue.id,
        waiting=len(arrivals),
        longest_wait_s=now - min(arrivals) if arrivals else 0.0,
        offered=counts.offered,
        answered=counts.answered,
        abandoned=counts.abandoned,
        blocked=counts.blocked,
        expired=counts.expired,
        overflowed=counts.overflowed,
        diverted=counts.diverted,
        taken_over=counts.taken_over,
        deferred=counts.deferred,
        callbacks=counts.callbacks,
        callbacks_served=counts.callbacks_served,
        callbacks_given_up=counts.callbacks_given_up,
        callbacks_waiting=sum(ticket.queue == queue_id for ticket in floor.tickets.values()),
        closed=floor.closed.get(queue_id),
        estimate=process.estimate(len(floor.queue_lines[queue_id]), now),
        estimate_covered=process.error.covered,
        estimate_bias_s=process.error.bias_s,
        estimate_error_s=process.error.mean_absolute_s,
        service_level_percent=counts.service_level_percent(),
        service_level_s=queue.service_level_s,
        agents={presence: n for presence, n in floor.groups[queue_id].presences.items() if n},
        since_s=now - floor.began_at,
    )


def summarise_agents(floor: Floor, now: float) -> list[AgentSummary]:
    return [summarise_agent(floor, state, now) for state in floor.agents.values()]


def summarise_agent(floor: Floor, state: AgentState, now: float) -> AgentSummary:
    return AgentSummary(
        id=state.agent.id,
        name=state.agent.name,
        presence=state.presence,
        reason=state.reason,
        since_s=now - state.since,
        skills=dict(state.agent.skills),
        queues=state.agent.queues,
        contact=state.contact or (floor.offers[state.offer].offer.contact if state.offer else None),
        handled=state.statistics.handled,
        missed=state.statistics.missed,
        refused=state.statistics.refused,
    )
