"""In which order the free agents of a group are chosen: one small class a strategy.

A strategy gives an agent who becomes free a score; the lowest is chosen first. All scores are such that the
order of two idle agents never changes while both are idle, so that they can stand in a sorted line:

    longest idle     the time since which they are free
    most skilled     the sum of their levels in the skills asked for; equals by longest idle
    least occupied   the share of recent time spent on contacts, older time counting less and less: with
                     exponential forgetting all idle agents' shares shrink by the same factor, so their order
                     stays. The score is ln(share) + time / FORGETTING_S
    round robin      the next in the order of configuration after the one chosen last: (round, index)
    random           an exponential race: a score of -ln(u) / weight beyond that of the last winner. The race has
                     no memory, so everybody free wins with a chance in proportion to their weight
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from acd.line import Score
from acd.load import FORGETTING_S
from acd.member import Member
from acd.model import SkillLevel, Strategy

Random = Callable[[], float]
"""Uniform in [0, 1), from outside: the router has no source of chance of its own."""


class Asked(Protocol):
    """What is asked of a group (`acd.demand.Demand`). `race` is where the exponential race stands."""

    skills: tuple[tuple[str, SkillLevel], ...]
    race: float


@dataclass(slots=True)
class NothingAsked:
    """What is asked where the order does not depend on it."""

    skills: tuple[tuple[str, SkillLevel], ...] = ()
    race: float = 0.0


NOTHING_ASKED = NothingAsked()


class Chooser(Protocol):
    """One group's strategy at work. `turn` is all that it remembers; `by_demand` says that its scores depend on what
    is asked."""

    turn: Score
    by_demand: bool

    def score(self, agent: Member, demand: Asked) -> Score:
        """Of an agent who stands ready now; the lowest is chosen first."""

    def chosen(self, demand: Asked, score: Score) -> None:
        """The agent with this score was picked from the demand's idle line."""


class LongestIdle:
    turn: Score = (0.0, 0.0)
    by_demand = False

    def score(self, agent: Member, demand: Asked) -> Score:
        del demand
        return (agent.idle_since, 0.0)

    def chosen(self, demand: Asked, score: Score) -> None:
        pass


class MostSkilled(LongestIdle):
    by_demand = True

    def score(self, agent: Member, demand: Asked) -> Score:
        return (-float(sum(agent.agent.skills[skill] for skill, _ in demand.skills)), agent.idle_since)


class LeastOccupied(LongestIdle):
    def score(self, agent: Member, demand: Asked) -> Score:
        del demand
        load = agent.load
        share = load.share
        return (math.log(share) + load.at / FORGETTING_S if share else -math.inf, agent.idle_since)


class RoundRobin:
    by_demand = False

    def __init__(self) -> None:
        self.turn: Score = (0.0, -1.0)

    def score(self, agent: Member, demand: Asked) -> Score:
        del demand
        turn, last_index = self.turn
        return (turn if agent.index > last_index else turn + 1.0, float(agent.index))

    def chosen(self, demand: Asked, score: Score) -> None:
        del demand
        self.turn = max(self.turn, score)


class RandomByWeight:
    turn: Score = (0.0, 0.0)
    by_demand = True

    def __init__(self, random: Random) -> None:
        self._random = random

    def score(self, agent: Member, demand: Asked) -> Score:
        return (demand.race - math.log(1.0 - self._random()) / agent.agent.weight, 0.0)

    def chosen(self, demand: Asked, score: Score) -> None:
        demand.race = score[0]


def chooser(strategy: Strategy, random: Random | None) -> Chooser:
    """A fresh one for a group. ValueError: chance is asked for and no source of it was given."""
    match strategy:
        case Strategy.LONGEST_IDLE:
            return LongestIdle()
        case Strategy.MOST_SKILLED:
            return MostSkilled()
        case Strategy.LEAST_OCCUPIED:
            return LeastOccupied()
        case Strategy.ROUND_ROBIN:
            return RoundRobin()
        case Strategy.RANDOM:
            if random is None:
                raise ValueError("strategy random: the router was given no source of chance")
            return RandomByWeight(random)
