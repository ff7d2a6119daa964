"""A flow as a chart of its sections: what each does, and which branches lead where.

Data flow: `Flow` (+ counts from history) > `Chart` (boxes, arrows) > Mermaid text here, SVG in `callflows.picture`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from callflows.program import Flow, Step

MAX_VERBS = 8
LEAVES = {"hangup", "flow", "transfer", "busy", "reject", "voicemail"}
"""Verbs by which a call leaves the flow, as far as the flow knows them; drawn with what they say."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How often callers were in a section, and went from one to another."""

    sections: Mapping[str, int] = field(default_factory=dict)
    arrows: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Box:
    """A section; `count` is None where nobody counted."""

    name: str
    verbs: tuple[str, ...]
    is_start: bool
    count: int | None


@dataclass(frozen=True, slots=True)
class Arrow:
    """The ways from one section to another, as one."""

    source: str
    target: str
    labels: tuple[str, ...]
    count: int | None

    @property
    def label(self) -> str:
        """The branches' names, and how many took one of them."""
        words = ", ".join(filter(None, self.labels))
        return words if self.count is None else f"{words} ({self.count})".strip()


@dataclass(frozen=True, slots=True)
class Chart:
    """Boxes in the order of the file, arrows in that of their sources."""

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def chart_of(flow: Flow, counts: Counts | None = None) -> Chart:
    """The chart of a flow; with counts if there are any."""
    boxes = tuple(
        Box(
            name,
            tuple(_words(step) for step in steps),
            name == flow.start,
            None if counts is None else counts.sections.get(name, 0),
        )
        for name, steps in flow.sections.items()
    )
    labels: dict[tuple[str, str], list[str]] = {}
    for name, steps in flow.sections.items():
        for step in steps:
            for exit_, goal in step.exits.items():
                if goal.section != name or goal.index == 0:
                    found = labels.setdefault((name, goal.section), [])
                    if (label := _label(step, exit_)) not in found:
                        found.append(label)
    arrows = tuple(
        Arrow(
            source, target, tuple(words), None if counts is None else counts.arrows.get((source, target), 0)
        )
        for (source, target), words in labels.items()
    )
    return Chart(f"{flow.name} {flow.version}", boxes, arrows)


def mermaid(chart: Chart) -> str:
    """A flowchart for Mermaid."""
    ids = {box.name: f"s{number}" for number, box in enumerate(chart.boxes)}
    lines = ["---", f"title: {chart.title}", "---", "flowchart TD"]
    for box in chart.boxes:
        name = f"<b>{_escaped(box.name)}</b>" + ("" if box.count is None else f" ({box.count})")
        text = "<br/>".join([name, *map(_escaped, shortened(box.verbs))])
        left, right = ('(["', '"])') if box.is_start else ('["', '"]')
        lines.append(f"    {ids[box.name]}{left}{text}{right}")
    for arrow in chart.arrows:
        label = f'|"{_escaped(arrow.label)}"|' if arrow.label else ""
        lines.append(f"    {ids[arrow.source]} -->{label} {ids[arrow.target]}")
    return "\n".join(lines) + "\n"


def shortened(verbs: tuple[str, ...]) -> tuple[str, ...]:
    """Not more lines than a box should have."""
    if len(verbs) <= MAX_VERBS:
        return verbs
    return (*verbs[: MAX_VERBS - 1], f"and {len(verbs) - MAX_VERBS + 1} more")


def _words(step: Step) -> str:
    block = step.block
    if step.verb == "queue":
        return f"queue {getattr(getattr(block, 'queue', None), 'name', '')}".rstrip()
    if step.verb in LEAVES:
        said = getattr(block, step.verb, None)
        said = getattr(said, "name", said)
        return f"{step.verb} {said}" if isinstance(said, str) else step.verb
    return step.verb


def _label(step: Step, exit_: str) -> str:
    """`keys: 1` of a menu is what people press; `goto` and `call` need no words."""
    if exit_.startswith("keys: "):
        return exit_.removeprefix("keys: ")
    if exit_ in ("goto", step.verb):
        return "" if exit_ == "goto" else step.verb
    return exit_


def _escaped(text: str) -> str:
    for character, entity in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(character, entity)
    return text
