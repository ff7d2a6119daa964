"""Later: blocks for a caller whom nobody serves now: voicemail and callback."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from callflows.blocks.base import Block, BranchField
from callflows.blocks.route import QueueField
from callflows.blocks.sound import Recording
from callflows.blocks.spoken import Spoken
from callflows.expressions import Assigned, Template
from callflows.validation import describe
from callflows.values import Count, DigitRange, Digits, Duration, Key, Name, SkillLevel, Variable


def _mailbox(value: object) -> object:
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError(f"expected the name of a mailbox, got {describe(value)}")


class Voicemail(Recording):
    """Greet, beep, record, and leave the message in a mailbox."""

    verb: ClassVar[str] = "voicemail"

    voicemail: Annotated[Template, BeforeValidator(_mailbox), WithJsonSchema({"type": "string"})] = Field(
        description="The mailbox: a queue's or an agent's name, or any other."
    )
    greeting: Spoken = Field(
        default_factory=lambda: (Template("Please leave a message after the tone."),),
        description="Said before the beep.",
    )
    into: Variable = Field("voicemail", description="The variable that names the recording.")


class Callback(Block):
    """Offer to ring the caller back: at the number they call from, or at one they type; and confirm it.

    The steps below run when it is settled.
    """

    verb: ClassVar[str] = "callback"
    waits: ClassVar[bool] = True
    hears: ClassVar[bool] = True

    callback: Spoken = Field(description="The offer, naming the keys.")
    queue: QueueField = Field(description="The queue whose agents ring back.")
    skills: dict[Name, SkillLevel] = Field(default_factory=dict, description="Skill -> least level, 1 to 10.")
    priority: Annotated[int, Field(strict=True, ge=0, le=100)] = Field(
        0, description="Higher is rung back first."
    )
    data: dict[Variable, Assigned] = Field(
        default_factory=dict, description="Name -> value, for the agent's screen."
    )
    at: Template | None = Field(
        None, description='When, as "09:30" or "2026-11-23 09:30"; empty or left out: when it is their turn.'
    )
    into: Variable = Field("callback_number", description="The variable that gets the number.")
    accept: Key = Field("1", description="The key for the number one calls from.")
    other: Key = Field("2", description="The key for another number.")
    decline: Key = Field("*", description="The key for no callback.")
    ask_number: Spoken = Field(
        default_factory=lambda: (Template("Please enter your number, then press hash."),),
        description="Asks for another number, and when the caller's is unknown.",
    )
    digits: Digits = Field(DigitRange(5, 15), description="How many digits another number has.")
    confirm: Spoken | None = Field(
        default_factory=lambda: (
            Template("We call you back at"),
            Template("{{ callback_number | digits }}."),
            Template("If that is right, press 1. To enter another number, press 2."),
        ),
        description="Asks whether the number is right (keys as accept and other); null not to ask.",
    )
    language: str | None = Field(None, description="Language of the voice; the flow's by default.")
    timeout_s: Duration = Field(5.0, alias="timeout", description="Silence after a question: nobody there.")
    retries: Count = Field(2, description="How often a question is asked again; then it is declined.")
    requested: BranchField | None = Field(None, description="Where to go when it is settled; on, by default.")
    declined: BranchField | None = Field(
        None, description="Where to go when it is not wanted; on, by default."
    )
    failed: BranchField | None = Field(
        None, description="Where to go when the callback cannot be kept; as declined, by default."
    )

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        keys = (self.accept, self.other, self.decline)
        if len(set(keys)) < len(keys) or any(len(key) > 1 for key in keys):
            raise ValueError("expected three different single keys for accept, other and decline")
        return self

    def falls_through(self) -> bool:
        """Unless every end of it leads elsewhere."""
        return self.requested is None or self.declined is None

    def writes(self) -> frozenset[str]:
        """The number."""
        return frozenset({self.into, "callback_number"})
