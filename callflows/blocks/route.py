"""Route: blocks that hand the caller to somebody else, or end the call."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from callflows.blocks.base import Block, BranchField, QueueName, SectionField
from callflows.expressions import Assigned
from callflows.validation import describe
from callflows.values import Duration, Name, SkillLevel, Variable


def _queue_name(value: object) -> object:
    if isinstance(value, str) and value:
        return QueueName(value)
    raise ValueError(f"expected the name of a queue, got {describe(value)}")


QueueField = Annotated[QueueName, BeforeValidator(_queue_name), WithJsonSchema({"type": "string"})]
TOO_LONG = "too_long"


class Queue(Block):
    """Wait for an agent.

    The steps below run when the queue refuses the caller; `after` when the talk is over.
    """

    verb: ClassVar[str] = "queue"
    waits: ClassVar[bool] = True
    in_waiting: ClassVar[bool] = False

    queue: QueueField = Field(description="The queue's name in the configuration.")
    skills: dict[Name, SkillLevel] = Field(default_factory=dict, description="Skill -> least level, 1 to 10.")
    priority: Annotated[int, Field(strict=True, ge=0, le=100)] = Field(
        0, description="Higher is served first."
    )
    preferred: Assigned | None = Field(
        None, description="The agent who is asked first, by name; nobody if empty or null."
    )
    preferred_for_s: Duration = Field(
        30.0, alias="preferred_for", description="How long only that agent is asked."
    )
    data: dict[Variable, Assigned] = Field(
        default_factory=dict, description="Name -> value, for the agent's screen."
    )
    while_waiting: SectionField | None = Field(
        None, description="The section that runs, again and again, while the caller waits."
    )
    longest_s: Duration | None = Field(
        None, alias="longest", description="After so long the caller leaves the queue: reason too_long."
    )
    after: BranchField | None = Field(None, description="Where to go when the agent has hung up.")
    overflow: dict[str, BranchField] = Field(
        default_factory=dict,
        description="Reason (too_long, or as the queue says it: full, closed) -> where to go.",
    )
    refused: BranchField | None = Field(None, description="Where to go for any other reason; on, by default.")

    @model_validator(mode="after")
    def _too_long_after_what(self) -> Self:
        if TOO_LONG in self.overflow and self.longest_s is None:
            raise ValueError('overflow: too_long never happens without "longest"')
        return self

    def falls_through(self) -> bool:
        """Only when refused."""
        return self.refused is None


class Standing(Block):
    """Ask how the caller stands in the queue, in the section that runs while they wait: what is said is the flow's."""

    verb: ClassVar[str] = "standing"
    needs_answer: ClassVar[bool] = False
    waits: ClassVar[bool] = True

    standing: Variable = Field(description="The variable that gets the place in line; 1 is next.")
    minutes: Variable | None = Field(
        None,
        description="The variable that gets the estimated wait in whole minutes, 0 if it is less than one; null while "
        "nothing is known.",
    )

    def writes(self) -> frozenset[str]:
        """The place, and the wait."""
        return frozenset(filter(None, (self.standing, self.minutes)))


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


class Leave(Block):
    """Leave the queue, from the section that runs while waiting, and go on elsewhere."""

    verb: ClassVar[str] = "leave"

    leave: SectionField = Field(description="The section where the caller goes on.")

    def falls_through(self) -> bool:
        """Never."""
        return False


class Busy(Block):
    """Refuse the call as busy; a caller who has been answered hears the busy tone, then the call ends."""

    verb: ClassVar[str] = "busy"
    needs_answer: ClassVar[bool] = False

    busy_s: Annotated[Duration, BeforeValidator(lambda value: "5s" if value is None else value)] = Field(
        alias="busy", description="How long the tone is heard; 5 s if nothing is written."
    )

    def falls_through(self) -> bool:
        """Never."""
        return False


RejectReason = Literal["rejected", "unavailable", "congestion"]


class Reject(Block):
    """Refuse the call before it is answered: no charge for the caller, no media."""

    verb: ClassVar[str] = "reject"
    needs_answer: ClassVar[bool] = False

    reject: Annotated[RejectReason, BeforeValidator(lambda value: "rejected" if value is None else value)] = (
        Field(description="rejected (by default), unavailable or congestion.")
    )

    def falls_through(self) -> bool:
        """Never."""
        return False
