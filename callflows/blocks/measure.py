"""Measure: why people called, whether they were helped, what they thought of it; and telling others."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from callflows.blocks.base import Block, Options
from callflows.blocks.spoken import Spoken
from callflows.expressions import Assigned, Template
from callflows.values import Count, Duration, Key, Variable


class Tag(Block):
    """Say something about the contact: its reason, its outcome."""

    verb: ClassVar[str] = "tag"
    needs_answer: ClassVar[bool] = False

    tag: dict[Variable, Assigned] = Field(min_length=1, description="Name -> value.")


class Contained(Block):
    """The caller's need was met here, without an agent."""

    verb: ClassVar[str] = "contained"
    needs_answer: ClassVar[bool] = False

    contained: Annotated[Template, BeforeValidator(lambda value: "" if value is None else value)] = Field(
        description="What was done for the caller; may be left empty."
    )


Scale = Literal["csat", "nps", "ces"]
RANGES: dict[Scale, tuple[int, int]] = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7)}


class Question(Options):
    """One question of a survey."""

    ask: Spoken = Field(description="The question.")
    scale: Scale = Field(description="csat (1 to 5), nps (0 to 10) or ces (1 to 7).")
    name: Variable = Field(description="What the answer is kept as.")


class Survey(Block):
    """Ask how it was. One may skip any question; silence skips it, and nobody is asked twice."""

    verb: ClassVar[str] = "survey"
    waits: ClassVar[bool] = True
    hears: ClassVar[bool] = True

    survey: tuple[Question, ...] = Field(
        min_length=1, description="The questions, each with ask, scale and name."
    )
    language: str | None = Field(None, description="Language of the voice; the flow's by default.")
    skip: Key = Field("*", description="The key that skips a question.")
    timeout_s: Duration = Field(6.0, alias="timeout", description="Silence that skips a question.")
    between_digits_s: Duration = Field(
        2.0, alias="between_digits", description="For the second digit of a 10."
    )
    retries: Count = Field(1, description="How often a question is asked again after a wrong key.")

    def writes(self) -> frozenset[str]:
        """The answers; null where skipped."""
        return frozenset(question.name for question in self.survey)


class Notify(Block):
    """Tell somebody: a web address, or e-mail. The call does not wait for it."""

    verb: ClassVar[str] = "notify"
    needs_answer: ClassVar[bool] = False

    notify: Template = Field(description="An address: https://... or mailto:name@example.org")
    subject: Template | None = Field(None, description="Of an e-mail.")
    text: Template | None = Field(None, description="Of an e-mail.")
    json_: dict[str, Assigned] | None = Field(None, alias="json", description="What a web address gets.")
