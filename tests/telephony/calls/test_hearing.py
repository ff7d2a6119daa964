"""What an ear hears, told to whoever listens to the leg."""

from __future__ import annotations

from typing import Any

import pytest

from telephony.calls.leg import LegAnsweredBy, LegSilence, LegSpeech, LegUtterance
from telephony.media.messages import AnsweredBy, SilenceHeard, SpeechStarted, UtteranceHeard
from tests.telephony.calls.fakes import Bench
from tests.telephony.calls.test_sdes import offer


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_speech_silence_and_who_answered_are_events_of_the_leg(bench: Bench) -> None:
    leg = bench.invite()
    heard: list[Any] = []
    leg.listener = heard.append
    assert await bench.exchange.answer(leg)
    bench.exchange.hearing.listen(leg, silence_s=3.0, judge=True)
    assert bench.media.said[-1] == (
        "listen",
        leg.id,
        {"digits": False, "silence_s": 3.0, "judge": True, "utterances": False},
    )
    bench.exchange.on_media_event(SpeechStarted(leg.id))
    bench.exchange.on_media_event(SilenceHeard(leg.id, 3.02))
    bench.exchange.on_media_event(UtteranceHeard(leg.id, b"hello"))
    bench.exchange.on_media_event(AnsweredBy(leg.id, "machine", "talks on for 1.9 s", 2.1))
    judged = LegAnsweredBy("machine", "talks on for 1.9 s", 2.1)
    assert heard == [LegSpeech(), LegSilence(3.02), LegUtterance(b"hello"), judged]


async def test_an_ear_is_taken_off_again(bench: Bench) -> None:
    leg = bench.invite()
    assert await bench.exchange.answer(leg)
    bench.exchange.hearing.stop(leg)
    ended = {"digits": False, "silence_s": 0.0, "judge": False, "utterances": False}
    assert bench.media.said[-1] == ("listen", leg.id, ended)


async def test_a_leg_without_audio_or_at_its_end_gets_no_ear(bench: Bench) -> None:
    leg = bench.invite()
    bench.exchange.hearing.listen(leg, silence_s=1.0)
    assert await bench.exchange.answer(leg)
    bench.exchange.hang_up(leg, "enough")
    bench.exchange.hearing.listen(leg, silence_s=1.0)
    assert "listen" not in bench.media.names()


async def test_what_is_heard_of_a_leg_that_is_gone_is_nobodys(bench: Bench) -> None:
    leg = bench.invite()
    assert await bench.exchange.answer(leg)
    bench.exchange.hang_up(leg, "enough")
    bench.exchange.on_media_event(SilenceHeard(leg.id, 3.0))
    assert bench.incoming == [leg]


WITHOUT_EVENTS = offer("m=audio 4000 RTP/AVP 0")
WITH_EVENTS = offer("m=audio 4000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000")


async def test_on_a_trunk_without_telephone_event_keys_are_listened_for_whatever_else_is(
    bench: Bench,
) -> None:
    leg = bench.invite(WITHOUT_EVENTS)
    leg.trunk = "carrier"
    assert await bench.exchange.answer(leg)
    assert bench.media.said[-1] == ("listen", leg.id, {"digits": True})
    bench.exchange.hearing.listen(leg, silence_s=3.0)
    assert bench.media.said[-1][2]["digits"]
    bench.exchange.hearing.stop(leg)
    assert bench.media.said[-1][2]["digits"]


@pytest.mark.parametrize(
    ("body", "trunk", "able"),
    [(WITH_EVENTS, "carrier", True), (WITHOUT_EVENTS, None, True), (WITHOUT_EVENTS, "carrier", False)],
)
async def test_nobody_listens_for_keys_where_there_is_another_way_or_none(
    bench: Bench, body: bytes, trunk: str | None, able: bool
) -> None:
    leg = bench.invite(body)
    leg.trunk, bench.media.hears_digits = trunk, able
    assert await bench.exchange.answer(leg)
    assert "listen" not in bench.media.names()
