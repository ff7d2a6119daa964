"""What calls did in flows, read back from the journal: one call step by step, or all of them counted.

Reads the kinds call.arrived, flow.entered, flow.step, flow.ended. Beside a running server or without one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from callflows.chart import Counts
from journal.event import Event, Json
from journal.reading import JournalReader

KINDS = ("call.arrived", "flow.entered", "flow.step")


@dataclass(frozen=True, slots=True)
class TracedStep:
    """One thing a flow did: seconds since the call came in, where (`section:line` of which flow), what."""

    at_s: float
    flow: str
    version: str
    step: str
    what: str
    data: Mapping[str, Json]


def trace_of(events: Iterable[Event]) -> Iterator[TracedStep]:
    """The steps of one call's events, oldest first."""
    began = flow = version = None
    for event in events:
        began = began or event.at
        if event.kind in ("call.arrived", "flow.entered"):
            flow, version = str(event.data.get("flow", "")), str(event.data.get("version", ""))
        elif event.kind == "flow.step":
            data = event.data.get("data")
            yield TracedStep(
                (event.at - began).total_seconds(),
                flow or "",
                version or "",
                str(event.data.get("step", "")),
                str(event.data.get("what", "")),
                data if isinstance(data, Mapping) else {},
            )


def counts_of(journal: JournalReader, flow: str) -> Counts:
    """How often callers came into each section of a flow, and from which."""
    return count(journal.of_kinds(KINDS), flow)


def count(events: Iterable[Event], flow: str) -> Counts:
    """The same from events in their order; versions of the flow are counted together."""
    sections: Counter[str] = Counter()
    arrows: Counter[tuple[str, str]] = Counter()
    where: dict[str, str | None] = {}
    for event in events:
        if event.call is None:
            continue
        if event.kind in ("call.arrived", "flow.entered"):
            where.pop(event.call, None)
            if event.data.get("flow") == flow:
                where[event.call] = None
        elif event.call in where:
            section = str(event.data.get("step", "")).partition(":")[0]
            before = where[event.call]
            if section != before:
                sections[section] += 1
                if before is not None:
                    arrows[before, section] += 1
                where[event.call] = section
    return Counts(sections, arrows)
