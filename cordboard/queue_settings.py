"""`queues:` in `cordboard.yaml`: who is waited for, how the waiting asks for less, and where it ends."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from acd.model import Strategy
from acd.queue_rules import OverflowFacts
from callflows.calendars import Calendar
from callflows.expressions import Expression
from callflows.values import Duration
from cordboard.setting import Settings
from cordboard.waiting_settings import AnnouncementSettings, QueueCallbackSettings

SkillLevels = dict[str, Annotated[int, Field(ge=1, le=10)]]

FACTS = tuple(field.name for field in fields(OverflowFacts))
"""What an overflow expression may ask about."""


def _about_known_facts(expression: Expression) -> Expression:
    unknown = sorted(expression.names - set(FACTS))
    if unknown:
        raise ValueError(f'"{unknown[0]}" is not known here; known: {", ".join(FACTS)}')
    return expression


class RungSettings(Settings):
    """One rung of a queue's ladder; it adds to those before it."""

    after: Duration = Field(description="So long after the caller began to wait.")
    levels: dict[str, Annotated[int, Field(ge=0, le=10)]] = Field(
        default_factory=dict, description="New least levels, where lower than before; 0 drops the skill."
    )
    join: tuple[str, ...] = Field((), description="Queues whose agents may serve the caller too.")
    priority: int = Field(0, description="Added to the caller's priority.")


class OverflowSettings(Settings):
    """One rule: exactly one condition, and exactly one place to go. The first rule that applies is followed."""

    name: str | None = Field(None, description="For `cordboard why`; its condition, if not given.")
    waited: Duration | None = Field(None, description="Condition: the caller has waited so long.")
    estimated_wait: Duration | None = Field(
        None, description="Condition, on arrival: the estimated wait is so long, and nobody is free."
    )
    size: int | None = Field(None, ge=0, description="Condition, on arrival: so many wait already.")
    no_agents: bool = Field(False, description="Condition: nobody of the queue is logged in and reachable.")
    closed: bool = Field(False, description="Condition, on arrival: the queue is closed.")
    expression: Annotated[Expression, AfterValidator(_about_known_facts)] | None = Field(
        None, description=f"Condition over {', '.join(f'`{fact}`' for fact in FACTS)}."
    )
    queue: str | None = Field(None, description="Where to: another queue, keeping the time waited.")
    branch: str | None = Field(
        None, description="Where to: back to the flow, into this branch of `overflow` of its `queue` step."
    )

    @model_validator(mode="after")
    def _is_one_rule(self) -> Self:
        if len(self.conditions()) != 1:
            raise ValueError(
                "expected one condition: waited, estimated_wait, size, no_agents, closed or expression"
            )
        if (self.queue is None) == (self.branch is None):
            raise ValueError("expected one place to go: queue or branch")
        return self

    def conditions(self) -> list[str]:
        """Those that are given."""
        given = {
            "waited": self.waited is not None,
            "estimated wait": self.estimated_wait is not None,
            "size": self.size is not None,
            "no agents": self.no_agents,
            "closed": self.closed,
            "expression": self.expression is not None,
        }
        return [name for name, is_given in given.items() if is_given]


class QueueSettings(Settings):
    """A line of waiting callers, and whom they may be given to."""

    name: str | None = Field(None, description="What people call it; the key, if not given.")
    skills: SkillLevels = Field(
        default_factory=dict, description="Skills an agent needs, with the least level."
    )
    strategy: Strategy = Field(
        Strategy.LONGEST_IDLE,
        description=f"Which free agent is first: {', '.join(f'`{each}`' for each in Strategy)}.",
    )
    ring_width: int = Field(1, ge=1, le=50, description="So many agents ring at once; the first one wins.")
    ring_timeout: Duration = Field(15.0, gt=0, description="How long one agent's phone rings.")
    back_off: Duration = Field(5.0, gt=0, description="Peace for an agent who refused or did not answer.")
    wrap_up: Duration = Field(10.0, description="Time after a talk before the agent gets the next.")
    service_level: Duration = Field(20.0, description="A caller answered within this was served in time.")
    max_size: int | None = Field(None, ge=1, description="More callers than this are refused.")
    max_wait: Duration = Field(7200.0, gt=0, description="Who has waited so long is given back to the flow.")
    regain: Duration = Field(0.0, description="Who drops and rings again within this has the old place.")
    ladder: tuple[RungSettings, ...] = Field(
        (), description="How waiting asks for less; see [ladder](#queues-ladder)."
    )
    overflow: tuple[OverflowSettings, ...] = Field(
        (), description="When callers go elsewhere; see [overflow](#queues-overflow)."
    )
    hours: Calendar | None = Field(
        None,
        description="Opening hours, written as a [calendar](flows/blocks/hours.md) of a flow; always, if none.",
    )
    announcements: AnnouncementSettings | None = Field(
        None, description="What is said over the music; see [announcements](#queues-announcements)."
    )
    callbacks: QueueCallbackSettings = Field(
        default_factory=QueueCallbackSettings,
        description="How callers are rung back; see [callbacks](#queues-callbacks).",
    )
    music: Path | None = Field(
        None, description="An audio file to hear while waiting; built-in music otherwise."
    )
    record: bool = Field(True, description="Whether talks are recorded.")

    @model_validator(mode="after")
    def _climbs_upwards(self) -> Self:
        times = [rung.after for rung in self.ladder]
        if times != sorted(times):
            raise ValueError("ladder: its rungs must come in the order of after")
        return self
