"""A change of configuration: first a plan that says whom it touches, then its application. Nobody is logged out by it.

    plan    compares the running configuration with another one; nothing changes
    apply   agents and queues are as planned. Counters, presences, idle times, talks and ringing phones stay as
            they are, and so do the ladder and the rules with which a contact came in, unless `move` names its queue

An agent who is gone from the configuration but logged in serves no queue any more and stays on record until they
log out and another plan is applied. A queue that is gone must have nobody waiting, or `move` must say where they
go: a plan with `problems` cannot be applied. A plan holds for the moment it was made (`Stale`, if contacts came
meanwhile to a queue that goes).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace

from acd import announcing, desk, ladder, overflow
from acd.deadlines import DeadlineKind
from acd.demand import Group
from acd.estimate import ServiceProcess
from acd.floor import Floor
from acd.line import Line
from acd.model import Agent, Presence, Queue
from acd.presence import Input
from acd.state import AgentState, ContactState
from acd.statistics import QueueStatistics


@dataclass(frozen=True, slots=True)
class Change:
    """One setting: of queue or agent `about`, `what` was `before` and will be `after`, as text."""

    about: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`contacts` wait where something changes; `agents` change or serve what does. `move` is old to new queue."""

    queues: tuple[Queue, ...]
    agents: tuple[Agent, ...]
    move: Mapping[str, str]
    changes: tuple[Change, ...]
    touched_contacts: tuple[str, ...]
    touched_agents: tuple[str, ...]
    problems: tuple[str, ...]


def make_plan(
    floor: Floor, queues: Iterable[Queue], agents: Iterable[Agent], move: Mapping[str, str] | None = None
) -> Plan:
    new_queues = {queue.id: queue for queue in queues}
    new_agents = {agent.id: agent for agent in agents}
    move = dict(move or {})
    old_agents = {state.agent.id: state.agent for state in floor.agents.values()}
    changes = [
        *_changes("queue", floor.queues, new_queues),
        *_changes("agent", old_agents, new_agents),
    ]
    changed = {change.about for change in changes}
    queues_touched = {queue_id for queue_id in {*floor.queues, *new_queues} if f"queue {queue_id}" in changed}
    contacts = [
        contact.contact.id
        for contact in floor.contacts.values()
        if contact.assignment is None and contact.queue.id in queues_touched | set(move)
    ]
    staff = [
        agent_id
        for agent_id, agent in {**old_agents, **new_agents}.items()
        if f"agent {agent_id}" in changed or queues_touched.intersection(agent.queues)
    ]
    return Plan(
        queues=tuple(new_queues.values()),
        agents=tuple(new_agents.values()),
        move=move,
        changes=tuple(changes),
        touched_contacts=tuple(contacts),
        touched_agents=tuple(staff),
        problems=tuple(_problems(floor, new_queues, new_agents, move)),
    )


def _changes(
    kind: str, old: Mapping[str, Queue] | Mapping[str, Agent], new: Mapping[str, Queue] | Mapping[str, Agent]
) -> Iterable[Change]:
    for name in dict.fromkeys((*old, *new)):
        about, before, after = f"{kind} {name}", old.get(name), new.get(name)
        if before is None or after is None:
            yield Change(about, kind, "there" if before else "-", "there" if after else "-")
            continue
        for field in fields(before):
            was, will_be = getattr(before, field.name), getattr(after, field.name)
            if was != will_be:
                yield Change(about, field.name, str(was), str(will_be))


def _problems(
    floor: Floor, queues: Mapping[str, Queue], agents: Mapping[str, Agent], move: Mapping[str, str]
) -> Iterable[str]:
    for old, new in move.items():
        if old not in floor.queues:
            yield f"move {old} to {new}: there is no queue {old}"
        if new not in queues:
            yield f"move {old} to {new}: there will be no queue {new}"
    for agent in agents.values():
        unknown = [queue_id for queue_id in agent.queues if queue_id not in queues]
        if unknown:
            yield f"agent {agent.id}: no such queue: {', '.join(unknown)}"
    for queue in queues.values():
        for joined in {queue_id for rung in queue.ladder for queue_id in rung.join} - set(queues):
            yield f"queue {queue.id}: its ladder joins {joined}, which is not there"
    for queue_id in floor.queues:
        waiting = len(floor.waiting[queue_id])
        tickets = sum(ticket.queue == queue_id for ticket in floor.tickets.values())
        if queue_id not in queues and tickets:
            yield f"queue {queue_id}: goes, and {tickets} callbacks wait for it"
        elif queue_id not in queues and waiting and queue_id not in move:
            yield f"queue {queue_id}: goes, and {waiting} contacts wait in it: say where to move them"


class Stale(ValueError):
    """The plan does not fit the moment any more, or never did: its problems."""


