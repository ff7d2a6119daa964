"""Decide: blocks that remember and choose, without a word to the caller."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from callflows.blocks.base import (
    Block,
    BranchField,
    CalendarName,
    FlowName,
    Options,
    SectionField,
    StepsField,
)
from callflows.expressions import Assigned, Expression
from callflows.validation import describe
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


def _as_text(value: object) -> object:
    """A case is written as YAML likes it, `1` or `gold` or `true`, and compared as text."""
    if not isinstance(value, dict):
        return value
    return {str(key): branch for key, branch in value.items()}


def _calendar_name(value: object) -> CalendarName:
    if isinstance(value, str) and value:
        return CalendarName(value)
    raise ValueError(f"expected the name of a calendar, got {describe(value)}")


def _flow_name(value: object) -> FlowName:
    if isinstance(value, str) and value:
        return FlowName(value)
    raise ValueError(f"expected the name of a flow, got {describe(value)}")


def _whole(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    total = sum(share.percent for share in shares)
    if total != 100:
        raise ValueError(f"expected shares of 100 percent together, got {total}")
    return shares


class Switch(Block):
    """Choose by a value: `cases` maps what it may be to where to go."""

    verb: ClassVar[str] = "switch"
    needs_answer: ClassVar[bool] = False

    switch: Expression = Field(description="An expression; its value is compared as text.")
    cases: Annotated[dict[str, BranchField], BeforeValidator(_as_text)] = Field(
        min_length=1, description="Value -> section or steps."
    )
    otherwise: BranchField | None = Field(
        None, description="Where to go for any other value; on, by default."
    )

    def falls_through(self) -> bool:
        """Without `otherwise` the run may go on below."""
        return self.otherwise is None


class Hours(Block):
    """Go by opening hours: a calendar of the flow, and where to go when it is open, closed, or a holiday."""

    verb: ClassVar[str] = "hours"
    needs_answer: ClassVar[bool] = False

    hours: Annotated[CalendarName, PlainValidator(_calendar_name), WithJsonSchema({"type": "string"})] = (
        Field(description="A calendar's name.")
    )
    open: BranchField | None = Field(None, description="Where to go when open; on, by default.")
    closed: BranchField | None = Field(None, description="Where to go when closed; on, by default.")
    holiday: BranchField | None = Field(
        None, description="Where to go on a public holiday; as closed, by default."
    )

    def falls_through(self) -> bool:
        """Unless both open and closed lead away."""
        return self.open is None or self.closed is None


class Call(Block):
    """Run a section as a subroutine and come back: `with` arguments, its result `into` a variable."""

    verb: ClassVar[str] = "call"
    needs_answer: ClassVar[bool] = False

    call: SectionField = Field(description="The section; it comes back at its end or at `return`.")
    with_: dict[Variable, Assigned] = Field(
        default_factory=dict, alias="with", description="Variables for the section alone."
    )
    into: Variable | None = Field(None, description="The variable that gets what the section returns.")

    def writes(self) -> frozenset[str]:
        """The result, and the arguments, which the section reads."""
        return frozenset({*self.with_, *([self.into] if self.into else [])})


class Return(Block):
    """Come back from a section that was called."""

    verb: ClassVar[str] = "return"
    needs_answer: ClassVar[bool] = False

    return_: Assigned = Field(alias="return", description="The result.")

    def falls_through(self) -> bool:
        """Never."""
        return False


class Repeat(Block):
    """Run steps several times, or as long as a condition holds."""

    verb: ClassVar[str] = "repeat"
    needs_answer: ClassVar[bool] = False
    loops: ClassVar[bool] = True

    repeat: Annotated[int, Field(strict=True, ge=1, le=100)] = Field(description="How often, at most.")
    steps: StepsField = Field(description="The steps.")
    while_: Expression | None = Field(None, alias="while", description="Go on only as long as this holds.")


class Share(Options):
    """One way of a split."""

    percent: Annotated[int, Field(strict=True, ge=0, le=100)] = Field(description="Of a hundred callers.")
    then: BranchField = Field(description="Where they go.")


class Split(Block):
    """Send a share of the callers each way; the same caller always goes the same way."""

    verb: ClassVar[str] = "split"
    needs_answer: ClassVar[bool] = False

    split: Annotated[tuple[Share, ...], AfterValidator(_whole)] = Field(
        min_length=2, description="The ways, each with percent and then; together 100."
    )
    by: Expression = Field(
        default_factory=lambda: Expression("caller"), description="What tells callers apart."
    )

    def falls_through(self) -> bool:
        """Never: the shares are everybody."""
        return False


class HandOver(Block):
    """Go on in another flow."""

    verb: ClassVar[str] = "flow"
    in_waiting: ClassVar[bool] = False
    needs_answer: ClassVar[bool] = False

    flow: Annotated[FlowName, PlainValidator(_flow_name), WithJsonSchema({"type": "string"})] = Field(
        description="The other flow's name."
    )

    def falls_through(self) -> bool:
        """Never."""
        return False
