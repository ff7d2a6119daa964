"""From the file's sections and nested steps to a flat program.

Each section's steps are laid out one after the other: a step, then the steps written in place under its
branches, then its sibling. Every step knows the index that follows it, so nesting is gone when a flow runs.
Problems do not stop the compiler: it drops the step and goes on, so that all are found at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from callflows.blocks.base import Block, Branch
from callflows.calendars import Calendar
from callflows.problems import Problem, in_order, nearest
from callflows.program import Goal, Step
from callflows.registry import VERBS
from callflows.source import Document, KeyPath
from callflows.validation import describe, validate_part
from callflows.values import Name


class FlowFile(BaseModel):
    """The file itself; its steps are looked at one by one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    flow: Name = Field(description="The flow's name.")
    start: Name = Field(description="The section where a call begins.")
    language: str = Field(
        "en-gb", min_length=2, description="Language of the voice, as the TTS engine names it."
    )
    calendars: dict[Name, Calendar] = Field(
        default_factory=dict, description="Opening hours by name, for the hours step."
    )
    sections: dict[Name, Any] = Field(min_length=1, description="Name -> list of steps.")


@dataclass(slots=True)
class _Label:
    """An index that is not known yet: that of the step after a nested list. None: the section's end."""

    index: int | None = None


@dataclass(slots=True)
class _DraftStep:
    verb: str
    block: Block
    path: KeyPath
    after: _Label
    exits: dict[str, Branch | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """A section's program, with each step's path in the document."""

    steps: tuple[Step, ...]
    paths: tuple[KeyPath, ...]
    complete: bool
    """Whether every step of it could be read; a section with holes is spared the checks that would mislead.
    """


@dataclass(frozen=True, slots=True)
class Draft:
    """A compiled flow before its checks."""

    name: str
    start: str
    language: str
    calendars: Mapping[str, Calendar]
    sections: dict[str, Section]


def compile_flow(document: Document) -> tuple[Draft | None, list[Problem]]:
    """The program of a flow file, as far as it can be read, and the problems met."""
    problems = list(document.problems)
    if not isinstance(document.value, dict):
        problem = document.problem(
            (), f"expected a flow (flow, start, sections), got {describe(document.value)}"
        )
        return None, [*problems, problem]
    file, found = validate_part(FlowFile, document, (), document.value)
    problems += found
    raw_sections = document.value.get("sections")
    if not isinstance(raw_sections, dict):
        return None, list(in_order(problems))
    names = {str(name) for name in raw_sections}
    sections: dict[str, Section] = {}
    for name, raw in raw_sections.items():
        section = _SectionCompiler(document, str(name), names)
        sections[str(name)] = section.compile(("sections", name), raw)
        problems += section.problems
    if file is None:
        return None, list(in_order(problems))
    return Draft(file.flow, file.start, file.language, file.calendars, sections), list(in_order(problems))


class _SectionCompiler:
    def __init__(self, document: Document, name: str, section_names: set[str]) -> None:
        self._document = document
        self._name = name
        self._section_names = section_names
        self._steps: list[_DraftStep] = []
        self._complete = True
        self.problems: list[Problem] = []

    def compile(self, path: KeyPath, raw: Any) -> Section:
        """The section's program."""
        if not isinstance(raw, list) or not raw:
            self._say(
                path, f"expected a list of steps, got {describe(raw or None)}", where=f"section {self._name}"
            )
        else:
            self._list(path, raw, _Label())
        steps = tuple(
            Step(
                step.verb,
                self._document.position(step.path),
                step.block,
                step.after.index,
                {name: self._goal(exit_) for name, exit_ in step.exits.items()},
            )
            for step in self._steps
        )
        return Section(steps, tuple(step.path for step in self._steps), self._complete)

    def _goal(self, exit_: Branch | int) -> Goal:
        return Goal(self._name, exit_) if isinstance(exit_, int) else Goal(exit_.section or "", 0)

    def _list(self, path: KeyPath, raw_steps: list[Any] | tuple[Any, ...], after: _Label) -> int | None:
        """Lay out a list of steps; the index of its first one."""
        first: int | None = None
        previous: _Label | None = None
        for i, raw in enumerate(raw_steps):
            is_last = i == len(raw_steps) - 1
            label = after if is_last else _Label()
            if previous is not None:
                previous.index = len(self._steps)
            index = self._step((*path, i), raw, label)
            if index is None:
                continue
            first = index if first is None else first
            previous = None if is_last else label
        return first

    def _step(self, path: KeyPath, raw: Any, after: _Label) -> int | None:
        block = self._block(path, raw)
        if block is None:
            self._complete = False
            return None
        index = len(self._steps)
        step = _DraftStep(block.verb, block, path, after)
        self._steps.append(step)
        for branch_path, branch in block.parts(Branch):
            name = ": ".join(str(key) for key in branch_path)
            if branch.steps is not None:
                back = _Label(index) if block.loops else after
                first = self._list((*path, *branch_path), branch.steps, back)
                if first is not None:
                    step.exits[name] = first
            elif branch.section in self._section_names:
                step.exits[name] = branch
            else:
                self._complete = False
                hint = nearest(branch.section or "", self._section_names)
                where = f"{block.verb}: {name}" if name != block.verb else block.verb
                self._say(
                    (*path, *branch_path), f'there is no section "{branch.section}"', hint=hint, where=where
                )
        return index

    def _block(self, path: KeyPath, raw: Any) -> Block | None:
        if not isinstance(raw, dict) or not raw:
            hint = 'a step is a verb and what it needs, such as "say: Hello."'
            self._say(path, f"expected a step, got {describe(raw)}", hint=hint, where=f"section {self._name}")
            return None
        verb = str(next(iter(raw)))
        model = VERBS.get(verb)
        if model is None:
            self._unknown_verb(path, raw, verb)
            return None
        block, problems = validate_part(model, self._document, path, raw, where=[verb])
        self.problems += [_without_repeat(problem, verb) for problem in problems]
        return block if block is not None else self._salvage(model, path, raw)

    def _salvage(self, model: type[Block], path: KeyPath, raw: dict[Any, Any]) -> Block | None:
        """What is left of a wrong step without its wrong options: its branches are still looked at."""
        self._complete = False
        try:
            model.model_validate(raw)
        except ValidationError as error:
            wrong = {detail["loc"][0] for detail in error.errors(include_url=False) if detail["loc"]}
            rest = {key: value for key, value in raw.items() if str(key) not in wrong}
            return validate_part(model, self._document, path, rest)[0] if wrong else None
        return None

    def _unknown_verb(self, path: KeyPath, raw: dict[Any, Any], verb: str) -> None:
        key = next(iter(raw))
        verbs = [str(other) for other in raw if str(other) in VERBS]
        if verbs:
            hint = f'put "{verbs[0]}" first: the first key of a step is its verb'
            message = f'"{verb}" is not a verb'
        else:
            hint = nearest(verb, VERBS) or "the verbs are " + ", ".join(sorted(VERBS))
            message = f'there is no verb "{verb}"'
        self._say((*path, key), message, hint=hint, at_key=True, where=f"section {self._name}")

    def _say(
        self, path: KeyPath, message: str, *, hint: str | None = None, at_key: bool = False, where: str
    ) -> None:
        self.problems.append(self._document.problem(path, message, hint=hint, at_key=at_key, where=where))


def _without_repeat(problem: Problem, verb: str) -> Problem:
    """`say: say: ...` names the verb twice: the main option is called like the verb."""
    prefix = f"{verb}: {verb}"
    if problem.where == prefix or problem.where.startswith(prefix + ":"):
        return replace(problem, where=problem.where[len(verb) + 2 :])
    return problem
