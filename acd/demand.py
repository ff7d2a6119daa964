"""Groups of agents, and the demands made on them: the index that lets no event scan everybody.

A Group is the agents who serve a queue. A Demand is a group together with least skill levels: all contacts
that ask the same of the same agents wait in one line. A contact that arrives looks for the first free agent who
qualifies, and an agent who becomes free at the heads of the waiting lines of its groups.

Every agent has a slot in the group, and a set of agents is an int with a bit for each: who has a skill at a level is
kept so, hence who qualifies for a combination never asked for before is a few ANDs, in a group of ten thousand as in
one of ten.

Where agents are chosen in the same order whatever is asked (most strategies), those who are free stand in one line
of the group (`acd.masked_line`), so that becoming free costs the same however many demands there are. Where the order
depends on what is asked (most skilled, random), each demand has an idle line of its own beside it.

Demands without contacts are kept for the next one, up to `KEPT_DEMANDS` a group, the least recently used going first.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Mapping
from itertools import islice

from acd.line import Entry, Line, Score
from acd.masked_line import MaskedLine
from acd.member import Member
from acd.model import AWAY, HIGHEST_LEVEL, Agent, Channel, Presence, SkillLevel, Strategy
from acd.strategies import NOTHING_ASKED, Random, chooser

SkillsKey = tuple[tuple[str, SkillLevel], ...]

KEPT_DEMANDS = 64


def skills_key(*requirements: Mapping[str, SkillLevel]) -> SkillsKey:
    """All requirements together: of a skill that is named twice the higher level holds."""
    least: dict[str, SkillLevel] = {}
    for requirement in requirements:
        for skill, level in requirement.items():
            least[skill] = max(level, least.get(skill, level))
    return tuple(sorted(least.items()))


def lacking(agent: Agent, skills: SkillsKey) -> str | None:
    """The first skill in which the agent falls short, as a reason; None when the agent qualifies."""
    if not agent.capacity.get(Channel.VOICE):
        return "takes no calls"
    for skill, level in skills:
        has = agent.skills.get(skill)
        if has is None:
            return f"lacks {skill}"
        if has < level:
            return f"{skill} {has}, needs {level}"
    return None


class Demand:
    """What contacts ask of a group: who qualifies, who of them is free, which contacts wait."""

    __slots__ = ("able", "group", "idle", "race", "skills", "waiting")

    def __init__(self, group: Group, skills: SkillsKey) -> None:
        self.group = group
        self.skills = skills
        self.able = group.who_has(skills)
        """The bits of those who qualify."""
        self.race = 0.0
        """Where the exponential race of the strategy random stands."""
        self.idle: Line | None = None
        """Who is free, where the order depends on what is asked; else the group's line says."""
        self.waiting = Line()

    @property
    def at_work(self) -> bool:
        """Whether anybody who qualifies is logged in, with a phone that can be reached."""
        return bool(self.able & self.group.present)

    def qualifies(self, agent_id: str) -> bool:
        """Of a member of the group."""
        return bool(self.able >> self.group.slots[agent_id] & 1)

    def first_idle(self) -> Entry | None:
        """The free agent who is chosen first."""
        if self.idle is not None:
            return self.idle.first()
        return next(self.group.idle.among(self.able), None)

    def top_idle(self, count: int) -> list[Entry]:
        """The first few in the order of choice."""
        if self.idle is not None:
            return self.idle.top(count)
        return list(islice(self.group.idle.among(self.able), count))

    def contact_waits(self, contact_id: str, score: Score, order: int) -> None:
        before = self.waiting.first()
        self.waiting.add(contact_id, score, order)
        self.group.head_moves(self, before, self.waiting.first())

    def contact_leaves(self, contact_id: str) -> None:
        before = self.waiting.first()
        self.waiting.discard(contact_id)
        self.group.head_moves(self, before, self.waiting.first())


Head = tuple[Entry, Demand]
"""The first of a waiting line, and the line's demand."""


