import numpy as np

from bench.made_audio import RATE, as_samples, dtmf, speech
from telephony.media.ear import Ear
from telephony.media.g711 import ULAW_TO_ALAW, linear_to_ulaw
from telephony.media.messages import (
    AnsweredBy,
    DigitReceived,
    DigitStarted,
    PlaybackFinished,
    SilenceHeard,
    SpeechStarted,
    UtteranceHeard,
)
from telephony.media.playback import Playlist


def listen(a, wave: np.ndarray, *, now: float = 10.0, quiet_s: float = 0.0, **wanted) -> list:
    """Let the remote say it, packet by packet; what is told in its order."""
    wanted = {"digits": False, "silence_s": 0.0, "judge": False} | wanted
    a.leg.listen(Ear("a", now=now, **wanted))
    codes = linear_to_ulaw(as_samples(wave))
    told = []
    for at in range(0, len(codes) - 159, 160):
        payload = codes[at : at + 160]
        a.says(now, payload.translate(ULAW_TO_ALAW) if a.leg.codec_number else payload)
        now += 0.02
        if at % 480 == 0:
            told += a.leg.ear.hear(a.leg, now)
    for _ in range(int(quiet_s / 0.06)):
        now += 0.06
        told += a.leg.ear.hear(a.leg, now)
    return told


def test_digits_inside_the_audio_are_told_like_others(new_leg, host) -> None:
    a = new_leg("a")
    a.settle(dtmf=None, codec="PCMA")
    listen(a, np.concatenate([dtmf(key, 80, 80) for key in "4#"] + [np.zeros(800)]), digits=True)
    started = [event.digit for event in host.events if isinstance(event, DigitStarted)]
    received = [event.digit for event in host.events if isinstance(event, DigitReceived)]
    assert (started, received) == (["4", "#"], ["4", "#"])
    assert a.leg.digits.received == 2


def test_who_agrees_on_telephone_event_meanwhile_is_told_of_once(new_leg, host) -> None:
    a = new_leg("a")
    a.settle(dtmf=None)
    listen(a, dtmf("4", 100, 100), digits=True)
    a.settle(dtmf=101)
    codes = linear_to_ulaw(as_samples(dtmf("5", 100, 100)))
    for at in range(0, len(codes) - 159, 160):
        a.says(20.0 + at / RATE, codes[at : at + 160])
    a.leg.ear.hear(a.leg, 20.3)
    assert [event.digit for event in host.events if isinstance(event, DigitReceived)] == ["4"]


def test_a_digit_inside_the_audio_ends_the_prompt(new_leg, host) -> None:
    a = new_leg("a")
    a.settle(dtmf=None)
    a.leg.play(Playlist("p1", [b"\x11" * 80_000], stop_at="4"), 10.0)
    listen(a, dtmf("4", 100, 100), digits=True)
    assert PlaybackFinished("a", "p1", stopped_by="4") in host.events


def test_speech_and_the_silence_behind_it(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    wave = np.concatenate((np.zeros(4000), speech(2, np.random.default_rng(5)), np.zeros(3 * RATE)))
    told = listen(a, wave, silence_s=1.5)
    assert told[0] == SpeechStarted("a")
    assert told[-1] == SilenceHeard("a", 1.5)
    assert sum(isinstance(event, SilenceHeard) for event in told) == 1


def test_a_remote_that_sends_nothing_is_silent(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    told = listen(a, np.zeros(160), silence_s=1.5, quiet_s=3.0)
    assert told == [SilenceHeard("a", 1.5)]


def test_what_is_said_is_sent_utterance_by_utterance(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    quiet, random = np.zeros(RATE), np.random.default_rng(5)
    wave = np.concatenate((quiet, speech(1, random), quiet, speech(1.5, random), quiet))
    said = [event for event in listen(a, wave, utterances=True) if isinstance(event, UtteranceHeard)]
    assert [event.leg_id for event in said] == ["a", "a"]
    assert [1.2 < len(event.audio) / RATE < 2.6 for event in said] == [True, True]
    assert len(said[0].audio) < len(said[1].audio)


def test_who_answered(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    random = np.random.default_rng(6)
    (judged,) = [
        event
        for event in listen(a, np.concatenate((speech(0.7, random), np.zeros(2 * RATE))), judge=True)
        if isinstance(event, AnsweredBy)
    ]
    assert judged.answerer == "human"


def test_an_ear_taken_off_hears_nothing(new_leg) -> None:
    a = new_leg("a")
    a.settle()
    listen(a, np.zeros(160))
    ear = a.leg.ear
    a.leg.listen(None)
    a.says(11.0)
    assert a.leg.sink is None
    assert ear.hear(a.leg, 10.02) == []
