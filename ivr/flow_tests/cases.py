"""Test cases as people write them: what is so, what the caller does, what must come out.

Data flow: `NAME.test.yaml` > document > `TestFile`. The flow is `NAME.yaml` beside it, or what `flow:` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from callflows.flow import Flow, FlowProblems, load_flow
from callflows.problems import Problem
from callflows.source import load_document, validate
from callflows.validation import describe
from callflows.values import Duration, SkillLevel

SUFFIX = ".test.yaml"


class Part(BaseModel):
    """A mapping of a test file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _aware(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError(
            f'expected a moment such as "2026-03-16T10:00+01:00", got {describe(value)}'
        ) from None
    if moment.tzinfo is None:
        raise ValueError(f'expected a moment with its time zone, such as "{moment.isoformat()}+00:00"')
    return moment


Moment = Annotated[datetime, BeforeValidator(_aware)]


class HttpStub(Part):
    """An answer of the web: for addresses that contain `url`, in the order of the list, each used `times`."""

    url: str = Field(min_length=1, description="Part of the address.")
    method: str | None = Field(None, description="Only for this method.")
    answer: Any = Field(None, description="The answer's JSON.")
    status: int = Field(200, ge=100, le=599, description="200 to 299 is success.")
    error: str | None = Field(None, description="No answer at all, for this reason.")
    after: Duration = Field(0.1, description="How long it takes.")
    times: int | None = Field(None, ge=1, description="How often; always by default.")


class QueueStub(Part):
    """How a queue lets go of the caller."""

    outcome: str = Field("answered", description="answered, or the reason why the queue refuses.")
    after: Duration = Field(60.0, description="After how long an agent has them, or they are refused.")
    talk: Duration = Field(60.0, description="How long an agent talks with them.")
    position: int = Field(1, ge=1, description="Their place in line, for `standing`.")
    wait: Duration | None = Field(
        None, description="The estimated wait, for `standing`; unknown, if not given."
    )


class PartyStub(Part):
    """What comes of a call to somebody: of `dial`, `transfer`."""

    outcome: Literal["answered", "busy", "no_answer", "failed"] = Field(
        "answered", description="answered, busy, no_answer or failed."
    )
    after: Duration = Field(5.0, description="After how long.")
    talk: Duration = Field(60.0, description="How long they talk.")


class CallbackStub(Part):
    """Whether a callback can be promised."""

    error: str | None = Field(None, description="It cannot, for this reason.")
    after: Duration = Field(0.1, description="How long the answer takes.")


class Given(Part):
    """What is so, outside of the flow."""

    http: tuple[HttpStub, ...] = Field((), description="Answers of web services.")
    lookup: dict[str, dict[str, dict[str, Any]]] = Field(
        default_factory=dict, description="Table's file -> key -> row; the real file if it is not listed."
    )
    remembered: dict[str, Any] = Field(default_factory=dict, description="Facts about the caller.")
    queues: dict[str, QueueStub] = Field(default_factory=dict, description="Queue -> how it lets go.")
    recording: Duration = Field(5.0, description="How long the caller speaks into a recording.")
    parties: dict[str, PartyStub] = Field(
        default_factory=dict, description="Number, agent NAME or trunk NAME -> what comes of calling them."
    )
    callback: CallbackStub = Field(CallbackStub(), description="Whether callbacks can be promised.")


class Doing(Part):
    """One thing the caller does or notices; exactly one of them."""

    hears: str | None = Field(None, description="Waits until something with this text in it begins.")
    presses: str | None = Field(None, pattern=r"^[0-9*#A-D]+$", description="Keys, in quotes.")
    says: str | None = Field(None, min_length=1, description="Words, where a menu or collect listens.")
    waits: Duration | None = Field(None, description="Lets time pass.")
    hangs: str | None = Field(None, pattern="^up$", description="`hangs: up`.")

    @model_validator(mode="after")
    def _one(self) -> Doing:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"expected one of hears, presses, says, waits, hangs, got {', '.join(given) or 'none'}"
            )
        return self


