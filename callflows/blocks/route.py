"""Route: blocks that hand the caller to somebody else, or end the call."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from callflows.blocks.base import Block, BranchField, QueueName
from callflows.validation import describe
from callflows.values import Name, SkillLevel


def _queue_name(value: object) -> object:
    if isinstance(value, str) and value:
        return QueueName(value)
    raise ValueError(f"expected the name of a queue, got {describe(value)}")


class Queue(Block):
    """Wait for an agent.

    The steps below run when the queue refuses the caller; `after` when the talk is over.
    """

    verb: ClassVar[str] = "queue"
    waits: ClassVar[bool] = True

    queue: Annotated[QueueName, BeforeValidator(_queue_name), WithJsonSchema({"type": "string"})] = Field(
        description="The queue's name in the configuration."
    )
    skills: dict[Name, SkillLevel] = Field(default_factory=dict, description="Skill -> least level, 1 to 10.")
    priority: Annotated[int, Field(strict=True, ge=0, le=100)] = Field(
        0, description="Higher is served first."
    )
    after: BranchField | None = Field(None, description="Where to go when the agent has hung up.")
    refused: BranchField | None = Field(
        None, description="Where to go when the queue refuses; on, by default."
    )

    def falls_through(self) -> bool:
        """Only when refused."""
        return self.refused is None


Cause = Literal["normal", "busy", "congestion", "rejected", "unavailable"]


class Hangup(Block):
    """End the call. An unanswered one is refused with the cause."""

    verb: ClassVar[str] = "hangup"
    needs_answer: ClassVar[bool] = False

    hangup: Annotated[Cause, BeforeValidator(lambda value: "normal" if value is None else value)] = Field(
        description="normal, busy, congestion, rejected or unavailable."
    )

    def falls_through(self) -> bool:
        """Never."""
        return False
