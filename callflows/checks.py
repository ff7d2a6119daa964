"""What is wrong with a flow as a whole: names that lead nowhere, sections nobody reaches, loops that spin.

Data flow: compiled draft + document + `Known` > problems. Each check is one function over the same graph:
places (section, index), edges from a step's exits and what follows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from callflows.blocks.base import CalendarName, FlowName, QueueName, StepPath, TablePath
from callflows.blocks.decide import Return
from callflows.blocks.later import Callback
from callflows.blocks.route import Queue
from callflows.blocks.spoken import AudioClip
from callflows.compiler import Draft
from callflows.connecting import connecting_mistakes
from callflows.expressions import ENVIRONMENT, Assigned, Expression, Template
from callflows.graph import components, edges, reachable
from callflows.problems import Problem, nearest
from callflows.program import Goal, Known, Step
from callflows.source import Document, KeyPath
from callflows.waiting import main_line, rejected_too_late, waiting_mistakes

GLOBALS = frozenset(ENVIRONMENT.globals)
BUILT_IN = frozenset({"caller", "called", "call_id", "identity", "origin"})
"""Variables that every run begins with."""


def check(draft: Draft, document: Document, known: Known | None) -> list[Problem]:
    """All problems of a compiled flow, in no particular order."""
    problems = [*_files(draft, document), *_variables(draft, document), *_calendars(draft, document)]
    problems += _unused_prompts(draft, document)
    problems += connecting_mistakes(draft, document, known)
    if known is not None:
        problems += _known_names(draft, document, known)
    if draft.start not in draft.sections:
        hint = nearest(draft.start, draft.sections)
        message = f'there is no section "{draft.start}" to start with'
        return [*problems, document.problem(("start",), message, hint=hint)]
    if all(section.complete and section.steps for section in draft.sections.values()):
        for look in _GRAPH_CHECKS:
            problems += look(draft, document)
    return problems


def _each(draft: Draft) -> Iterator[tuple[Goal, Step, KeyPath]]:
    for name, section in draft.sections.items():
        for index, (step, path) in enumerate(zip(section.steps, section.paths, strict=True)):
            yield Goal(name, index), step, path


def _where(document: Document, step: Step, path: KeyPath, below: StepPath) -> str:
    words = [str(key) for key in document.clip((*path, *below))[len(path) :]]
    return ": ".join(words if words and words[0] == step.verb else [step.verb, *words])


def _files(draft: Draft, document: Document) -> Iterator[Problem]:
    for _, step, path in _each(draft):
        files = [((*below, "file"), clip.file) for below, clip in step.block.parts(AudioClip)]
        files += [(below, table.file) for below, table in step.block.parts(TablePath)]
        for below, file in files:
            full = document.path.parent / file
            if not full.is_file():
                beside = full.parent.glob("*") if full.parent.is_dir() else []
                hint = nearest(file, [str(Path(file).parent / other.name) for other in beside])
                where = _where(document, step, path, below)
                yield document.problem((*path, *below), f'there is no file "{file}"', hint=hint, where=where)


AUDIO = frozenset({".wav", ".mp3", ".ogg", ".flac"})


def _unused_prompts(draft: Draft, document: Document) -> Iterator[Problem]:
    """Audio files in a folder of prompts that the flow uses some of, and not these."""
    used = {
        (document.path.parent / clip.file).resolve()
        for _, step, _ in _each(draft)
        for _, clip in step.block.parts(AudioClip)
    }
    own = document.path.parent.resolve()
    for folder in sorted({path.parent for path in used} - {own}):
        if not folder.is_relative_to(own) or not folder.is_dir():
            continue
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in AUDIO and path not in used and not _mentioned(path.name, document):
                message = f'no step plays "{path.relative_to(own)}"'
                yield document.problem((), message, severity="warning")


def _mentioned(name: str, document: Document) -> bool:
    """Another flow beside this one may use it."""
    return any(name in other.read_text(errors="replace") for other in document.path.parent.glob("*.yaml"))


def _variables(draft: Draft, document: Document) -> Iterator[Problem]:
    """Names that no step ever sets: a spelling mistake that a caller would otherwise run into."""
    written = set(BUILT_IN)
    for _, step, _ in _each(draft):
        written |= step.block.writes()
    if not all(section.complete for section in draft.sections.values()):
        return
    for _, step, path in _each(draft):
        local = step.block.reads_beyond()
        for kind in (Template, Expression, Assigned):
            for below, text in step.block.parts(kind):
                for name in sorted(text.names - written - local - GLOBALS):
                    yield document.problem(
                        (*path, *below),
                        f'no step sets a variable "{name}"',
                        hint=nearest(name, written | local),
                        where=_where(document, step, path, below),
                    )


def _calendars(draft: Draft, document: Document) -> Iterator[Problem]:
    used = set()
    for _, step, path in _each(draft):
        for below, named in step.block.parts(CalendarName):
            used.add(named.name)
            if named.name not in draft.calendars:
                hint = nearest(named.name, draft.calendars)
                message = f'there is no calendar "{named.name}"'
                yield document.problem((*path, *below), message, hint=hint, where=step.verb)
    for name, calendar in draft.calendars.items():
        if not any(calendar.weekly.values()) and not calendar.exceptions:
            yield document.problem(("calendars", name), "this calendar is never open", severity="warning")
        for _, gap in calendar.gaps():
            yield document.problem(("calendars", name, "weekly"), gap, at_key=True, severity="warning")
        if name not in used:
            message = "no hours step uses this calendar"
            yield document.problem(("calendars", name), message, at_key=True, severity="warning")


def _known_names(draft: Draft, document: Document, known: Known) -> Iterator[Problem]:
    for _, step, path in _each(draft):
        for below, queue in step.block.parts(QueueName):
            if queue.name not in known.queues:
                hint = nearest(queue.name, known.queues)
                message = f'there is no queue "{queue.name}"'
                yield document.problem(
                    (*path, *below), message, hint=hint, where=_where(document, step, path, below)
                )
        for below, flow in step.block.parts(FlowName):
            if known.flows is not None and flow.name not in known.flows:
                hint = nearest(flow.name, known.flows)
                message = f'there is no flow "{flow.name}"'
                yield document.problem((*path, *below), message, hint=hint, where=step.verb)
        if isinstance(step.block, Queue | Callback):
            for skill in step.block.skills:
                if skill not in known.skills:
                    hint = nearest(skill, known.skills)
                    message = f'no agent has a skill "{skill}"'
                    full = (*path, "skills", skill)
                    yield document.problem(
                        full, message, hint=hint, at_key=True, where=f"{step.verb}: skills"
                    )


def _unreachable(draft: Draft, document: Document) -> Iterator[Problem]:
    reached = reachable(draft.sections, Goal(draft.start, 0))
    for name, section in draft.sections.items():
        if Goal(name, 0) not in reached:
            yield document.problem(
                ("sections", name), "no step leads to this section", at_key=True, where=f"section {name}"
            )
            continue
        for index, path in enumerate(section.paths):
            if Goal(name, index) not in reached:
                step = section.steps[index]
                yield document.problem(path, "the run never gets to this step", at_key=True, where=step.verb)
                break


def _missing_exit(draft: Draft, document: Document) -> Iterator[Problem]:
    """A section's end from which nothing follows: the caller would be dropped and nobody had said so."""
    on_main_line = main_line(draft.sections, Goal(draft.start, 0))
    for goal, step, path in _each(draft):
        if goal not in on_main_line:
            continue
        if step.next is None and step.block.falls_through() and step.verb != Queue.verb:
            hint = "end the section with goto, queue or hangup"
            yield document.problem(path, "nothing follows this step", hint=hint, where=step.verb)
        if isinstance(step.block, Return):
            hint = "call the section that this step is in, or use goto"
            yield document.problem(path, "there is nothing to return to", hint=hint, where=step.verb)