class Group:
    """The agents of one queue, counted by presence, and the demands on them."""

    __slots__ = (
        "_by_skill",
        "_voice",
        "busy",
        "chooser",
        "demands",
        "heads",
        "id",
        "idle",
        "members",
        "presences",
        "present",
        "slots",
        "strategy",
    )

    def __init__(self, group_id: str, strategy: Strategy, random: Random | None) -> None:
        self.id = group_id
        self.strategy = strategy
        self.chooser = chooser(strategy, random)
        self.members: dict[str, Member] = {}
        self.slots: dict[str, int] = {}
        self._voice = 0
        # Who has a skill at exactly a level, by skill and level.
        self._by_skill: dict[str, list[int]] = {}
        self.demands: OrderedDict[SkillsKey, Demand] = OrderedDict()
        self.heads: list[Head] = []
        """The first of each line in which contacts wait, in order: all that an agent who becomes free has to look at.
        No contact waits in two lines of a group, so no two are equal."""
        self.presences: dict[Presence, int] = dict.fromkeys(Presence, 0)
        self.present = 0
        """The bits of those who are logged in, with a phone that can be reached."""
        self.idle = MaskedLine(self.slots)
        """Who is free; in the order of choice, if that is the same for all demands."""
        # Agents who are logged in and cannot be offered anything now, for the named exclusions of a Why.
        self.busy: dict[str, Member] = {}

    def join(self, state: Member) -> None:
        """Before any demand exists: agents are configuration."""
        agent, slot = state.agent, len(self.slots)
        self.members[agent.id] = state
        self.slots[agent.id] = slot
        self.presences[state.presence] += 1
        self.present |= (state.presence not in AWAY) << slot
        self._voice |= bool(agent.capacity.get(Channel.VOICE)) << slot
        for skill, level in agent.skills.items():
            self._by_skill.setdefault(skill, [0] * (HIGHEST_LEVEL + 1))[level] |= 1 << slot
        if state.idle:
            self.becomes_idle(state)

    def who_has(self, skills: SkillsKey) -> int:
        """The bits of those who qualify."""
        able = self._voice
        for skill, least in skills:
            at_least = 0
            for bits in self._by_skill.get(skill, ())[least:]:
                at_least |= bits
            able &= at_least
        return able

    def at_work(self) -> bool:
        """Whether anybody is logged in, with a phone that can be reached."""
        return bool(self.present)

    def moves(self, state: Member, presence: Presence) -> None:
        """A member's presence changes to this one: the counts."""
        self.presences[state.presence] -= 1
        self.presences[presence] += 1
        bit = 1 << self.slots[state.agent.id]
        self.present = self.present & ~bit if presence in AWAY else self.present | bit

    def recount(self) -> None:
        """All counts by presence from the members' records: after these were written from outside."""
        self.presences = dict.fromkeys(Presence, 0)
        self.present = 0
        for agent_id, slot in self.slots.items():
            presence = self.members[agent_id].presence
            self.presences[presence] += 1
            self.present |= (presence not in AWAY) << slot

    def becomes_idle(self, state: Member) -> None:
        """The member can be found by whoever comes next."""
        agent_id, score = state.agent.id, self.chooser.score
        if not self.chooser.by_demand:
            self.idle.add(agent_id, score(state, NOTHING_ASKED), state.index)
            return
        self.idle.add(agent_id, (state.idle_since, 0.0), state.index)
        for demand in self.demands.values():
            if demand.idle is not None and demand.qualifies(agent_id):
                demand.idle.add(agent_id, score(state, demand), state.index)

    def no_longer_idle(self, agent_id: str) -> None:
        self.idle.discard(agent_id)
        if self.chooser.by_demand:
            for demand in self.demands.values():
                if demand.idle is not None:
                    demand.idle.discard(agent_id)

    def head_moves(self, demand: Demand, before: Entry | None, after: Entry | None) -> None:
        """The line of a demand has another first, or none."""
        if before is after:
            return
        if before is not None:
            del self.heads[bisect_left(self.heads, (before,))]
        if after is not None:
            insort(self.heads, (after, demand))

    def demand(self, skills: SkillsKey) -> Demand:
        demand = self.demands.get(skills)
        if demand is None:
            self._drop_unused()
            demand = self.demands[skills] = Demand(self, skills)
            if self.chooser.by_demand:
                demand.idle = self._idle_line(demand)
        else:
            self.demands.move_to_end(skills)
        return demand

    def _idle_line(self, demand: Demand) -> Line:
        line = Line()
        for entry in self.idle.among(demand.able):
            state = self.members[entry[3]]
            line.add(state.agent.id, self.chooser.score(state, demand), state.index)
        return line

    def _drop_unused(self) -> None:
        if len(self.demands) < KEPT_DEMANDS:
            return
        for skills, demand in self.demands.items():
            if not demand.waiting:
                del self.demands[skills]
                return
