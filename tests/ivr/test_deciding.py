"""switch, hours, call and return, repeat, split, flow."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from callflows.flow import Flow
from ivr.blocks.decide import share_of
from ivr.effects import HandOver, Hangup
from ivr.events import CallerArrived
from ivr.run import CallFacts, FlowRun
from ivr.runner import MAX_CALLS, Runner

LineOf = Callable[[str], Any]
FlowOf = Callable[[str], Flow]


def run(flow: Flow, *, caller: str = "1", at: datetime | None = None) -> FlowRun:
    state = FlowRun.new(flow, CallFacts(caller, "1000", "c", at))
    Runner(flow, state, lambda: "id").handle(CallerArrived(), 50.0)
    return state


@pytest.mark.parametrize(
    ("value", "way"),
    [("gold", "a"), ("1", "b"), ("true", "c"), ("null", "d"), ("{{ 1 == 1 }}", "c"), ("x", "z")],
)
def test_switch_compares_as_text(flow_of: FlowOf, value: str, way: str) -> None:
    flow = flow_of(f"""
        main:
        - set: {{v: "{value}"}}
        - switch: v
          cases:
            gold: [{{set: {{way: a}}}}]
            1: [{{set: {{way: b}}}}]
            "true": [{{set: {{way: c}}}}]
            "null": [{{set: {{way: d}}}}]
          otherwise: [{{set: {{way: z}}}}]
        - hangup: normal
    """)
    assert run(flow).variables["way"] == way


OFFICE = """
calendars:
  office:
    time_zone: Europe/London
    weekly: {mon-thu: "9:00-12:30, 13:30-17:00", fri: "9:00-16:00"}
    holidays: GB
    exceptions: {2026-12-24: "9:00-12:00", 2026-12-28: "10:00-11:00"}
"""


@pytest.mark.parametrize(
    ("at", "way"),
    [
        ("2026-03-16T09:00", "open"),
        ("2026-03-16T08:59", "closed"),
        ("2026-03-16T12:45", "closed"),
        ("2026-03-16T16:59", "open"),
        ("2026-03-16T17:00", "closed"),
        ("2026-03-20T16:30", "closed"),
        ("2026-03-21T10:00", "closed"),
        ("2026-07-06T08:30", "open"),  # 9:30 summer time
        ("2026-12-25T10:00", "holiday"),
        ("2026-12-24T13:00", "closed"),
        ("2026-12-28T10:30", "open"),  # an exception goes before the holiday
    ],
)
@pytest.mark.parametrize("own", [True, False])
def test_hours(tmp_path: Any, at: str, way: str, own: bool) -> None:
    from callflows.flow import load_flow

    ways = ["open", "closed", "holiday"] if own else ["open", "closed"]
    branches = "".join(f"      {name}: [{{set: {{way: {name}}}}}]\n" for name in ways)
    sections = f"sections:\n  main:\n    - hours: office\n{branches}    - hangup: normal\n"
    (tmp_path / "f.yaml").write_text(f"flow: f\nstart: main\n{OFFICE}{sections}")
    flow = load_flow(tmp_path / "f.yaml")
    expected = "closed" if way == "holiday" and not own else way
    assert run(flow, at=datetime.fromisoformat(at).replace(tzinfo=UTC)).variables["way"] == expected
    assert run(flow).ended == "flow_error"  # nobody said what time it is
    opening = flow.calendars["office"].next_opening(datetime(2026, 12, 24, 12, 30, tzinfo=UTC))
    assert opening is not None
    assert opening.isoformat() == "2026-12-28T10:00:00+00:00"


def test_a_section_that_is_called_comes_back_with_its_result(flow_of: FlowOf) -> None:
    flow = flow_of("""
        main:
        - set: {x: outer, n: 1}
        - call: double
          with: {n: "{{ n + 20 }}", x: inner}
          into: result
        - call: plain
        - hangup: normal
        double:
        - goto: deeper
        deeper:
        - set: {seen: "{{ x }}"}
        - return: "{{ n * 2 }}"
        plain:
        - set: {plain: done}
    """)
    state = run(flow)
    assert state.ended == "normal"
    assert {name: state.variables[name] for name in ("x", "n", "result", "seen", "plain")} == {
        "x": "outer",
        "n": 1,
        "result": 42,
        "seen": "inner",
        "plain": "done",
    }
    assert state.stack == []


def test_sections_that_call_each_other_without_end_are_ended(flow_of: FlowOf) -> None:
    flow = flow_of(
        "main:\n- call: deeper\n- hangup: normal\ndeeper:\n- if: caller == 'x'\n  then: [{return: 1}]\n- call: deeper"
    )
    state = run(flow)
    assert state.ended == "flow_error"
    assert len(state.stack) == MAX_CALLS


def test_repeat_counts_and_starts_anew_when_it_is_come_to_again(flow_of: FlowOf) -> None:
    flow = flow_of("""
        main:
        - set: {n: 0, rounds: 0}
        - goto: again
        again:
        - set: {rounds: "{{ rounds + 1 }}"}
        - repeat: 3
          while: n < 100
          steps:
            - set: {n: "{{ n + 1 }}"}
            - if: n == 2
              then: again
        - hangup: normal
    """)
    state = run(flow)
    assert (state.variables["n"], state.variables["rounds"], state.ended) == (5, 2, "normal")
    assert state.rounds == {}


def test_repeat_in_repeat_and_while(flow_of: FlowOf) -> None:
    flow = flow_of("""
        main:
        - set: {n: 0, outer: 0}
        - repeat: 3
          steps:
            - repeat: 5
              while: n < 8
              steps: [{set: {n: "{{ n + 1 }}"}}]
            - set: {outer: "{{ outer + 1 }}"}
        - hangup: normal
    """)
    state = run(flow)
    assert (state.variables["n"], state.variables["outer"]) == (8, 3)


def test_a_split_is_even_and_stable_by_caller(flow_of: FlowOf) -> None:
    flow = flow_of(
        """
        main:
        - split:
            - {percent: 20, then: [{set: {way: new}}]}
            - {percent: 80, then: [{set: {way: old}}]}
        - hangup: normal
    """.replace("- hangup: normal", "- hangup: normal")
    )
    ways = {caller: run(flow, caller=caller).variables["way"] for caller in map(str, range(2000))}
    assert 300 <= list(ways.values()).count("new") <= 500
    assert ways == {caller: run(flow, caller=caller).variables["way"] for caller in ways}
    assert 0 <= share_of("x") < 100


def test_a_call_is_handed_to_another_flow_with_its_variables(line_of: LineOf) -> None:
    line = line_of("main:\n- set: {a: 1}\n- flow: other")
    done = line.arrive()
    [order] = done
    assert isinstance(order, HandOver)
    assert order.flow == "other"
    assert order.variables.items() >= {"caller": "+15550100", "called": "1000", "call_id": "call-1"}.items()
    assert order.variables["a"] == 1
    assert line.runner.finished
    assert not line.runner.contained
    assert not any(isinstance(effect, Hangup) for effect in done)


def test_a_flow_knows_who_the_network_says_it_is(line_of: LineOf) -> None:
    line = line_of(
        "main:\n- set: {hidden: '{{ origin.anonymous }}', by: '{{ origin.diverted_from }}'}\n- flow: other"
    )
    [order] = line.arrive()
    assert isinstance(order, HandOver)
    assert (order.variables["hidden"], order.variables["by"]) == (False, "")