def _trapped(draft: Draft, document: Document) -> Iterator[Problem]:
    """A caller who can do what they like and never gets to an agent or an end (a warning:

    They can hang up).
    """
    back: dict[Goal, list[Goal]] = {}
    reached = reachable(draft.sections, Goal(draft.start, 0))
    ends = []
    for goal in reached:
        step = draft.sections[goal.section].steps[goal.index]
        if (
            isinstance(step.block, Queue | Return)
            or not (step.exits or step.block.falls_through())
            or (step.next is None and step.block.falls_through())
        ):
            ends.append(goal)
        for to in edges(draft.sections, goal):
            back.setdefault(to, []).append(goal)
    free = set(ends)
    while ends:
        for before in back.get(ends.pop(), ()):
            if before not in free:
                free.add(before)
                ends.append(before)
    for loop in components({goal: edges(draft.sections, goal) for goal in reached - free}):
        first = min(loop, key=lambda goal: draft.sections[goal.section].steps[goal.index].position)
        section = draft.sections[first.section]
        if any(
            section.steps[first.index].block.waits
            for first in loop
            for section in [draft.sections[first.section]]
        ):
            message = "from here a caller can get neither to an agent nor to an end"
            where = section.steps[first.index].verb
            yield document.problem(section.paths[first.index], message, where=where, severity="warning")


def _spinning_loops(draft: Draft, document: Document) -> Iterator[Problem]:
    """Loops that wait for nobody and cannot be left."""
    reached = reachable(draft.sections, Goal(draft.start, 0))
    moving = {goal for goal in reached if not draft.sections[goal.section].steps[goal.index].block.waits}
    graph = {goal: edges(draft.sections, goal) for goal in moving}
    for loop in components({goal: [to for to in goals if to in moving] for goal, goals in graph.items()}):
        leaves = any(to not in loop for goal in loop for to in graph[goal])
        if not leaves:
            first = min(loop, key=lambda goal: draft.sections[goal.section].steps[goal.index].position)
            path = draft.sections[first.section].paths[first.index]
            step = draft.sections[first.section].steps[first.index]
            yield document.problem(
                path,
                "a loop that never waits for the caller begins here",
                hint="let it pass a menu, collect, wait, queue or hangup",
                where=step.verb,
            )


def _waiting(draft: Draft, document: Document) -> Iterator[Problem]:
    """Steps that do not belong where they stand: in a waiting section, outside of one, after the answer."""
    start = Goal(draft.start, 0)
    for goal, message, hint in waiting_mistakes(draft.sections, start):
        section = draft.sections[goal.section]
        path = section.paths[goal.index]
        yield document.problem(path, message, hint=hint, where=section.steps[goal.index].verb)
    for goal in rejected_too_late(draft.sections, start):
        section = draft.sections[goal.section]
        message = "the call may have been answered before; then it is hung up"
        path = section.paths[goal.index]
        yield document.problem(path, message, where=section.steps[goal.index].verb, severity="warning")


_GRAPH_CHECKS: tuple[Callable[[Draft, Document], Iterator[Problem]], ...] = (
    _unreachable,
    _missing_exit,
    _spinning_loops,
    _trapped,
    _waiting,
)
