"""How a file becomes a flow.

Data flow: path > document > compiler > checks > `Flow`. Everything that is wrong is raised at once.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from callflows.checks import check
from callflows.compiler import compile_flow
from callflows.problems import FlowProblems, in_order
from callflows.program import Flow, Goal, Known, Step
from callflows.source import Document, load_document

__all__ = ["Flow", "FlowProblems", "Goal", "Known", "Step", "flow_of", "load_flow"]


def load_flow(path: Path, *, known: Known | None = None) -> Flow:
    """Read, compile and check a flow; raises `FlowProblems` with all errors.

    Warnings are kept in the flow.
    """
    return flow_of(load_document(path), known=known)


def flow_of(document: Document, *, known: Known | None = None) -> Flow:
    """The flow that a document is, wherever its text came from; raises as `load_flow` does."""
    draft, problems = compile_flow(document)
    if draft is not None:
        problems += check(draft, document, known)
    errors = [problem for problem in problems if problem.severity == "error"]
    if draft is None or errors:
        raise FlowProblems(errors)
    sections = {name: section.steps for name, section in draft.sections.items()}
    version = _version(document)
    return Flow(
        draft.name,
        draft.start,
        sections,
        version,
        document.path,
        draft.language,
        in_order(problems),
        draft.calendars,
        any(step.block.hears_secrets() for steps in sections.values() for step in steps),
    )


def _version(document: Document) -> str:
    return hashlib.sha256("\n".join(document.lines).encode()).hexdigest()[:12]
