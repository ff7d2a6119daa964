"""Decide: blocks that remember and choose, without a word to the caller."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from callflows.blocks.base import Block, BranchField, Options, SectionField
from callflows.expressions import Assigned, Expression
from callflows.values import Variable


class Set(Block):
    """Give variables values."""

    verb: ClassVar[str] = "set"
    needs_answer: ClassVar[bool] = False

    set: dict[Variable, Assigned] = Field(
        min_length=1, description="Name -> value, text, or {{ expression }}."
    )

    def writes(self) -> frozenset[str]:
        """All of them."""
        return frozenset(self.set)


class ElseIf(Options):
    """One more condition, asked when those before it do not hold."""

    condition: Expression = Field(alias="if", description="A condition.")
    then: BranchField = Field(description="Where to go when it holds.")


class If(Block):
    """Go one way or another: `if:` a condition, `then:` a section or steps, `elif:`, `else:`."""

    verb: ClassVar[str] = "if"
    needs_answer: ClassVar[bool] = False

    condition: Expression = Field(alias="if", description="A condition.")
    then: BranchField = Field(description="Where to go when it holds.")
    elif_: tuple[ElseIf, ...] = Field(
        (), alias="elif", description="Further conditions, each with if and then."
    )
    else_: BranchField | None = Field(
        None, alias="else", description="Where to go otherwise; on, by default."
    )

    def falls_through(self) -> bool:
        """Without `else` the run may go on below."""
        return self.else_ is None


class Goto(Block):
    """Go on in another section."""

    verb: ClassVar[str] = "goto"
    needs_answer: ClassVar[bool] = False

    goto: SectionField = Field(description="The section.")

    def falls_through(self) -> bool:
        """Never."""
        return False
