"""What a snapshot of the router is made of (`acd.snapshot` writes and reads it): plain records, and the version."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from acd.deadlines import Name
from acd.demand import SkillsKey
from acd.estimate import Estimate, ServiceProcess
from acd.line import Entry, Score
from acd.load import LoadState
from acd.model import Agent, Assignment, Contact, Presence, Queue, RouterPolicy
from acd.statistics import AgentStatistics, QueueStatistics

VERSION = 2

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
    """What is in `ContactState`; the queue by its number in `Head.queues_of_contacts`, groups by key."""

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
    idle: list[Entry]


@dataclass(frozen=True, slots=True)
class Head:
    """The first part: what there is one of. `deadline_counter` breaks ties between deadlines still to be set."""

    version: int
    policy: RouterPolicy
    began_at: float
    now: float
    ignored: int
    arrivals: int
    queues: list[Queue]
    queues_of_contacts: list[Queue]
    statistics: dict[str, QueueStatistics]
    processes: dict[str, ServiceProcess]
    closed: dict[str, str]
    deadline_counter: int


class Kind(StrEnum):
    """What the other parts hold records of, in the order in which they are written and read."""

    AGENT = "agent"
    GROUP = "group"
    CONTACT = "contact"
    WAITING = "waiting"
    OFFER = "offer"
    PAST_OFFER = "past offer"
    TICKET = "ticket"
    AWAITED = "awaited"
    DROPPED = "dropped"
    DEPARTED = "departed"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class Part:
    """Some records of a kind, each encoded."""

    kind: Kind
    records: list[msgspec.Raw]


Waiting = tuple[str, list[str]]
"""A queue, and its contacts without an agent, in their order."""

Awaited = tuple[str, str]
"""An effect whose result is awaited, and the contact that it is of."""

Dropped = tuple[str, str, float, int, float]
"""Caller, queue, time of arrival, order, and until when the place is kept."""

Departed = tuple[str, float, int]
"""Contact, time of arrival, order."""

Deadline = tuple[float, int, Name]
"""When, the order in which it was set, what."""
