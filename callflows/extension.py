"""Blocks of third parties: found by the entry point group `cordboard.blocks`.

An entry point names an `Extension`: the block's model, and the runner that does what it says. Its verb must
be new.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from callflows.blocks.base import Block
from callflows.problems import FlowError

GROUP = "cordboard.blocks"


class ExtensionError(FlowError):
    """An installed extension cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Extension:
    """One more verb: its model, and an object with the runner's methods `start` and `resume`."""

    block: type[Block]
    runner: object


def load_extensions(
    taken: Iterable[str], points: Iterable[EntryPoint] | None = None
) -> tuple[Extension, ...]:
    """All installed extensions; raises ExtensionError for one that is no Extension or takes a verb twice."""
    verbs = set(taken)
    found = []
    for point in entry_points(group=GROUP) if points is None else points:
        extension = point.load()
        if not isinstance(extension, Extension):
            raise ExtensionError(f"{point.value} (entry point {point.name}) is not an Extension")
        if extension.block.verb in verbs:
            raise ExtensionError(
                f'{point.value} (entry point {point.name}) takes the verb "{extension.block.verb}"'
            )
        verbs.add(extension.block.verb)
        found.append(extension)
    return tuple(found)