class Expected(Part):
    """What must come out; only what is written is looked at."""

    queue: str | None = Field(None, description="The last queue joined.")
    skills: dict[str, SkillLevel] | None = Field(None, description="Skills required there.")
    preferred: str | None = Field(None, description="The agent preferred there.")
    data: dict[str, Any] = Field(default_factory=dict, description="What the agent's screen shows there.")
    voicemail: str | None = Field(None, description="The mailbox that got the last message.")
    callback: str | None = Field(None, description="The number that is to be rung back.")
    transfer: str | None = Field(None, description="Whom the caller is transferred to.")
    dial: str | None = Field(None, description="The last one called: a number, agent NAME, trunk NAME.")
    hangup: str | None = Field(None, description="The cause the flow ends the call with.")
    flow: str | None = Field(None, description="The flow that the call is handed to.")
    contained: bool | None = Field(None, description="Whether the need was met without an agent.")
    variables: dict[str, Any] = Field(default_factory=dict, description="Name -> value.")
    tags: dict[str, Any] = Field(default_factory=dict, description="Name -> value.")
    answers: dict[str, Any] = Field(default_factory=dict, description="A survey's question -> answer.")
    remembered: dict[str, Any] = Field(default_factory=dict, description="Fact -> value, after the call.")
    path: tuple[str, ...] | None = Field(None, description="The sections, in order.")
    notices: tuple[str, ...] | None = Field(None, description="Addresses that were told.")
    never_hears: tuple[str, ...] = Field((), description="Texts that must not be heard.")


class Case(Part):
    """One call."""

    case: str = Field(min_length=1, description="What it shows, in words.")
    at: Moment | None = Field(None, description="When it comes in, with time zone.")
    caller: str = Field("+442079460000", description="The caller's number.")
    called: str = Field("1000", description="The number dialled.")
    given: Given = Given()
    call: tuple[Doing, ...] = Field(
        (), description="What the caller does, in order; then they stay on the line."
    )
    expect: Expected = Field(description="What must come out.")


class CaseFile(Part):
    """A file of cases. `at` and `given` are the cases' own unless they say otherwise."""

    flow: str | None = Field(None, description="The flow's file; NAME.yaml for NAME.test.yaml by default.")
    at: Moment | None = Field(None, description="When calls come in.")
    given: Given = Given()
    cases: tuple[Case, ...] = Field(min_length=1, description="The cases.")


@dataclass(frozen=True, slots=True)
class Suite:
    """A flow and its cases, with the line that each begins in."""

    path: Path
    flow: Flow
    cases: tuple[Case, ...]
    lines: tuple[int, ...]


def load_suite(path: Path) -> Suite:
    """A file of cases and its flow; raises `FlowProblems` with what is wrong in either."""
    document = load_document(path)
    file, problems = validate(CaseFile, document)
    flow_path = _flow_path(path, file)
    flow: Flow | None = None
    try:
        flow = load_flow(flow_path)
    except FlowProblems as error:
        problems += error.problems
    if file is None or flow is None or problems:
        raise FlowProblems(problems)
    cases = tuple(_completed(case, file) for case in file.cases)
    lines = tuple(document.position(("cases", i))[0] for i in range(len(cases)))
    return Suite(path, flow, cases, lines)


def load_cases(path: Path) -> CaseFile:
    """A file of cases alone; raises `FlowProblems` with what is wrong in it."""
    file, problems = validate(CaseFile, load_document(path))
    if file is None or problems:
        raise FlowProblems(problems)
    return file


def suites_of(paths: list[Path]) -> list[Path]:
    """The files of cases that paths mean: a file of cases, a flow that has one, or a folder of them."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(path.rglob(f"*{SUFFIX}"))
        elif path.name.endswith(SUFFIX):
            found.append(path)
        elif (beside := path.with_name(path.stem + SUFFIX)).is_file():
            found.append(beside)
        else:
            raise FlowProblems([Problem(path, 1, 1, "", f"there are no cases for it, no file {beside.name}")])
    return list(dict.fromkeys(found))


def _flow_path(path: Path, file: CaseFile | None) -> Path:
    if file is not None and file.flow is not None:
        return path.parent / file.flow
    return path.with_name(path.name.removesuffix(SUFFIX) + ".yaml")


def _completed(case: Case, file: CaseFile) -> Case:
    """With what the file says for all of its cases; the case's own goes before it."""
    own, common = case.given, file.given
    given = Given.model_construct(
        http=own.http + common.http,
        lookup={**common.lookup, **own.lookup},
        remembered={**common.remembered, **own.remembered},
        queues={**common.queues, **own.queues},
        recording=own.recording if "recording" in own.model_fields_set else common.recording,
        parties={**common.parties, **own.parties},
        callback=own.callback if "callback" in own.model_fields_set else common.callback,
    )
    return case.model_copy(update={"given": given, "at": case.at or file.at})
