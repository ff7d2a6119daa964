"""What every block of the language is: a frozen model whose main field is named like its verb.

A block's model knows the YAML shape of one step; what it does lives with the runners. `parts` finds every
value of a kind anywhere in a block (branches, templates, audio files) together with its path in the step,
so that the compiler and the checks need nothing from the blocks themselves, and neither does a third
party's block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, PlainValidator, WithJsonSchema

from callflows.validation import describe

Part = TypeVar("Part")
StepPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """Where a run may go from a step: a section by name, or steps written in place. Exactly one is set."""

    section: str | None = None
    steps: tuple[Any, ...] | None = None


def _parse_branch(value: object) -> Branch:
    if isinstance(value, Branch):
        return value
    if isinstance(value, str) and value:
        return Branch(section=value)
    if isinstance(value, list) and value:
        return Branch(steps=tuple(value))
    raise ValueError(f"expected the name of a section or a list of steps, got {describe(value)}")


STEPS_MARK: Mapping[str, str] = {"x-cordboard": "steps"}
BranchField = Annotated[
    Branch,
    PlainValidator(_parse_branch),
    WithJsonSchema({"anyOf": [{"type": "string"}, dict(STEPS_MARK)]}),
]


def _parse_section(value: object) -> Branch:
    if isinstance(value, str) and value:
        return Branch(section=value)
    raise ValueError(f"expected the name of a section, got {describe(value)}")


SectionField = Annotated[Branch, PlainValidator(_parse_section), WithJsonSchema({"type": "string"})]


def _parse_steps(value: object) -> Branch:
    if isinstance(value, list) and value:
        return Branch(steps=tuple(value))
    raise ValueError(f"expected a list of steps, got {describe(value)}")


StepsField = Annotated[Branch, PlainValidator(_parse_steps), WithJsonSchema(dict(STEPS_MARK))]


@dataclass(frozen=True, slots=True)
class CalendarName:
    """A calendar that a step names, for the check against the flow's calendars."""

    name: str


@dataclass(frozen=True, slots=True)
class FlowName:
    """Another flow that a step names, for the check against the configuration."""

    name: str


@dataclass(frozen=True, slots=True)
class TablePath:
    """A table's file that a step names, from the flow file's folder."""

    file: str


@dataclass(frozen=True, slots=True)
class QueueName:
    """A queue that a step names, for the check against the configuration."""

    name: str


class Options(BaseModel):
    """A mapping inside a step."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Block(Options):
    """One kind of step. Class variables declare what the compiler and the runner need to know beforehand."""

    verb: ClassVar[str]
    """The first key of the step; the main field has it as its name or alias."""
    needs_answer: ClassVar[bool] = True
    """Whether the call must be answered before the step runs."""
    waits: ClassVar[bool] = False
    """Whether the step waits for the caller, somebody else, or the clock: a loop through it does not spin."""
    hears: ClassVar[bool] = False
    """Whether the caller can steer the run here, by key or voice."""

    in_waiting: ClassVar[bool] = True
    """Whether it may be used while the caller waits in a queue; those that hand the caller on may not."""
    loops: ClassVar[bool] = False
    """Whether the steps written in place below it come back to it instead of going on."""

    def hears_secrets(self) -> bool:
        """Whether what callers type at it is to be shown nowhere."""
        return False

    def falls_through(self) -> bool:
        """Whether the run may go on with the step below."""
        return True

    def writes(self) -> frozenset[str]:
        """Names of the variables that the step sets."""
        return frozenset()

    def reads_beyond(self) -> frozenset[str]:
        """Names that its own expressions may use and the rest of the flow may not."""
        return frozenset()

    def parts(self, kind: type[Part]) -> Iterator[tuple[StepPath, Part]]:
        """Every value of `kind` in the step, with its path below the step."""
        yield from _parts(self, kind, ())


def _parts(value: object, kind: type[Part], path: StepPath) -> Iterator[tuple[StepPath, Part]]:
    if isinstance(value, kind):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            yield from _parts(getattr(value, name), kind, (*path, info.alias or name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _parts(item, kind, (*path, key))
    elif isinstance(value, tuple | list):
        for i, item in enumerate(value):
            yield from _parts(item, kind, (*path, i))
