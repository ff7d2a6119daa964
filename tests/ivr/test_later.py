"""Voicemail, the review of a message, and callbacks."""

from collections.abc import Callable

import pytest

from ivr.effects import (
    DiscardRecording,
    Hangup,
    LeaveVoicemail,
    Play,
    Recorded,
    RequestCallback,
    StartRecording,
)
from ivr.events import RecordingFinished, Reply
from tests.ivr.conftest import Line

LineOf = Callable[[str], Line]
MAILBOX = """
main:
- set: {box: sales}
- voicemail: "{{ box }}"
  review: {at_most: 1}
  empty: [{hangup: unavailable}]
- say: Thank you.
- hangup: normal
"""


def recorded(line_of: LineOf, seconds: float = 4.0) -> Line:
    line = line_of(MAILBOX)
    line.arrive()
    (start,) = line.heard_all()
    assert isinstance(start, StartRecording)
    assert start.kind == "voicemail"
    line.event(RecordingFinished(start.request_id, "rec-1", seconds))
    return line


def test_a_message_is_reviewed_and_goes_into_its_mailbox(line_of: LineOf) -> None:
    line = recorded(line_of)
    assert line.said[0] == "Please leave a message after the tone."
    assert line.said[-1].startswith("To keep your message, press 1.")
    assert LeaveVoicemail("sales", "rec-1", 4.0) in line.press("1")
    assert line.runner.run.variables["voicemail"] == "rec-1"
    line.heard_all()
    assert not line.runner.contained


def test_it_may_be_heard(line_of: LineOf) -> None:
    line = recorded(line_of)
    done = line.press("2")
    assert isinstance(done[-1], Play)
    assert done[-1].prompts == (Recorded("rec-1"),)
    line.heard_all()
    assert line.said[-1].startswith("To keep")


def test_it_may_be_recorded_again_but_not_for_ever(line_of: LineOf) -> None:
    line = recorded(line_of)
    assert DiscardRecording("rec-1") in line.press("3")
    (start,) = line.heard_all()
    assert isinstance(start, StartRecording)
    line.event(RecordingFinished(start.request_id, "rec-2", 3.0))
    assert DiscardRecording("rec-2") not in line.press("3")
    line.heard_all()
    assert LeaveVoicemail("sales", "rec-2", 3.0) in line.wait(5)


def test_an_empty_one_is_none(line_of: LineOf) -> None:
    line = recorded(line_of, 0.0)
    assert line.effects[-1] == Hangup("unavailable")
    assert not any(isinstance(effect, LeaveVoicemail) for effect in line.effects)


def test_a_server_that_cannot_record_leaves_nobody_waiting(line_of: LineOf) -> None:
    line = line_of(MAILBOX)
    line.arrive()
    line.heard_all()
    request = line.runner.run.request
    assert request is not None
    assert line.event(Reply(request, None, "this server cannot do that"))[-1] == Hangup("unavailable")


CALLBACK = """
main:
- callback: Press 1 or 2.
  queue: support
  skills: {billing: 2}
  data: {who: "{{ caller }}"}
  into: number
  declined: [{hangup: busy}]
  failed: [{hangup: congestion}]
- hangup: normal
"""


def test_the_callers_own_number_is_confirmed_and_promised(line_of: LineOf) -> None:
    line = line_of(CALLBACK)
    line.arrive()
    line.press("1")
    assert "plus, 1, 5, 5, 5, 0, 1, 0, 0" in line.said[-1]
    order = line.press("1")[-1]
    assert order == RequestCallback("p3", "+15550100", "support", {"billing": 2}, 0, {"who": "+15550100"})
    assert line.event(Reply("p3", "ticket"))[-1] == Hangup("normal")
    assert line.runner.run.variables["number"] == "+15550100"
    assert not line.runner.contained


def test_another_number_is_typed_and_may_be_typed_again(line_of: LineOf) -> None:
    line = line_of(CALLBACK)
    line.arrive()
    line.press("2")
    line.press("12#")
    assert line.said[-1] == line.said[-2] == "Please enter your number, then press hash."
    line.press("02079460000#")
    assert "0, 2, 0, 7" in line.said[-1]
    line.press("2")
    line.press("02079461111")
    line.wait(3)
    order = line.press("1")[-1]
    assert isinstance(order, RequestCallback)
    assert order.number == "02079461111"


def test_an_appointment_is_asked_for_in_the_flows_words(line_of: LineOf) -> None:
    line = line_of(CALLBACK.replace("into: number", "at: '{{ 9 + 1 }}:30'"))
    line.arrive()
    line.press("1")
    order = line.press("1")[-1]
    assert isinstance(order, RequestCallback)
    assert order.at == "10:30"


@pytest.mark.parametrize("answer", [Reply("p3", None, "too many"), None])
def test_a_promise_that_cannot_be_given(line_of: LineOf, answer: Reply | None) -> None:
    line = line_of(CALLBACK)
    line.arrive()
    line.press("11")
    done = line.wait(5) if answer is None else line.event(answer)
    assert done[-1] == Hangup("congestion")


@pytest.mark.parametrize("keys", ["*", "1*", "2*#"])
def test_it_may_be_declined_at_any_question(line_of: LineOf, keys: str) -> None:
    line = line_of(CALLBACK)
    line.arrive()
    if keys.endswith("#"):
        line.press("2")
        line.press("*")
        line.wait(3)
    else:
        line.press(keys)
    assert line.effects[-1] == Hangup("busy")


def test_silence_declines_after_its_retries(line_of: LineOf) -> None:
    line = line_of(CALLBACK)
    line.arrive()
    for _ in range(3):
        line.heard_all()
        line.wait(5)
    assert line.effects[-1] == Hangup("busy")
    assert line.said == ["Press 1 or 2."] * 3


def test_a_withheld_number_is_asked_for(line_of: LineOf) -> None:
    line = line_of(CALLBACK)
    object.__setattr__(line.runner.run.call, "caller", "anonymous")
    line.runner.run.variables["caller"] = "anonymous"
    line.arrive()
    line.press("1")
    assert line.said[-1] == "Please enter your number, then press hash."
