"""The rules that hold for every block: order, endings, limits, late and repeated events, the trace."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from callflows.flow import Flow
from ivr.effects import Answer, Hangup, JoinQueue, Play, Speech, StopPlay, Traced
from ivr.events import CallerArrived, CallerHungUp, DigitPressed, PlaybackFailed, PlaybackFinished, QueueLeft
from ivr.run import CallFacts, FlowRun
from ivr.runner import MAX_STEPS_WITHOUT_INPUT, Runner

LineOf = Callable[[str], Any]


def test_a_call_is_answered_before_the_first_word(line_of: LineOf) -> None:
    line = line_of("main:\n- say: Hello.\n- hangup: normal")
    assert line.arrive() == [Answer(), Play("p1", (Speech("Hello.", "en-gb"),))]
    assert line.heard_all() == [Hangup("normal")]
    assert line.runner.finished
    assert line.runner.contained


def test_a_call_that_is_refused_is_never_answered(line_of: LineOf) -> None:
    line = line_of("main:\n- set: {a: 1}\n- if: a == 1\n  then: [{hangup: busy}]\n- hangup: normal")
    assert line.arrive() == [Hangup("busy")]


def test_arriving_twice_changes_nothing(line_of: LineOf) -> None:
    line = line_of("main:\n- say: Hello.\n- hangup: normal")
    line.arrive()
    assert line.arrive() == []


def test_the_end_of_another_prompt_is_not_listened_to(line_of: LineOf) -> None:
    line = line_of("main:\n- say: One.\n- say: Two.\n- hangup: normal")
    line.arrive()
    assert line.event(PlaybackFinished("p0")) == []
    assert line.heard_all() == [Play("p2", (Speech("Two.", "en-gb"),))]
    assert line.event(PlaybackFinished("p1")) == []


def test_a_prompt_that_cannot_be_played_is_passed_over(line_of: LineOf) -> None:
    line = line_of("main:\n- say: One.\n- say: Two.\n- hangup: normal")
    line.arrive()
    assert line.event(PlaybackFailed("p1", "no voice")) == [Play("p2", (Speech("Two.", "en-gb"),))]
    assert ("not played", {"why": "no voice"}) in line.traced


def test_the_caller_hangs_up(line_of: LineOf) -> None:
    line = line_of("main:\n- say: Hello.\n- hangup: normal")
    line.arrive()
    assert line.event(CallerHungUp()) == []
    assert line.runner.finished
    assert not line.runner.contained
    assert line.runner.next_timer() is None
    assert line.event(DigitPressed("1")) == []
    assert line.wait(1000) == []


def test_a_queue_takes_the_caller_and_the_talk_ends_the_call(line_of: LineOf) -> None:
    line = line_of(
        "main:\n- queue: sales\n  skills: {billing: 3}\n  priority: 5\n- say: All busy.\n- hangup: busy"
    )
    assert line.arrive() == [Answer(), JoinQueue("sales", {"billing": 3}, 5)]
    assert line.press("123") == []
    assert line.event(QueueLeft("answered")) == [Hangup("normal")]
    assert not line.runner.contained


def test_a_refused_caller_goes_on_below(line_of: LineOf) -> None:
    line = line_of("main:\n- queue: sales\n- say: All busy.\n- hangup: busy")
    line.arrive()
    line.press("9")  # meant for nobody: it must not skip what follows
    assert line.event(QueueLeft("full")) == [Play("p1", (Speech("All busy.", "en-gb"),))]


def test_a_refused_caller_may_have_a_way_of_its_own_and_so_may_one_whose_talk_is_over(
    line_of: LineOf,
) -> None:
    sections = """
        main:
        - queue: sales
          refused: [{say: Refused.}, {hangup: busy}]
          after: [{say: How was it?}, {hangup: normal}]
    """
    refused = line_of(sections)
    refused.arrive()
    refused.event(QueueLeft("full"))
    answered = line_of(sections)
    answered.arrive()
    answered.event(QueueLeft("answered"))
    assert (refused.said, answered.said) == (["Refused."], ["How was it?"])


def test_a_refused_caller_without_steps_below_is_hung_up(line_of: LineOf) -> None:
    line = line_of("main:\n- queue: sales")
    line.arrive()
    assert line.event(QueueLeft("full")) == [Hangup("normal")]


def test_leaving_a_queue_one_is_not_in_is_nothing(line_of: LineOf) -> None:
    line = line_of("main:\n- say: Hello.\n- hangup: normal")
    line.arrive()
    assert line.event(QueueLeft("answered")) == []


def test_a_flow_that_goes_round_without_a_word_from_the_caller_is_ended(line_of: LineOf) -> None:
    line = line_of(
        "main:\n- set: {n: 0}\n- goto: again\nagain:\n- if: n > 0\n  then: [{hangup: normal}]\n- goto: again"
    )
    assert line.arrive() == [Hangup("flow_error")]
    assert line.traced[-1][0] == "flow error"
    assert f"{MAX_STEPS_WITHOUT_INPUT} steps" in line.traced[-1][1]["error"]
    assert not line.runner.contained


def test_a_digit_begins_the_count_of_steps_anew(line_of: LineOf) -> None:
    line = line_of("main:\n- menu: Again?\n  keys: {1: main}\n  otherwise: [{hangup: normal}]")
    line.arrive()
    for _ in range(2 * MAX_STEPS_WITHOUT_INPUT):
        line.press("1")
    assert not line.runner.finished


def test_an_expression_that_fails_ends_the_run_and_is_traced_with_its_place(line_of: LineOf) -> None:
    line = line_of(
        "main:\n- collect: Number?\n  digits: 1\n  into: n\n- set: {x: '{{ 10 // (n | int) }}'}\n- hangup: normal"
    )
    line.arrive()
    assert line.press("0") == [StopPlay(), Hangup("flow_error")]
    what, data = line.traced[-1]
    assert what == "flow error"
    assert data["at"].endswith("flow.yaml:8:5")
    assert data["error"] == '"10 // (n | int)": integer division or modulo by zero'


def test_a_text_that_fails_ends_the_run_as_well(line_of: LineOf) -> None:
    line = line_of(
        "main:\n- if: caller == ''\n  then: [{set: {name: x}}]\n- say: Hello {{ name }}.\n- hangup: normal"
    )
    assert line.arrive() == [Answer(), Hangup("flow_error")]


def test_every_step_is_traced_with_its_line(line_of: LineOf) -> None:
    line = line_of(
        "main:\n- set: {tier: gold}\n- if: tier == 'gold'\n  then: gold\n- hangup: normal\n"
        "gold:\n- say: Gold.\n- hangup:"
    )
    line.arrive()
    line.heard_all()
    steps = [(e.step.section, e.step.line, e.what) for e in line.effects if isinstance(e, Traced)]
    assert steps == [("main", 5, "set"), ("main", 6, "if"), ("gold", 10, "say"), ("gold", 11, "hangup")]


def test_a_run_of_another_version_is_refused(flow_of: Callable[[str], Flow]) -> None:
    flow = flow_of("main:\n- hangup: normal")
    run = FlowRun.new(flow, CallFacts("1", "2", "3"))
    run.version = "another"
    with pytest.raises(ValueError, match="the run is of version another"):
        Runner(flow, run, lambda: "")


def test_a_run_goes_on_after_being_written_down_at_any_moment(flow_of: Callable[[str], Flow]) -> None:
    flow = flow_of("""
        main:
        - set: {n: 1, all: [1, {a: b}]}
        - menu: Which?
          keys: {1: more, 12: more}
          otherwise: [{hangup: busy}]
        more:
        - collect: Number?
          digits: 2..4
          into: number
        - say: "{{ number }} {{ all[1].a }}"
        - hangup: normal
    """)
    events = [
        CallerArrived(),
        DigitPressed("1"),
        DigitPressed("2"),
        PlaybackFinished("id"),
        *map(DigitPressed, "77#"),
    ]
    whole, pieces = FlowRun.new(flow, CallFacts("1", "2", "3")), FlowRun.new(flow, CallFacts("1", "2", "3"))
    runner = Runner(flow, whole, lambda: "id")
    for event in [*events, PlaybackFinished("id")]:
        effects = runner.handle(event, 5.0)
        data = pieces.dump()
        json.loads(data)
        pieces = FlowRun.load(data)
        assert Runner(flow, pieces, lambda: "id").handle(event, 5.0) == effects
        assert pieces == whole
    assert whole.ended == "normal"


@pytest.mark.alone
@pytest.mark.parametrize(
    "steps",
    [
        "- set: {count: '{{ count + 1 }}'}",
        "- if: count == 5\n  then: [{hangup: busy}]",
        "- goto: next{i}\nnext{i}:",
    ],
)
def test_a_step_that_does_not_wait_costs_little(flow_of: Callable[[str], Flow], steps: str) -> None:
    """The budget is 20 us; what is asserted leaves room for a busy machine, the best of many rounds is taken."""
    body = "\n".join(steps.replace("{i}", str(i)) for i in range(900))
    flow = flow_of(f"main:\n- set: {{count: 1000}}\n{body}\n- hangup: normal")
    best = float("inf")
    for _ in range(10):
        runner = Runner(flow, FlowRun.new(flow, CallFacts("1", "2", "3")), lambda: "")
        begin = time.process_time()
        effects = runner.handle(CallerArrived(), 0.0)
        best = min(best, (time.process_time() - begin) / 900)
        assert effects[-1] == Hangup("normal")
    assert best < 40e-6, f"{best * 1e6:.1f} us a step"
