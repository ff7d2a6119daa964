"""An agent as groups, demands and strategies see them: who they are, and whether and since when they are free.

`acd.state.AgentState` is one; it knows its groups, so its groups must not know it.
"""

from __future__ import annotations

from typing import Protocol

from acd.load import Load
from acd.model import Agent, Presence


class Member(Protocol):
    """The part of an agent's record that is asked for here; each field is defined in `acd.state`."""

    agent: Agent
    index: int
    presence: Presence
    reason: str | None
    ready: bool
    idle: bool
    idle_since: float
    load: Load