def apply_plan(floor: Floor, plan: Plan) -> None:
    """Within an event, before the matching. Stale: there are problems, and nothing was changed."""
    queues = {queue.id: queue for queue in plan.queues}
    problems = list(_problems(floor, queues, {agent.id: agent for agent in plan.agents}, plan.move))
    if problems:
        raise Stale("; ".join(problems))
    for state in floor.contacts.values():
        if state.in_line:
            floor.leave_lines(state)
    old_groups = floor.groups
    _replace_queues(floor, queues, plan.move)
    _replace_agents(floor, plan.agents)
    _regroup(floor, old_groups)
    for state in floor.contacts.values():
        state.demands = ()
        if state.assignment is None:
            _reseat(floor, state)
        else:
            state.wants = ()  # should it wait again, it is asked anew
    for state in floor.contacts.values():
        # Asked anew: a queue that rings more phones at once now has room for the one that rings already.
        if state.assignment is None and not state.expired and len(state.offers) < state.width:
            floor.enter_lines(state)
    for state in floor.contacts.values():
        if state.assignment is None:
            ladder.skip_hopeless(floor, state)
    for agent in floor.agents.values():
        if agent.agent.static and agent.presence is Presence.OFFLINE:
            desk.move(floor, agent, Input.LOG_IN, "static")
        if agent.ready:
            floor.freed.append(agent)


def _replace_queues(floor: Floor, queues: dict[str, Queue], move: Mapping[str, str]) -> None:
    """New ones begin at nothing, those that stay keep everything; one that goes stays closed until it is empty."""
    for queue_id in queues:
        if queue_id not in floor.queues:
            floor.statistics.setdefault(queue_id, QueueStatistics())
            floor.waiting[queue_id] = {}
            floor.queue_lines[queue_id] = Line()
            floor.processes[queue_id] = ServiceProcess(floor.now, floor.now)
            floor.callbacks_waiting[queue_id] = 0
    for state in [each for each in floor.contacts.values() if each.queue.id in move]:
        if state.assignment is None and state.ticket is None:
            _move(floor, state, queues[move[state.queue.id]])
    talked_of = {state.queue.id for state in floor.contacts.values()}
    kept = dict(queues)
    for queue_id, queue in floor.queues.items():
        if queue_id not in queues and queue_id in talked_of:
            kept[queue_id] = queue
            floor.closed[queue_id] = "no longer configured"
        elif queue_id not in queues:
            floor.closed.pop(queue_id, None)
            del floor.waiting[queue_id], floor.queue_lines[queue_id]
            del floor.processes[queue_id], floor.callbacks_waiting[queue_id]
        elif floor.closed.get(queue_id) == "no longer configured":
            del floor.closed[queue_id]
    floor.queues = kept


def _move(floor: Floor, state: ContactState, queue: Queue) -> None:
    """To another queue, as it stands: with its time of arrival and the phones that ring for it."""
    old = state.queue.id
    floor.waiting[old].pop(state.contact.id)
    floor.waiting[queue.id][state.contact.id] = state
    if not state.callback:
        floor.statistics[old].overflowed += 1
        floor.statistics[queue.id].offered += 1
        floor.statistics[queue.id].taken_over += 1
    state.contact = replace(state.contact, queue=queue.id)
    state.queue = queue
    state.rung, state.been = 0, frozenset()
    for kind in (DeadlineKind.ANNOUNCE, DeadlineKind.OVERFLOW):
        floor.deadlines.cancel(kind, state.contact.id)
    announcing.begin(floor, state)


def _replace_agents(floor: Floor, agents: Iterable[Agent]) -> None:
    wanted = {agent.id: agent for agent in agents}
    old, floor.agents = floor.agents, {}
    for agent in wanted.values():
        state = old.pop(agent.id, None)
        if state is None:
            state = AgentState(agent, 0, (), Presence.OFFLINE, since=floor.now, idle_since=floor.now)
        state.agent = agent
        floor.agents[agent.id] = state
    for state in old.values():
        if state.presence is not Presence.OFFLINE:
            state.agent = replace(state.agent, queues=(), static=False)
            floor.agents[state.agent.id] = state
    for index, state in enumerate(floor.agents.values()):
        state.index = index


def _regroup(floor: Floor, old_groups: Mapping[str, Group]) -> None:
    """All groups anew, with the turn at which their strategies stood."""
    floor.personal = {}
    floor.groups = {
        queue.id: Group(queue.id, queue.strategy, floor.random) for queue in floor.queues.values()
    }
    for group in floor.groups.values():
        old = old_groups.get(group.id)
        if old is not None and old.strategy is group.strategy:
            group.chooser.turn = old.chooser.turn
    for state in floor.agents.values():
        state.groups = tuple(floor.groups[queue_id] for queue_id in dict.fromkeys(state.agent.queues))
        state.idle = False
        for group in state.groups:
            group.join(state)
            if not state.ready and state.presence is not Presence.OFFLINE:
                group.busy[state.agent.id] = state


def _reseat(floor: Floor, state: ContactState) -> None:
    if state.rung == ladder.PREFERRED and state.contact.preferred not in floor.agents:
        state.rung = 0
    ladder.resume(floor, state)
    if floor.deadlines.when(DeadlineKind.OVERFLOW, state.contact.id) is None:
        overflow.watch(floor, state)
