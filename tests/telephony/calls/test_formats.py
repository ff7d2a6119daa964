"""Codecs and digits of a stream: what is chosen of theirs, and how ours is written."""

from __future__ import annotations

import pytest

from telephony.calls import negotiation
from telephony.calls.terms import MediaTerms
from telephony.media.messages import Codec, RemoteMedia
from telephony.media.opus_format import OpusFormat
from telephony.sip.sdp import SessionDescription
from tests.telephony.calls.test_negotiation import offer

TERMS = MediaTerms(codecs=("opus", "G722", "PCMU"))
OPUS = ("a=rtpmap:111 opus/48000/2", "a=fmtp:111 maxplaybackrate=16000;useinbandfec=1")


def agreed(*lines: str, codecs: tuple[Codec, ...] = ("opus", "PCMU")) -> tuple[RemoteMedia, str]:
    found = negotiation.answer(offer(*lines), "192.0.2.1", 10000, MediaTerms(codecs=codecs))
    assert found.remote is not None
    return found.remote, found.body.decode()


def test_our_offer_names_opus_under_a_dynamic_type_and_digits_in_both_clocks() -> None:
    text = negotiation.offer("192.0.2.1", 10000, TERMS).decode()
    for line in (
        "m=audio 10000 RTP/AVP 96 9 0 102 101",
        "a=rtpmap:96 opus/48000/2",
        "a=fmtp:96 useinbandfec=1;stereo=0;sprop-stereo=0",
        "a=rtpmap:102 telephone-event/48000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:102 0-16",
    ):
        assert f"{line}\r\n" in text


def test_opus_is_answered_under_their_type_with_our_wishes_and_theirs_are_kept() -> None:
    remote, body = agreed("m=audio 4000 RTP/AVP 111 0", *OPUS)
    assert (remote.codec, remote.payload_type) == ("opus", 111)
    assert remote.opus == OpusFormat(useinbandfec=True, maxplaybackrate_hz=16_000)
    assert "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1;stereo=0;sprop-stereo=0\r\n" in body


def test_opus_at_another_clock_or_with_one_channel_is_something_else() -> None:
    for text in ("opus/48000", "opus/16000/2"):
        remote, _ = agreed("m=audio 4000 RTP/AVP 111 0", f"a=rtpmap:111 {text}")
        assert remote.codec == "PCMU"
        assert remote.opus is None


@pytest.mark.parametrize(
    ("codecs", "digits", "expected"),
    [
        (("opus",), ("97 telephone-event/48000", "98 telephone-event/8000"), (97, 48_000)),
        (("opus",), ("98 telephone-event/8000",), (98, 8000)),
        (("PCMU",), ("97 telephone-event/48000", "98 telephone-event/8000"), (98, 8000)),
        (("PCMU",), ("97 telephone-event/48000",), (None, 8000)),
        (("opus",), (), (None, 48_000)),
    ],
)
def test_digits_follow_the_clock_of_the_codec(
    codecs: tuple[Codec, ...], digits: tuple[str, ...], expected: tuple[int | None, int]
) -> None:
    lines = [f"a=rtpmap:{each}" for each in digits]
    remote, body = agreed("m=audio 4000 RTP/AVP 111 0 97 98", *OPUS, *lines, codecs=codecs)
    assert (remote.dtmf_payload_type, remote.dtmf_clock_rate_hz) == expected
    assert ("telephone-event" in body) == (expected[0] is not None)
    if expected[0] is not None:
        assert f"a=rtpmap:{expected[0]} telephone-event/{expected[1]}\r\n" in body


@pytest.mark.parametrize("number", ["²", "128", "9" * 5000, "-1", "x"])
def test_what_is_no_payload_type_is_passed_over(number: str) -> None:
    remote, _ = agreed(f"m=audio 4000 RTP/AVP {number} 0", f"a=rtpmap:{number[:3]} opus/48000/2")
    assert remote.codec == "PCMU"


def test_packet_times_of_opus_are_frames_that_it_has() -> None:
    remote, body = agreed("m=audio 4000 RTP/AVP 111", *OPUS, "a=ptime:30")
    assert remote.ptime_ms == SessionDescription.parse(body.encode()).media[0].ptime_ms == 20


def test_the_other_leg_is_offered_what_the_first_wishes_of_opus() -> None:
    wishes = OpusFormat(maxplaybackrate_hz=16_000, maxaveragebitrate=20_000)
    near = RemoteMedia("192.0.2.7", 4000, "opus", 111, 101, 40, opus=wishes)
    text = negotiation.offer("192.0.2.1", 10000, TERMS.like(near)).decode()
    assert (
        "a=fmtp:96 useinbandfec=0;stereo=0;sprop-stereo=0;maxplaybackrate=16000;maxaveragebitrate=20000"
        in text
    )
    assert "a=ptime:40" in text


def test_an_answer_that_takes_opus_is_read() -> None:
    remote = negotiation.read_answer(
        offer(
            "m=audio 4000 RTP/AVP 96 102", "a=rtpmap:96 OPUS/48000/2", "a=rtpmap:102 telephone-event/48000"
        ),
        TERMS,
    )
    assert (remote.codec, remote.payload_type, remote.dtmf_clock_rate_hz) == ("opus", 96, 48_000)
