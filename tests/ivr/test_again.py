"""A run that another process goes on with: read back from what was written, and begun again at its step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ivr.effects import Effect, Hangup, HttpRequest, MaskDigits, Play, Speech, StopPlay, Traced
from ivr.events import DigitPressed, PlaybackFinished, QueueLeft, TalkBegan
from ivr.run import FlowRun
from ivr.runner import BEGUN_AGAIN, Runner

LineOf = Callable[[str], Any]


def reborn(line: Any, *, alone: bool = False) -> list[Effect]:
    """Another process reads what was written; what it does first, traces left out."""
    run = FlowRun.load(line.runner.run.dump())
    line.runner = Runner(line.runner.flow, run, iter(f"n{number}" for number in range(1, 100)).__next__)
    effects = line.runner.again(line.now, alone=alone)
    line.effects += effects
    return [effect for effect in effects if not isinstance(effect, Traced)]


def test_a_prompt_is_heard_from_its_beginning(line_of: LineOf) -> None:
    line = line_of("main:\n- set: {a: 1}\n- say: Hello.\n- hangup: normal")
    line.arrive()
    assert reborn(line) == [StopPlay(), Play("n1", (Speech("Hello.", "en-gb"),))]
    assert (BEGUN_AGAIN, {}) in line.traced
    assert line.event(PlaybackFinished("p1")) == []  # that one's end is nobody's business any more
    assert line.heard_all() == [Hangup("normal")]


def test_a_menu_takes_the_key(line_of: LineOf) -> None:
    line = line_of("main:\n- menu: One?\n  keys: {1: good}\n- hangup: busy\ngood:\n- hangup: normal")
    line.arrive()
    assert any(isinstance(effect, Play) for effect in reborn(line))
    assert line.press("1")[-1] == Hangup("normal")


def test_digits_of_a_secret_go_on_and_stay_masked(line_of: LineOf) -> None:
    line = line_of("main:\n- collect: PIN?\n  digits: 4\n  into: pin\n  masked: true\n- hangup: normal")
    line.arrive()
    line.press("47")
    effects = reborn(line)
    assert MaskDigits(True) in effects
    assert Hangup("normal") in line.press("11")
    assert line.runner.run.variables["pin"] == "4711"


def test_one_in_a_queue_or_in_a_talk_stays_there(line_of: LineOf) -> None:
    line = line_of("main:\n- queue: sales\n  after: thanks\n- hangup: busy\nthanks:\n- hangup: normal")
    line.arrive()
    assert reborn(line) == []
    line.event(TalkBegan())
    assert reborn(line) == []
    assert line.event(QueueLeft("answered")) == [Hangup("normal")]


def test_the_section_of_a_waiting_caller_begins_its_step_again(line_of: LineOf) -> None:
    line = line_of(
        "main:\n- queue: sales\n  while_waiting: wait\n- hangup: busy\nwait:\n- say: Please hold.\n- wait: 5s"
    )
    line.arrive()
    assert reborn(line) == [StopPlay(), Play("n1", (Speech("Please hold.", "en-gb"),))]
    assert line.runner.run.in_queue


def test_the_patience_of_a_step_begins_anew(line_of: LineOf) -> None:
    line = line_of("main:\n- wait: 10s\n- hangup: normal")
    line.arrive()
    line.now += 8.0
    assert reborn(line) == []
    assert line.runner.next_timer() == line.now + 10.0


def test_a_question_is_asked_again_unless_twice_is_not_once(line_of: LineOf) -> None:
    text = "main:\n- http: http://127.0.0.1/\n  method: {}\n  into: answer\n  failed: bad\n"
    text += "- hangup: normal\nbad:\n- hangup: busy"
    asked = line_of(text.replace("{}", "GET"))
    asked.arrive()
    [again] = [effect for effect in reborn(asked) if isinstance(effect, HttpRequest)]
    assert again.request_id == "n1"
    ordered = line_of(text.replace("{}", "POST"))
    ordered.arrive()
    assert reborn(ordered) == [Hangup("busy")]


def test_whom_the_flow_had_called_may_be_gone(line_of: LineOf) -> None:
    text = "main:\n- dial: '+442079460000'\n  after: thanks\n- hangup: busy\nthanks:\n"
    line = line_of(text + "- say: That was it.\n- hangup: normal")
    line.arrive()
    line.event(TalkBegan())
    assert reborn(line) == []
    assert reborn(line, alone=True) == [Play("n1", (Speech("That was it.", "en-gb"),))]


def test_what_is_over_stays_over(line_of: LineOf) -> None:
    line = line_of("main:\n- hangup: normal")
    assert line.arrive() == [Hangup("normal")]
    assert reborn(line) == []
    assert line.runner.handle(DigitPressed("1"), line.now) == []
