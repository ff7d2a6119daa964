"""Why the router decided as it did: plain data that a person can read and a program can compare.

All lists are bounded (`SHOWN` entries): a decision about ten thousand agents is explained by its best
candidates, by named examples of those left out, and by counts of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

JsonData = str | int | float | bool | None | Sequence["JsonData"] | Mapping[str, "JsonData"]

SHOWN = 5
"""How many candidates, rivals and named exclusions a `Why` lists at most."""


class Trigger(StrEnum):
    """Which side of the match moved."""

    CONTACT_WAITS = "contact waits"
    AGENT_FREE = "agent free"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent or a contact that could have been chosen. The lowest score is served first."""

    id: str
    score: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An agent of the group who was left out."""

    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class Why:
    """One decision about a contact of `queue`, which asked for `skills` on this `rung` of its ladder.

    `candidates` are the agents who were free and able, the chosen one first. `rivals` are the contacts
    that the agent could have been given instead, the chosen one first. `held_back` counts the agents of
    the group by what they were doing, and those who lack a skill.
    """

    trigger: Trigger
    queue: str
    strategy: str
    group: str
    skills: tuple[tuple[str, int], ...]
    rung: int
    candidates: tuple[Candidate, ...]
    rivals: tuple[Candidate, ...]
    exclusions: tuple[Exclusion, ...]
    held_back: tuple[tuple[str, int], ...]

    def as_data(self) -> dict[str, JsonData]:
        """The same as plain values, for the journal and the API."""
        return {
            "trigger": str(self.trigger),
            "queue": self.queue,
            "strategy": self.strategy,
            "group": self.group,
            "skills": dict(self.skills),
            "rung": self.rung,
            "candidates": [{"agent": each.id, "score": list(each.score)} for each in self.candidates],
            "rivals": [{"contact": each.id, "score": list(each.score)} for each in self.rivals],
            "exclusions": [{"agent": each.agent, "reason": each.reason} for each in self.exclusions],
            "held_back": dict(self.held_back),
        }
