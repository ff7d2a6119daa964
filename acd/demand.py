"""Groups of agents, and the demands made on them: the index that lets no event scan everybody.

A Group is the agents who serve a queue. A Demand is a group together with least skill levels: all contacts
that ask the same of the same agents wait in one line, and the agents who can serve them and are free
stand in another. So a contact that arrives looks at the head of one idle line, and an agent who becomes
free at the heads of the waiting lines of its groups.

The first contact with a combination of skills never seen in its group makes a new Demand, which looks
through the group's agents once. Demands without contacts are kept for the next one, up to
`KEPT_DEMANDS` a group, the least recently used going first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from acd.line import Line, Score
from acd.member import Member
from acd.model import AWAY, Agent, Channel, Presence, SkillLevel, Strategy
from acd.strategies import Random, chooser

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

    __slots__ = ("at_work", "group", "idle", "members", "race", "skills", "waiting")

    def __init__(self, group: Group, skills: SkillsKey, members: Iterable[Member]) -> None:
        self.group = group
        self.skills = skills
        self.members: dict[str, Member] = {}
        self.at_work = 0
        """How many of those who qualify are logged in, with a phone that can be reached."""
        self.race = 0.0
        """Where the exponential race of the strategy random stands."""
        self.idle = Line()
        self.waiting = Line()
        self.adopt(members)
        for state in self.members.values():
            if state.idle:
                self.agent_ready(state)

    def adopt(self, members: Iterable[Member]) -> None:
        """Those of the group's members who qualify."""
        self.members = {each.agent.id: each for each in members if lacking(each.agent, self.skills) is None}
        self.at_work = sum(state.presence not in AWAY for state in self.members.values())

    def contact_waits(self, contact_id: str, score: Score, order: int) -> None:
        self.waiting.add(contact_id, score, order)
        self.group.waited_in[self.skills] = self

    def contact_leaves(self, contact_id: str) -> None:
        self.waiting.discard(contact_id)
        if not self.waiting:
            self.group.waited_in.pop(self.skills, None)

    def agent_ready(self, state: Member) -> None:
        self.idle.add(state.agent.id, self.group.chooser.score(state, self), state.index)


class Group:
    """The agents of one queue, counted by presence, and the demands on them."""

    __slots__ = ("busy", "chooser", "demands", "id", "members", "presences", "strategy", "waited_in")

    def __init__(self, group_id: str, strategy: Strategy, random: Random | None) -> None:
        self.id = group_id
        self.strategy = strategy
        self.chooser = chooser(strategy, random)
        self.members: dict[str, Member] = {}
        self.demands: OrderedDict[SkillsKey, Demand] = OrderedDict()
        self.waited_in: dict[SkillsKey, Demand] = {}
        """The demands in which contacts wait: all that an agent who becomes free has to look at."""
        self.presences: dict[Presence, int] = dict.fromkeys(Presence, 0)
        # Agents who are logged in and cannot be offered anything now, for the named exclusions of a Why.
        self.busy: dict[str, Member] = {}

    def join(self, state: Member) -> None:
        """Before any demand exists: agents are configuration."""
        self.members[state.agent.id] = state
        self.presences[state.presence] += 1

    def at_work(self) -> int:
        """How many are logged in, with a phone that can be reached."""
        return sum(count for presence, count in self.presences.items() if presence not in AWAY)

    def demand(self, skills: SkillsKey) -> Demand:
        demand = self.demands.get(skills)
        if demand is None:
            self._drop_unused()
            demand = self.demands[skills] = Demand(self, skills, self.members.values())
        else:
            self.demands.move_to_end(skills)
        return demand

    def _drop_unused(self) -> None:
        if len(self.demands) < KEPT_DEMANDS:
            return
        for skills, demand in self.demands.items():
            if not demand.waiting:
                del self.demands[skills]
                return
