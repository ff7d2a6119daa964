"""Connect: blocks that bring the caller together with somebody who is not in a queue: transfer and dial."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from callflows.blocks.base import Block, BranchField, Options
from callflows.blocks.spoken import Spoken
from callflows.expressions import Template
from callflows.values import Duration, Name


class Target(Options):
    """Whom to call: a number (by a trunk of its own, if one is named), an agent, or a trunk alone."""

    number: Template | None = Field(None, description="A number, in quotes.")
    agent: Template | None = Field(None, description="An agent's name.")
    trunk: Name | None = Field(None, description="A trunk's name; alone, it gets the number dialled.")

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.agent is not None and (self.number is not None or self.trunk is not None):
            raise ValueError("expected an agent, or a number and perhaps its trunk, got both")
        if self.agent is None and self.number is None and self.trunk is None:
            raise ValueError("expected one of number, agent, trunk, got none")
        return self


def _target(value: object) -> object:
    return {"number": value} if isinstance(value, str) else value


TargetField = Annotated[
    Target,
    BeforeValidator(_target),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "minProperties": 1,
                    "properties": {
                        "number": {"type": "string"},
                        "agent": {"type": "string"},
                        "trunk": {"type": "string"},
                    },
                },
            ]
        }
    ),
]


class Connecting(Block):
    """What transfer and dial have in common: whom to call, how long, and what to do if nobody comes."""

    waits: ClassVar[bool] = True
    in_waiting: ClassVar[bool] = False

    announce: Spoken | None = Field(None, description="Said to the caller before.")
    language: str | None = Field(None, description="Language of the voice; the flow's by default.")
    timeout_s: Duration = Field(30.0, alias="timeout", description="How long it rings at most.")
    hear: Literal["ringing", "music", "nothing"] = Field(
        "ringing", description="What the caller hears meanwhile: ringing, music or nothing."
    )
    busy: BranchField | None = Field(None, description="Where to go when they are busy.")
    no_answer: BranchField | None = Field(None, description="Where to go when nobody answers in time.")
    failed: BranchField | None = Field(
        None, description="Where to go when it fails in another way, or has no branch; on, by default."
    )

    def falls_through(self) -> bool:
        """Only when it fails and that leads nowhere else."""
        return self.failed is None


class Transfer(Connecting):
    """Hand the caller over to somebody else; the call is over here.

    The steps below run when it fails.
    """

    verb: ClassVar[str] = "transfer"

    transfer: TargetField = Field(description="A number, or a mapping: number (and trunk), agent, or trunk.")
    how: Literal["blind", "attended"] = Field(
        "blind", description="blind: at once; attended: the caller is kept until somebody has answered."
    )


class Dial(Connecting):
    """Call somebody and connect the caller; the flow goes on by `after` when the talk is over.

    The steps below run when nobody was reached.
    """

    verb: ClassVar[str] = "dial"

    dial: TargetField = Field(description="A number, or a mapping: number (and trunk), agent, or trunk.")
    longest_s: Duration = Field(7200.0, alias="longest", description="The talk ends after this.")
    after: BranchField | None = Field(None, description="Where to go after the talk; the end, by default.")
