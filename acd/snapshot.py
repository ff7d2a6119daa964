"""The whole router as data, and back: configuration, agents, contacts, offers, tickets, lines, deadlines, statistics.

    dump    one part after the other: a Head, then Parts of some records each       `dump_in_steps`
    load    each part as it comes, in the same order                                `load_in_steps`

A restored router answers every event as the dumped one would have. Times stay monotonic seconds: a snapshot is
for the same machine without a reboot, a standby or a replay; after a reboot calls are gone and the tickets
(`acd.ticket`) are what is left. Configuration comes back as it was; changes to it are a plan (`acd.plan`).

Lines of idle agents are kept entry by entry, because a place in them can depend on when it was taken (round
robin, chance); lines of contacts follow from the contacts.

A large floor takes tenths of a second either way. Whoever has other things to do meanwhile takes it in steps of about a
millisecond; the floor must not change until a dump is done.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any

import msgspec

from acd.demand import Group
from acd.floor import Calendar, Evaluate, Floor
from acd.line import Line
from acd.model import Queue
from acd.snapshot_records import (
    VERSION,
    AgentRecord,
    Awaited,
    ContactRecord,
    Deadline,
    DemandRecord,
    Departed,
    Dropped,
    GroupKey,
    GroupRecord,
    Head,
    Kind,
    Part,
    Waiting,
)
from acd.state import AgentState, ContactState, OfferState
from acd.strategies import Random
from acd.ticket import Ticket

AT_A_TIME = {Kind.GROUP: 2, Kind.AWAITED: 1000, Kind.DROPPED: 1000, Kind.DEPARTED: 1000, Kind.DEADLINE: 500}
"""Records of a part, of these kinds."""

A_PART = 50
"""And of any other."""

_encode = msgspec.msgpack.Encoder().encode


def dump(floor: Floor) -> bytes:
    """All parts as one; between events only."""
    return _encode(list(dump_in_steps(floor)))


def load(
    data: bytes,
    new_id: Callable[[], str],
    random: Random | None = None,
    evaluate: Evaluate | None = None,
    calendar: Calendar | None = None,
) -> Floor:
    """ValueError (msgspec.ValidationError): not a snapshot, or of another version."""
    parts = msgspec.msgpack.decode(data, type=list[bytes])
    return load_at_once(parts, new_id, random, evaluate, calendar)


def load_at_once(
    parts: Iterable[bytes],
    new_id: Callable[[], str],
    random: Random | None = None,
    evaluate: Evaluate | None = None,
    calendar: Calendar | None = None,
) -> Floor:
    """From what `dump_in_steps` gave. ValueError: it is not that, or of another version."""
    *_, floor = load_in_steps(parts, new_id, random, evaluate, calendar)
    if floor is None:
        raise ValueError("a snapshot without an end")
    return floor


def dump_in_steps(floor: Floor) -> Iterator[bytes]:
    """One part after the other."""
    queues: dict[int, tuple[int, Queue]] = {}
    for state in floor.contacts.values():
        queues.setdefault(id(state.queue), (len(queues), state.queue))
    entries, counter = floor.deadlines.entries()
    head = Head(
        version=VERSION,
        policy=floor.policy,
        began_at=floor.began_at,
        now=floor.now,
        ignored=floor.ignored,
        arrivals=floor.arrivals,
        queues=list(floor.queues.values()),
        queues_of_contacts=[queue for _, queue in queues.values()],
        statistics=floor.statistics,
        processes=floor.processes,
        closed=floor.closed,
        deadline_counter=counter,
    )
    yield _encode(head)
    keys: dict[int, GroupKey] = {id(group): (name, False) for name, group in floor.groups.items()}
    keys |= {id(group): (name, True) for name, group in floor.personal.items()}
    for kind, records in _records(floor, keys, queues, entries):
        size, encoded = AT_A_TIME.get(kind, A_PART), []
        for record in records:
            encoded.append(msgspec.Raw(_encode(record)))
            if len(encoded) >= size:
                yield _encode(Part(kind, encoded))
                encoded = []
        if encoded:
            yield _encode(Part(kind, encoded))


def _records(
    floor: Floor, keys: dict[int, GroupKey], queues: dict[int, tuple[int, Queue]], entries: list[Deadline]
) -> Iterator[tuple[Kind, Iterable[object]]]:
    groups = (*floor.groups.values(), *floor.personal.values())
    contacts = floor.contacts.values()
    yield Kind.AGENT, (_agent_record(state) for state in floor.agents.values())
    yield Kind.GROUP, (_group_record(group, keys) for group in groups)
    yield Kind.CONTACT, (_contact_record(state, queues[id(state.queue)][0], keys) for state in contacts)
    yield Kind.WAITING, ((queue_id, list(waiting)) for queue_id, waiting in floor.waiting.items())
    yield Kind.OFFER, floor.offers.values()
    yield Kind.PAST_OFFER, floor.past_offers.values()
    yield Kind.TICKET, floor.tickets.values()
    yield Kind.AWAITED, floor.contact_of_effect.items()
    yield Kind.DROPPED, ((*who, *place) for who, place in floor.dropped.items())
    yield Kind.DEPARTED, ((who, *place) for who, place in floor.departed.items())
    yield Kind.DEADLINE, entries


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


# And back


@dataclass(slots=True)
class _Loading:
    """What has come back so far."""

    floor: Floor
    head: Head
    queues_of_contacts: list[Queue]
    groups: dict[GroupKey, Group] = field(default_factory=dict)


def load_in_steps(
    parts: Iterable[bytes],
    new_id: Callable[[], str],
    random: Random | None = None,
    evaluate: Evaluate | None = None,
    calendar: Calendar | None = None,
) -> Iterator[Floor | None]:
    """None after each part, and the floor at the end. ValueError: as for `load_at_once`."""
    loading: _Loading | None = None
    for part in parts:
        if loading is None:
            loading = _begin(part, new_id, random, evaluate, calendar)
        else:
            _restore(loading, msgspec.msgpack.decode(part, type=Part))
        yield None
    if loading is not None:
        yield loading.floor


def _begin(
    part: bytes,
    new_id: Callable[[], str],
    random: Random | None,
    evaluate: Evaluate | None,
    calendar: Calendar | None,
) -> _Loading:
    head = msgspec.msgpack.decode(part, type=Head)
    if head.version != VERSION:
        raise ValueError(f"a snapshot of version {head.version}, expected {VERSION}")
    floor = Floor(head.queues, (), new_id, head.policy, head.began_at, random, evaluate, calendar)
    floor.now, floor.ignored, floor.arrivals = head.now, head.ignored, head.arrivals
    floor.deadlines.restore((), head.deadline_counter)
    floor.statistics, floor.processes, floor.closed = head.statistics, head.processes, head.closed
    # Most contacts stand under the rules that are in force: those shall be the very same object again.
    in_force = floor.queues
    rules = [in_force[each.id] if in_force.get(each.id) == each else each for each in head.queues_of_contacts]
    return _Loading(floor, head, rules)


def _restore(loading: _Loading, part: Part) -> None:
    kind, restore = _RESTORE[part.kind]
    decode = msgspec.msgpack.Decoder(kind).decode
    for raw in part.records:
        restore(loading, decode(raw))


def _agent(loading: _Loading, record: AgentRecord) -> None:
    loading.floor.add_agent(record.agent)
    state = loading.floor.agents[record.agent.id]
    for name in _AGENT_FIELDS:
        setattr(state, name, getattr(record, name))
    state.load.restore(record.load)


def _group(loading: _Loading, record: GroupRecord) -> None:
    floor, (name, personal) = loading.floor, record.key
    group = loading.groups[record.key] = floor.personal_group(name) if personal else floor.groups[name]
    group.recount()
    group.chooser.turn = record.turn
    group.busy = {agent_id: floor.agents[agent_id] for agent_id in record.busy}
    for agent_id in group.members:
        group.idle.discard(agent_id)
    for first, second, tie, agent_id in record.idle:
        group.idle.add(agent_id, (first, second), tie)
    group.demands = OrderedDict()
    for each in record.demands:
        demand = group.demand(each.skills)
        demand.race = each.race
        if demand.idle is not None:
            demand.idle = Line()
            for first, second, tie, agent_id in each.idle:
                demand.idle.add(agent_id, (first, second), tie)


def _contact(loading: _Loading, record: ContactRecord) -> None:
    floor, queue = loading.floor, loading.queues_of_contacts[record.queue]
    state = ContactState(record.contact, queue, record.order)
    for name in _CONTACT_FIELDS:
        setattr(state, name, getattr(record, name))
    state.wants = tuple((loading.groups[key], skills) for key, skills in record.wants)
    floor.contacts[state.contact.id] = state
    if state.in_line:
        state.demands = tuple(group.demands[skills] for group, skills in state.wants)
        for demand in state.demands:
            demand.contact_waits(state.contact.id, state.score, state.order)
        floor.queue_lines[queue.id].add(state.contact.id, state.score, state.order)


def _waiting(loading: _Loading, record: Waiting) -> None:
    floor, (queue_id, waiting) = loading.floor, record
    floor.waiting[queue_id] = {contact_id: floor.contacts[contact_id] for contact_id in waiting}
    tickets = sum(state.ticket is not None for state in floor.waiting[queue_id].values())
    floor.callbacks_waiting[queue_id] = tickets


def _offer(loading: _Loading, state: OfferState) -> None:
    loading.floor.offers[state.offer.id] = state
    loading.floor.offer_of_effect[state.effect_id] = state.offer.id


def _past_offer(loading: _Loading, state: OfferState) -> None:
    loading.floor.past_offers[state.offer.id] = state


def _ticket(loading: _Loading, ticket: Ticket) -> None:
    loading.floor.tickets[ticket.id] = ticket
    loading.floor.ticket_of[ticket.number, ticket.queue] = ticket.id


def _awaited(loading: _Loading, record: Awaited) -> None:
    effect_id, contact = record
    loading.floor.contact_of_effect[effect_id] = contact


def _dropped(loading: _Loading, record: Dropped) -> None:
    caller, queue, arrived_at, order, until = record
    loading.floor.dropped[caller, queue] = (arrived_at, order, until)


def _departed(loading: _Loading, record: Departed) -> None:
    contact, arrived_at, order = record
    loading.floor.departed[contact] = (arrived_at, order)


def _deadline(loading: _Loading, record: Deadline) -> None:
    loading.floor.deadlines.restore((record,), loading.head.deadline_counter)


_RESTORE: dict[Kind, tuple[object, Callable[[_Loading, Any], None]]] = {
    Kind.AGENT: (AgentRecord, _agent),
    Kind.GROUP: (GroupRecord, _group),
    Kind.CONTACT: (ContactRecord, _contact),
    Kind.WAITING: (Waiting, _waiting),
    Kind.OFFER: (OfferState, _offer),
    Kind.PAST_OFFER: (OfferState, _past_offer),
    Kind.TICKET: (Ticket, _ticket),
    Kind.AWAITED: (Awaited, _awaited),
    Kind.DROPPED: (Dropped, _dropped),
    Kind.DEPARTED: (Departed, _departed),
    Kind.DEADLINE: (Deadline, _deadline),
}
