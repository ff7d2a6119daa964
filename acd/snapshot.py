"""The whole router as data, and back: configuration, agents, contacts, offers, tickets, lines, deadlines, statistics.

A restored router answers every event as the dumped one would have. Times stay monotonic seconds: a snapshot is
for the same machine without a reboot, a standby or a replay; after a reboot calls are gone and the tickets
(`acd.ticket`) are what is left. Configuration comes back as it was; changes to it are a plan (`acd.plan`).

Lines of idle agents are kept entry by entry, because a place in them can depend on when it was taken (round
robin, chance); lines of contacts follow from the contacts.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, fields

import msgspec

from acd.deadlines import Name
from acd.demand import Group, SkillsKey
from acd.estimate import Estimate, ServiceProcess
from acd.floor import Calendar, Evaluate, Floor
from acd.line import Entry, Line, Score
from acd.load import LoadState
from acd.model import Agent, Assignment, Contact, Presence, Queue, RouterPolicy
from acd.state import AgentState, ContactState, OfferState
from acd.statistics import AgentStatistics, QueueStatistics
from acd.strategies import Random
from acd.ticket import Ticket

VERSION = 1

GroupKey = tuple[str, bool]
"""A queue's id and False, or an agent's and True: the group of that agent alone."""


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """What is in `AgentState`, but for the groups."""

    agent: Agent
    index: int
    presence: Presence
    since: float
    idle_since: float
    reason: str | None
    reachable: bool
    ready: bool
    idle: bool
    offer: str | None
    contact: str | None
    wrap_up_s: float
    leaving: bool
    leaving_reason: str | None
    pausing: str | None
    missed_in_a_row: int
    load: LoadState
    statistics: AgentStatistics


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """What is in `ContactState`; the queue by its number in `Snapshot.queues_of_contacts`, groups by key."""

    contact: Contact
    queue: int
    order: int
    rung: int
    score: Score
    wants: list[tuple[GroupKey, SkillsKey]]
    in_line: bool
    offers: list[str]
    assignment: Assignment | None
    connecting: str | None
    verifying: str | None
    expired: bool
    ticket: str | None
    callback: bool
    been: frozenset[str]
    overdue: bool
    lined_at: float
    taken: bool
    estimate: Estimate | None


@dataclass(frozen=True, slots=True)
class DemandRecord:
    """`idle` are the entries of the idle line, if it has one of its own."""

    skills: SkillsKey
    race: float
    idle: list[Entry]


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """Demands, busy and idle agents, each in its order."""

    key: GroupKey
    turn: Score
    busy: list[str]
    demands: list[DemandRecord]
    idle: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything."""

    version: int
    policy: RouterPolicy
    began_at: float
    now: float
    ignored: int
    arrivals: int
    queues: list[Queue]
    queues_of_contacts: list[Queue]
    agents: list[AgentRecord]
    contacts: list[ContactRecord]
    waiting: dict[str, list[str]]
    groups: list[GroupRecord]
    offers: list[OfferState]
    past_offers: list[OfferState]
    contact_of_effect: dict[str, str]
    statistics: dict[str, QueueStatistics]
    processes: dict[str, ServiceProcess]
    closed: dict[str, str]
    tickets: list[Ticket]
    dropped: list[tuple[str, str, float, int, float]]
    departed: list[tuple[str, float, int]]
    deadlines: list[tuple[float, int, Name]]
    deadline_counter: int


def dump(floor: Floor) -> bytes:
    """MessagePack of a `Snapshot`; between events only."""
    keys: dict[int, GroupKey] = {id(group): (name, False) for name, group in floor.groups.items()}
    keys |= {id(group): (name, True) for name, group in floor.personal.items()}
    queues: dict[int, tuple[int, Queue]] = {}
    for state in floor.contacts.values():
        queues.setdefault(id(state.queue), (len(queues), state.queue))
    entries, counter = floor.deadlines.entries()
    snapshot = Snapshot(
        version=VERSION,
        policy=floor.policy,
        began_at=floor.began_at,
        now=floor.now,
        ignored=floor.ignored,
        arrivals=floor.arrivals,
        queues=list(floor.queues.values()),
        queues_of_contacts=[queue for _, queue in queues.values()],
        agents=[_agent_record(state) for state in floor.agents.values()],
        contacts=[
            _contact_record(state, queues[id(state.queue)][0], keys) for state in floor.contacts.values()
        ],
        waiting={queue_id: list(waiting) for queue_id, waiting in floor.waiting.items()},
        groups=[_group_record(each, keys) for each in (*floor.groups.values(), *floor.personal.values())],
        offers=list(floor.offers.values()),
        past_offers=list(floor.past_offers.values()),
        contact_of_effect=floor.contact_of_effect,
        statistics=floor.statistics,
        processes=floor.processes,
        closed=floor.closed,
        tickets=list(floor.tickets.values()),
        dropped=[(*who, *place) for who, place in floor.dropped.items()],
        departed=[(who, *place) for who, place in floor.departed.items()],
        deadlines=entries,
        deadline_counter=counter,
    )
    return msgspec.msgpack.encode(snapshot)


def _agent_record(state: AgentState) -> AgentRecord:
    plain = {name: getattr(state, name) for name in _AGENT_FIELDS}
    return AgentRecord(**plain, load=state.load.state())


def _contact_record(state: ContactState, queue: int, keys: dict[int, GroupKey]) -> ContactRecord:
    plain = {name: getattr(state, name) for name in _CONTACT_FIELDS}
    wants = [(keys[id(group)], skills) for group, skills in state.wants]
    return ContactRecord(**plain, queue=queue, wants=wants)


