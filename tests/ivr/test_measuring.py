"""tag, contained, notify, survey; play, beep, music, record."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivr.effects import (
    Answer,
    AudioFile,
    Hangup,
    HoldMusic,
    Play,
    SendNotice,
    Speech,
    StartRecording,
    StopPlay,
    StopRecording,
    SurveyAnswered,
    Tagged,
    Tone,
)
from ivr.events import CallerHungUp, QueueLeft, RecordingFinished

LineOf = Callable[[str], Any]


def test_tags_and_notices(line_of: LineOf) -> None:
    line = line_of("""
        main:
        - tag: {reason: billing, caller: "{{ caller }}"}
        - notify: mailto:boss@example.org
          subject: Call of {{ caller }}
          text: It came.
        - notify: https://example.org/hook
          json: {n: 1}
        - hangup: normal
    """)
    assert line.arrive() == [
        Tagged({"reason": "billing", "caller": "+15550100"}),
        SendNotice("mailto:boss@example.org", "Call of +15550100", "It came.", None),
        SendNotice("https://example.org/hook", None, None, {"n": 1}),
        Hangup("normal"),
    ]


def test_contained_holds_even_when_the_caller_hangs_up(line_of: LineOf) -> None:
    line = line_of("main:\n- contained: Balance told.\n- say: Good bye.\n- hangup: normal")
    line.arrive()
    line.event(CallerHungUp())
    assert line.runner.contained


SURVEY = """
    main:
    - queue: q
      after: how
    how:
    - survey:
        - {ask: Content?, scale: csat, name: csat}
        - {ask: Recommend?, scale: nps, name: nps}
      retries: 1
    - hangup: normal
"""


@pytest.mark.parametrize(
    ("typed", "csat", "nps"),
    [("510", 5, 10), ("30", 3, 0), ("**", None, None), ("7788", None, 8), ("65*", 5, None), ("57", 5, 7)],
)
def test_a_survey_is_answered_question_by_question(line_of: LineOf, typed: str, csat: Any, nps: Any) -> None:
    line = line_of(SURVEY)
    line.arrive()
    line.event(QueueLeft("answered"))
    done = line.press(typed)
    answers = [effect for effect in line.effects if isinstance(effect, SurveyAnswered)]
    assert answers == [SurveyAnswered("csat", "csat", csat), SurveyAnswered("nps", "nps", nps)]
    assert done[-1] == Hangup("normal")


def test_silence_skips_and_a_one_may_be_a_ten(line_of: LineOf) -> None:
    line = line_of(SURVEY)
    line.arrive()
    line.event(QueueLeft("answered"))
    line.heard_all()
    line.wait(6.0)
    line.press("1")
    assert not line.runner.finished
    assert line.wait(2.0)[-1] == Hangup("normal")
    assert [e.value for e in line.effects if isinstance(e, SurveyAnswered)] == [None, 1]


def test_play_beep_and_music(line_of: LineOf, tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"")
    line = line_of(
        "main:\n- play: x.wav\n- beep:\n- music: 10s\n- music: 5s\n  file: x.wav\n- hangup: normal"
    )
    assert line.arrive() == [Answer(), Play("p1", (AudioFile(tmp_path / "x.wav"),))]
    assert line.heard_all() == [Play("p2", (Tone(0.2),))]
    assert line.heard_all() == [Play("p3", (HoldMusic(),), loop=True)]
    assert line.wait(10.0) == [StopPlay(), Play("p4", (AudioFile(tmp_path / "x.wav"),), loop=True)]
    assert line.press("1") == [StopPlay(), Hangup("normal")]


RECORD = """
    main:
    - record: Speak after the tone.
      into: message
      longest: 30s
      silence: 3s
      empty: [{hangup: busy}]
    - hangup: normal
"""


def test_a_message_is_recorded_until_the_stop_key(line_of: LineOf) -> None:
    line = line_of(RECORD)
    assert line.arrive() == [Answer(), Play("p1", (Speech("Speak after the tone.", "en-gb"), Tone(0.25)))]
    assert line.heard_all() == [StartRecording("p2", "message", 30.0, 3.0)]
    assert line.press("5") == []
    assert line.press("#") == [StopRecording("p2")]
    assert line.event(RecordingFinished("p1", "x", 9.0)) == []
    assert line.event(RecordingFinished("p2", "m-1", 4.5)) == [Hangup("normal")]
    assert line.runner.run.variables["message"] == "m-1"


def test_nothing_said_and_a_recording_whose_end_is_never_told(line_of: LineOf) -> None:
    empty = line_of(RECORD)
    empty.arrive()
    assert empty.press("1") == [StopPlay(), StartRecording("p2", "message", 30.0, 3.0)]
    assert empty.event(RecordingFinished("p2", "m-1", 0.0)) == [Hangup("busy")]
    lost = line_of(RECORD)
    lost.arrive()
    lost.heard_all()
    assert lost.wait(35.0) == [StopRecording("p2"), Hangup("busy")]
