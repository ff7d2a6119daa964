"""Whom `dial` and `transfer` name: agents and trunks that there are, and numbers that are numbers.

What is worked out in the call (`{{ ... }}`) is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Set

from callflows.blocks.connect import Connecting, Dial, Target, Transfer
from callflows.compiler import Draft
from callflows.problems import Problem, nearest
from callflows.program import Known
from callflows.source import Document, KeyPath

_FILLERS = str.maketrans("", "", " -.()/")


def connecting_mistakes(draft: Draft, document: Document, known: Known | None) -> Iterator[Problem]:
    """A problem for each name that leads nowhere."""
    for section in draft.sections.values():
        for step, path in zip(section.steps, section.paths, strict=True):
            target = _target_of(step.block) if isinstance(step.block, Connecting) else None
            if target is not None:
                yield from _mistakes(target, document, (*path, step.verb), known or Known())


def _target_of(block: Connecting) -> Target | None:
    if isinstance(block, Dial):
        return block.dial
    return block.transfer if isinstance(block, Transfer) else None


def _mistakes(target: Target, document: Document, path: KeyPath, known: Known) -> Iterator[Problem]:
    verb = str(path[-1])
    number, agent, trunk = target.number, target.agent, target.trunk
    if number is not None and number.is_static and not _is_number(number.source):
        message = f'expected a telephone number, got "{number.source}"'
        hint = f"for an agent write {{agent: {number.source}}}"
        yield document.problem((*path, "number"), message, hint=hint, where=verb)
    if agent is not None and agent.is_static:
        yield from _unknown("agent", agent.source, known.agents, document, path)
    if trunk is not None:
        yield from _unknown("trunk", trunk, known.trunks, document, path)


def _unknown(
    what: str, name: str, names: Set[str] | None, document: Document, path: KeyPath
) -> Iterator[Problem]:
    if names is not None and name not in names:
        message = f'there is no {what} "{name}"'
        where = f"{path[-1]}: {what}"
        yield document.problem((*path, what), message, hint=nearest(name, names), where=where)


def _is_number(text: str) -> bool:
    """Digits with the fillers that people write, a star or a hash among them, and perhaps a plus before."""
    bare = text.translate(_FILLERS).removeprefix("+")
    return bool(bare) and all(character in "0123456789*#" for character in bare)
