"""Waiting in a queue: a section of its own meanwhile, leaving, patience, overflow; and calls refused."""

from collections.abc import Callable

from ivr.effects import Hangup, JoinQueue, LeaveQueue, Play, StopPlay
from ivr.events import QueueLeft, TalkBegan
from ivr.run import FlowRun
from ivr.runner import MAX_STEPS_WITHOUT_INPUT
from tests.ivr.conftest import Line

LineOf = Callable[[str], Line]
QUEUE = """
main:
- set: {who: anna, n: 0}
- queue: support
  preferred: "{{ who }}"
  preferred_for: 20s
  data: {reason: "{{ who }}", n: "{{ n }}"}
  while_waiting: waiting
  longest: 5m
  overflow: {full: other, too_long: other}
- say: Refused.
- hangup: congestion
other:
- say: Elsewhere.
- hangup: busy
waiting:
- set: {n: "{{ n + 1 }}"}
- music: 30s
- call: choice
  with: {who: berta}
choice:
- menu: Press 1 to go.
  keys: {1: [{leave: gone}], 2: [{return: 1}]}
  retries: 0
gone:
- say: Gone.
- hangup: normal
"""


def waiting(line_of: LineOf) -> Line:
    line = line_of(QUEUE)
    line.arrive()
    return line


def test_the_order_says_whom_and_what_the_agent_sees(line_of: LineOf) -> None:
    line = waiting(line_of)
    (order,) = [effect for effect in line.effects if isinstance(effect, JoinQueue)]
    assert order == JoinQueue("support", {}, 0, "anna", 20.0, {"reason": "anna", "n": 0}, True)


def test_the_section_runs_round_and_round(line_of: LineOf) -> None:
    line = waiting(line_of)
    for turn in (1, 2, 3):
        assert line.runner.run.variables["n"] == turn
        line.wait(30)
        line.heard_all()
        line.wait(5)
    assert line.runner.run.steps_without_input < 10


def test_a_result_given_in_it_begins_a_new_round(line_of: LineOf) -> None:
    line = waiting(line_of)
    line.wait(30)
    line.press("2")
    assert line.runner.run.variables["n"] == 2
    assert line.runner.run.variables["who"] == "anna"


def test_an_agent_ends_it_in_the_middle_of_a_word(line_of: LineOf) -> None:
    line = waiting(line_of)
    line.wait(30)
    assert line.runner.run.variables["who"] == "berta"
    assert line.event(TalkBegan()) == [StopPlay()]
    run = line.runner.run
    assert (run.section, run.stack, run.variables["who"], run.talking) == ("main", [], "anna", True)
    assert line.press("1") == []
    assert line.wait(3600) == []
    assert line.event(QueueLeft("answered"))[-1] == Hangup("normal")


def test_whoever_leaves_is_out_of_the_queue_and_of_what_was_called(line_of: LineOf) -> None:
    line = waiting(line_of)
    line.wait(30)
    done = line.press("1")
    assert LeaveQueue() in done
    assert line.said[-1] == "Gone."
    assert line.runner.run.stack == []
    assert line.event(QueueLeft("answered")) == []
    assert line.heard_all()[-1] == Hangup("normal")
    assert LeaveQueue() not in line.heard_all() if line.runner.run.playing else True


def test_patience_ends_it_too(line_of: LineOf) -> None:
    line = waiting(line_of)
    for _ in range(20):
        line.wait(15)
    assert line.effects.count(LeaveQueue()) == 1
    assert line.said[-1] == "Elsewhere."
    assert ("left queue", {"outcome": "too_long"}) in line.traced


def test_each_reason_has_its_branch_and_others_go_on_below(line_of: LineOf) -> None:
    for reason, text in (("full", "Elsewhere."), ("closed", "Refused.")):
        line = waiting(line_of)
        line.event(QueueLeft(reason))
        assert line.said[-1] == text


def test_a_run_that_waits_can_be_written_down(line_of: LineOf) -> None:
    line = waiting(line_of)
    line.wait(30)
    assert FlowRun.load(line.runner.run.dump()) == line.runner.run


def test_hanging_up_in_it_leaves_the_queue(line_of: LineOf) -> None:
    line = line_of(
        """
        main:
        - queue: support
          while_waiting: waiting
        - hangup: congestion
        waiting:
        - music: 30s
        - hangup: normal
        """
    )
    line.arrive()
    assert line.wait(30)[-2:] == [LeaveQueue(), Hangup("normal")]


def test_a_section_that_skips_its_music_for_ever_is_a_flow_error(line_of: LineOf) -> None:
    line = line_of(
        """
        main:
        - queue: support
          while_waiting: waiting
        - hangup: congestion
        waiting:
        - if: caller == "x"
          then: [{music: 30s}]
        """
    )
    assert line.arrive()[-1] == Hangup("flow_error")
    assert line.runner.run.steps_without_input > MAX_STEPS_WITHOUT_INPUT


def test_without_a_section_keys_are_nobodys(line_of: LineOf) -> None:
    line = line_of("main:\n- queue: support\n  preferred: null\n- hangup: congestion")
    line.arrive()
    (order,) = [effect for effect in line.effects if isinstance(effect, JoinQueue)]
    assert (order.preferred, order.own_waiting) == (None, False)
    line.press("1")
    assert line.runner.run.typed == ""


def test_busy_refuses_who_was_not_answered_and_sounds_for_others(line_of: LineOf) -> None:
    refused = line_of("main:\n- busy: null")
    assert refused.arrive() == [Hangup("busy")]
    line = line_of("main:\n- say: Hello.\n- busy: 3s")
    line.arrive()
    (tone,) = line.heard_all()
    assert isinstance(tone, Play)
    assert tone.loop
    assert line.wait(3) == [StopPlay(), Hangup("busy")]


def test_reject_refuses_with_its_reason(line_of: LineOf) -> None:
    assert line_of("main:\n- reject: null").arrive() == [Hangup("rejected")]
    assert line_of("main:\n- reject: congestion").arrive() == [Hangup("congestion")]


def test_a_reject_that_comes_too_late_is_warned_of(line_of: LineOf) -> None:
    line = line_of("main:\n- say: Hello.\n- reject: unavailable")
    assert [problem.message for problem in line.runner.flow.warnings] == [
        "the call may have been answered before; then it is hung up"
    ]
