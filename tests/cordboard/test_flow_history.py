"""Calls in flows, read back: counted and traced."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cordboard.flow_history import count, trace_of
from journal.event import Event

BEGAN = datetime(2030, 1, 1, tzinfo=UTC)


def events(*entries: tuple[str, str, dict[str, object]]) -> list[Event]:
    return [
        Event(n, BEGAN + timedelta(seconds=n), kind, call, data)  # type: ignore[arg-type]
        for n, (call, kind, data) in enumerate(entries)
    ]


def step(call: str, place: str) -> tuple[str, str, dict[str, object]]:
    return (call, "flow.step", {"step": place, "what": "say", "data": {"text": "Hi"}})


def test_sections_and_the_ways_between_them_are_counted_for_one_flow() -> None:
    counts = count(
        events(
            ("a", "call.arrived", {"flow": "line"}),
            ("b", "call.arrived", {"flow": "other"}),
            step("a", "main:5"),
            step("b", "main:5"),
            step("a", "main:6"),
            step("a", "sales:9"),
            ("b", "flow.entered", {"flow": "line"}),
            step("b", "main:5"),
            ("a", "flow.entered", {"flow": "other"}),
            step("a", "main:5"),
        ),
        "line",
    )
    assert counts.sections == {"main": 2, "sales": 1}
    assert counts.arrows == {("main", "sales"): 1}


def test_a_trace_knows_flow_and_time_of_each_step() -> None:
    steps = list(
        trace_of(
            events(
                ("a", "call.arrived", {"flow": "line", "version": "v1"}),
                step("a", "main:5"),
                ("a", "flow.entered", {"flow": "other", "version": "v2"}),
                step("a", "start:7"),
            )
        )
    )
    assert [(s.at_s, s.flow, s.version, s.step) for s in steps] == [
        (1.0, "line", "v1", "main:5"),
        (3.0, "other", "v2", "start:7"),
    ]
    assert steps[0].data == {"text": "Hi"}
