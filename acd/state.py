"""What changes while the router runs: plain records, one for each agent, contact and offer.

Only `acd.floor` and `acd.desk` write to them, so that the indexes always agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from acd.demand import Demand, Group, SkillsKey
from acd.estimate import Estimate
from acd.line import Score
from acd.load import FORGETTING_S, Load
from acd.model import Agent, AgentOffer, Assignment, Contact, Presence, Queue
from acd.statistics import AgentStatistics

Want = tuple[Group, SkillsKey]


@dataclass(slots=True)
class AgentState:
    """`idle_since` is when the agent last became free; being rung in vain does not change it.

    `ready` says that the agent may be offered something: available and not backing off; `idle` that they
    stand in the idle lines, which a ready agent does at the end of every event. `leaving` and
    `pausing` are log-out and pause asked for during a talk; `reachable` says that their phone is registered, whatever
    the presence. `missed_in_a_row` counts offers not taken.
    """

    agent: Agent
    index: int
    groups: tuple[Group, ...]
    presence: Presence
    since: float
    idle_since: float
    reason: str | None = None
    reachable: bool = True
    ready: bool = False
    idle: bool = False
    offer: str | None = None
    contact: str | None = None
    wrap_up_s: float = 0.0
    leaving: bool = False
    leaving_reason: str | None = None
    pausing: str | None = None
    missed_in_a_row: int = 0
    load: Load = field(default_factory=lambda: Load(0.0, FORGETTING_S))
    statistics: AgentStatistics = field(default_factory=AgentStatistics)


@dataclass(slots=True)
class ContactState:
    """A contact that waits (`assignment` None) or talks. `order` is its arrival number, for life; `rung`
    where it stands on its queue's ladder (`acd.ladder`).

    `wants` is what it asks of whom, in order of preference; `demands` are the lines in which that puts it
    (or last put it), where it stands while `in_line`. `connecting` and `verifying` are the ids of
    the effects whose results would concern it. `expired` says that its longest wait passed while a phone
    was ringing for it, `overdue` that an overflow rule did.

    `been` are the queues it may not overflow to. `lined_at` is when it last joined the line anew, `taken` whether its
    last leaving counted as service, `estimate` what it could have been told on arrival, until it has been
    held against the truth. `ticket` is set as long as nobody is on the line: a callback that waits or is being
    made; `callback` says for life that it began as one.
    """

    contact: Contact
    queue: Queue
    order: int
    rung: int = 0
    score: Score = (0.0, 0.0)
    wants: tuple[Want, ...] = ()
    demands: tuple[Demand, ...] = ()
    in_line: bool = False
    offers: list[str] = field(default_factory=list)
    assignment: Assignment | None = None
    connecting: str | None = None
    verifying: str | None = None
    expired: bool = False
    ticket: str | None = None
    callback: bool = False
    been: frozenset[str] = frozenset()
    overdue: bool = False
    lined_at: float = 0.0
    taken: bool = False
    estimate: Estimate | None = None

    @property
    def width(self) -> int:
        """How many agents may be rung for it at once."""
        return 1 if self.ticket is not None else self.queue.ring_width


class OfferEnd(StrEnum):
    """How an offer ended, remembered for a while so that late answers are understood."""

    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    RANG_OUT = "rang out"


@dataclass(slots=True)
class OfferState:
    """`effect_id` is the OfferAgent (or, while the agent is `reserved`, the PlaceCallback) whose failure would end it.

    `end` is None while it lives.
    """

    offer: AgentOffer
    effect_id: str
    reserved: bool = False
    end: OfferEnd | None = None