_AGENT_FIELDS = [field.name for field in fields(AgentRecord) if field.name != "load"]
_CONTACT_FIELDS = [field.name for field in fields(ContactRecord) if field.name not in ("queue", "wants")]


def _group_record(group: Group, keys: dict[int, GroupKey]) -> GroupRecord:
    return GroupRecord(
        key=keys[id(group)],
        turn=group.chooser.turn,
        busy=list(group.busy),
        demands=[
            DemandRecord(
                skills, demand.race, [] if demand.idle is None else demand.idle.top(len(demand.idle))
            )
            for skills, demand in group.demands.items()
        ],
        idle=group.idle.entries(),
    )


def load(
    data: bytes,
    new_id: Callable[[], str],
    random: Random | None = None,
    evaluate: Evaluate | None = None,
    calendar: Calendar | None = None,
) -> Floor:
    """ValueError (msgspec.ValidationError): not a snapshot, or of another version."""
    snapshot = msgspec.msgpack.decode(data, type=Snapshot)
    if snapshot.version != VERSION:
        raise ValueError(f"a snapshot of version {snapshot.version}, expected {VERSION}")
    staff = [record.agent for record in snapshot.agents]
    floor = Floor(
        snapshot.queues, staff, new_id, snapshot.policy, snapshot.began_at, random, evaluate, calendar
    )
    floor.now, floor.ignored, floor.arrivals = snapshot.now, snapshot.ignored, snapshot.arrivals
    _restore_agents(floor, snapshot)
    _restore_facts(floor, snapshot)
    groups = _restore_groups(floor, snapshot)
    _restore_contacts(floor, snapshot, groups)
    return floor


def _restore_agents(floor: Floor, snapshot: Snapshot) -> None:
    for record in snapshot.agents:
        state = floor.agents[record.agent.id]
        for name in _AGENT_FIELDS:
            setattr(state, name, getattr(record, name))
        state.load.restore(record.load)
    for group in floor.groups.values():
        group.recount()


def _restore_facts(floor: Floor, snapshot: Snapshot) -> None:
    floor.statistics = snapshot.statistics
    floor.processes = snapshot.processes
    floor.closed = snapshot.closed
    floor.contact_of_effect = snapshot.contact_of_effect
    floor.offers = {state.offer.id: state for state in snapshot.offers}
    floor.offer_of_effect = {state.effect_id: state.offer.id for state in snapshot.offers}
    floor.past_offers = OrderedDict((state.offer.id, state) for state in snapshot.past_offers)
    floor.tickets = {ticket.id: ticket for ticket in snapshot.tickets}
    floor.ticket_of = {(ticket.number, ticket.queue): ticket.id for ticket in snapshot.tickets}
    floor.dropped = OrderedDict(((caller, queue), (*place,)) for caller, queue, *place in snapshot.dropped)  # type: ignore[misc]
    floor.departed = OrderedDict((who, (at, order)) for who, at, order in snapshot.departed)
    floor.deadlines.restore(snapshot.deadlines, snapshot.deadline_counter)


def _restore_groups(floor: Floor, snapshot: Snapshot) -> dict[GroupKey, Group]:
    groups: dict[GroupKey, Group] = {}
    for record in snapshot.groups:
        name, personal = record.key
        group = groups[record.key] = floor.personal_group(name) if personal else floor.groups[name]
        group.chooser.turn = record.turn
        group.busy = {agent_id: floor.agents[agent_id] for agent_id in record.busy}
        _restore_idle(group, record)
        group.demands = OrderedDict()
        for each in record.demands:
            demand = group.demand(each.skills)
            demand.race = each.race
            if demand.idle is not None:
                demand.idle = Line()
                for first, second, tie, agent_id in each.idle:
                    demand.idle.add(agent_id, (first, second), tie)
    return groups


def _restore_idle(group: Group, record: GroupRecord) -> None:
    """Nobody stands in the line but those who did. Snapshots of before kept them by demand only."""
    for agent_id in group.members:
        group.idle.discard(agent_id)
    by_demand = () if group.chooser.by_demand else (entry for each in record.demands for entry in each.idle)
    for first, second, tie, agent_id in (*by_demand, *record.idle):
        group.idle.add(agent_id, (first, second), tie)
    for agent_id, member in group.members.items():
        if member.idle and agent_id not in group.idle:
            group.becomes_idle(member)


def _restore_contacts(floor: Floor, snapshot: Snapshot, groups: dict[GroupKey, Group]) -> None:
    for record in snapshot.contacts:
        queue = snapshot.queues_of_contacts[record.queue]
        state = ContactState(record.contact, queue, record.order)
        for name in _CONTACT_FIELDS:
            setattr(state, name, getattr(record, name))
        state.wants = tuple((groups[key], skills) for key, skills in record.wants)
        floor.contacts[state.contact.id] = state
        if state.in_line:
            state.demands = tuple(group.demands[skills] for group, skills in state.wants)
            for demand in state.demands:
                demand.contact_waits(state.contact.id, state.score, state.order)
            floor.queue_lines[queue.id].add(state.contact.id, state.score, state.order)
    for queue_id, waiting in snapshot.waiting.items():
        floor.waiting[queue_id] = {contact_id: floor.contacts[contact_id] for contact_id in waiting}
        tickets = sum(state.ticket is not None for state in floor.waiting[queue_id].values())
        floor.callbacks_waiting[queue_id] = tickets
