"""One case, played: the caller does what is written, and what came out is compared with what must.

Data flow: suite + case > simulated caller in a made-up world > `Result` (what differed, a transcript, what
was covered).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from callflows.program import Flow
from ivr.flow_tests.cases import Case, Expected
from ivr.flow_tests.world import World
from ivr.run import CallFacts
from ivr.runner import FLOW_ERROR, HUNG_UP
from ivr.simulated_caller import SimulatedCaller

Taken = tuple[str, int, str]
STAYS_S = 4 * 3600.0


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one case; it passed if nothing differed."""

    name: str
    line: int
    seconds: float
    differences: tuple[str, ...]
    transcript: tuple[str, ...]
    taken: frozenset[Taken]

    @property
    def passed(self) -> bool:
        """Whether all came out as expected."""
        return not self.differences


def play_case(flow: Flow, case: Case, line: int) -> Result:
    """Play one case to its end."""
    begin = time.perf_counter()
    world = World(case.given)
    caller = SimulatedCaller(flow, CallFacts(case.caller, case.called, "test", case.at), answer=world.answer)
    taken: list[Taken] = []
    caller.runner.taken = taken
    notes: list[tuple[float, str]] = []
    differences = list(_do(caller, case, notes))
    if not caller.over:
        caller.wait(STAYS_S)
    differences += _compare(caller, world, case.expect)
    transcript = _transcript(flow, caller, notes) if differences else ()
    at_end = (caller.runner.run.section, caller.runner.run.index, "")
    places = frozenset([*taken, at_end])
    return Result(case.case, line, time.perf_counter() - begin, tuple(differences), tuple(transcript), places)


def _do(caller: SimulatedCaller, case: Case, notes: list[tuple[float, str]]) -> Iterator[str]:
    heard = 0
    caller.call()
    for doing in case.call:
        if doing.hears is not None:
            number = caller.wait_to_hear(doing.hears, heard)
            if number is None:
                yield f'the caller never hears "{doing.hears}"'
                return
            heard = number + 1
        elif doing.presses is not None:
            notes.append((caller.now, f"caller presses {doing.presses}"))
            caller.press(doing.presses)
        elif doing.says is not None:
            notes.append((caller.now, f"caller says {doing.says}"))
            caller.say(doing.says)
        elif doing.waits is not None:
            caller.wait(doing.waits)
        else:
            notes.append((caller.now, "caller hangs up"))
            caller.hang_up()


def _compare(caller: SimulatedCaller, world: World, expected: Expected) -> Iterator[str]:
    went, run = caller.experience, caller.runner.run
    if not caller.over:
        yield f"the call is still going on after {STAYS_S / 3600:g} hours"
    if run.ended == FLOW_ERROR and expected.hangup != FLOW_ERROR:
        yield f"the flow failed: {went.trace[-1].data.get('error', '')}"
    for request in world.unknown:
        yield f"no answer is given for {request}"
    joined = went.queues[-1] if went.queues else None
    ended = None if run.ended == HUNG_UP else went.hangup
    facts: list[tuple[str, Any, Any]] = [
        ("queue", expected.queue, joined.queue if joined else None),
        ("skills", expected.skills, joined.skills if joined else None),
        ("preferred", expected.preferred, joined.preferred if joined else None),
        ("voicemail", expected.voicemail, went.voicemails[-1].mailbox if went.voicemails else None),
        ("callback", expected.callback, went.callbacks[-1].number if went.callbacks else None),
        ("transfer", expected.transfer, str(went.transfers[-1].party) if went.transfers else None),
        ("dial", expected.dial, str(went.dialled[-1].party) if went.dialled else None),
        ("hangup", expected.hangup, ended),
        ("flow", expected.flow, went.handed_to),
        ("contained", expected.contained, caller.runner.contained),
        ("path", expected.path, tuple(went.path)),
        ("notices", expected.notices, tuple(went.notices)),
    ]
    for what, wanted, got in facts:
        if wanted is not None and wanted != got:
            yield f"{what}: expected {_spelt(wanted)}, got {_spelt(got)}"
    tables: list[tuple[str, dict[str, Any], Any]] = [
        ("variable", expected.variables, run.variables),
        ("data", expected.data, joined.data if joined else {}),
        ("tag", expected.tags, went.tags),
        ("answer", expected.answers, went.answers),
        ("remembered", expected.remembered, world.remembered),
    ]
    for what, wanted, got in tables:
        for name, value in wanted.items():
            if name not in got or got[name] != value:
                yield f"{what} {name}: expected {_spelt(value)}, got {_spelt(got.get(name))}"
    for text in expected.never_hears:
        if any(text in heard for heard in went.texts):
            yield f'the caller hears "{text}"'


def _spelt(value: object) -> str:
    if isinstance(value, tuple):
        return " > ".join(map(str, value)) or "nothing"
    return "nothing" if value is None else repr(value)


def _transcript(flow: Flow, caller: SimulatedCaller, notes: list[tuple[float, str]]) -> Iterator[str]:
    """The run as it went, with the line of the flow that each step is in."""
    went = caller.experience
    entries: list[tuple[float, int, str]] = []
    for at, traced in zip(went.times, went.trace, strict=True):
        data = ", ".join(f"{name}: {value}" for name, value in traced.data.items())
        entries.append((at, 1, f"{flow.path.name}:{traced.step.line:<4} {traced.what}  {data}".rstrip()))
    entries += [(at, 0, note) for at, note in notes]
    for at, _, text in sorted(entries, key=lambda entry: entry[:2]):
        yield f"{at:8.1f}s  {text}"
