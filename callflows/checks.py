"""What is wrong with a flow as a whole: names that lead nowhere, sections nobody reaches, loops that spin.

Data flow: compiled draft + document + `Known` > problems. Each check is one function over the same graph:
places (section, index), edges from a step's exits and what follows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from callflows.blocks.base import QueueName, StepPath
from callflows.blocks.route import Queue
from callflows.blocks.spoken import AudioClip
from callflows.compiler import Draft
from callflows.expressions import ENVIRONMENT, Assigned, Expression, Template
from callflows.graph import components, edges, reachable
from callflows.problems import Problem, nearest
from callflows.program import Goal, Known, Step
from callflows.source import Document, KeyPath

GLOBALS = frozenset(ENVIRONMENT.globals)
BUILT_IN = frozenset({"caller", "called", "call_id"})
"""Variables that every run begins with."""


def check(draft: Draft, document: Document, known: Known | None) -> list[Problem]:
    """All problems of a compiled flow, in no particular order."""
    problems = [*_files(draft, document), *_variables(draft, document)]
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
    folder = document.path.parent
    for _, step, path in _each(draft):
        for below, clip in step.block.parts(AudioClip):
            if not (folder / clip.file).is_file():
                full = (*path, *below, "file")
                directory = (folder / clip.file).parent
                there = (
                    [str(Path(clip.file).parent / p.name) for p in directory.glob("*")]
                    if directory.is_dir()
                    else []
                )
                yield document.problem(
                    full,
                    f'there is no file "{clip.file}"',
                    hint=nearest(clip.file, there),
                    where=_where(document, step, path, below),
                )


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


def _known_names(draft: Draft, document: Document, known: Known) -> Iterator[Problem]:
    for _, step, path in _each(draft):
        for below, queue in step.block.parts(QueueName):
            if queue.name not in known.queues:
                hint = nearest(queue.name, known.queues)
                message = f'there is no queue "{queue.name}"'
                yield document.problem(
                    (*path, *below), message, hint=hint, where=_where(document, step, path, below)
                )
        if isinstance(step.block, Queue):
            for skill in step.block.skills:
                if skill not in known.skills:
                    hint = nearest(skill, known.skills)
                    message = f'no agent has a skill "{skill}"'
                    full = (*path, "skills", skill)
                    yield document.problem(full, message, hint=hint, at_key=True, where="queue: skills")


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
    """A section's end from which nothing follows:

    The caller would be dropped without anybody having said so.
    """
    reached = reachable(draft.sections, Goal(draft.start, 0))
    for goal, step, path in _each(draft):
        if goal in reached and step.next is None and step.block.falls_through() and step.verb != Queue.verb:
            yield document.problem(
                path,
                "nothing follows this step",
                hint="end the section with goto, queue or hangup",
                where=step.verb,
            )


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


_GRAPH_CHECKS: tuple[Callable[[Draft, Document], Iterator[Problem]], ...] = (
    _unreachable,
    _missing_exit,
    _spinning_loops,
)
