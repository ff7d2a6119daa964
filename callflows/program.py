"""A flow that is ready to run: a flat program, sections of steps.

Steps in place (under `then`, under a key) are flattened into their section, so that a place in a flow is
always (section, index): that is all a run must write down.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path

from callflows.blocks.base import Block
from callflows.calendars import Calendar
from callflows.problems import Problem


@dataclass(frozen=True, slots=True)
class Goal:
    """A place in a flow."""

    section: str
    index: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its block, where it stands in the file (line, column), and where a run may go from it.

    `next` is the index in the same section that follows when the step is done, None at the section's end.
    `exits` are the branches by name, the name being their path in the step: `then`, `keys: 1`.
    """

    verb: str
    position: tuple[int, int]
    block: Block
    next: int | None
    exits: Mapping[str, Goal]


@dataclass(frozen=True, slots=True)
class Flow:
    """A checked flow; `version` is a hash of what the file says, 12 hexadecimal digits."""

    name: str
    start: str
    sections: Mapping[str, tuple[Step, ...]]
    version: str
    path: Path
    language: str = "en-gb"
    warnings: tuple[Problem, ...] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    hears_secrets: bool = False
    """Whether any of its steps does: callers may type a secret too early or too late, at another step."""

    def step(self, goal: Goal) -> Step:
        """The step at a place."""
        return self.sections[goal.section][goal.index]


@dataclass(frozen=True, slots=True)
class Known:
    """What the rest of the configuration has, for names that a flow uses."""

    queues: Set[str] = field(default_factory=frozenset)
    skills: Set[str] = field(default_factory=frozenset)
    flows: Set[str] | None = None
    """Names of all flows; None if they are not known yet."""
    agents: Set[str] | None = None
    trunks: Set[str] | None = None
    """None: nobody knows, and names are not checked."""
