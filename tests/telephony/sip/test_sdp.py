"""Session descriptions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from telephony.sip.errors import RemoteProtocolError
from telephony.sip.sdp import Connection, MediaDescription, Origin, SessionDescription

TEXT = (
    b"v=0\r\no=alice 53655765 2353687637 IN IP4 pc33.atlanta.com\r\ns=-\r\nc=IN IP4 192.0.2.101\r\n"
    b"b=AS:64\r\nt=0 0\r\na=tool:x\r\na=sendonly\r\n"
    b"m=audio 49172 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
    b"a=fmtp:101 0-15\r\na=ptime:20\r\na=rtcp:49173\r\n"
    b"m=video 0/2 RTP/AVP 31\r\nc=IN IP6 2001:db8::1\r\na=recvonly\r\n"
)


def test_an_offer() -> None:
    offer = SessionDescription.parse(TEXT)
    assert offer.origin == Origin("alice", "53655765", "2353687637", "pc33.atlanta.com")
    audio, video = offer.media
    assert (audio.kind, audio.port, audio.protocol, audio.formats) == (
        "audio",
        49172,
        "RTP/AVP",
        ("0", "8", "101"),
    )
    assert audio.rtpmaps == {0: ("PCMU", 8000, 1), 101: ("telephone-event", 8000, 1)}
    assert audio.fmtp == {101: "0-15"}
    assert (audio.direction, audio.ptime_ms, audio.lines) == ("sendonly", 20, ("a=rtcp:49173",))
    assert (video.port, video.port_count, video.direction) == (0, 2, "recvonly")
    assert offer.connection_of(audio) == Connection("192.0.2.101")
    assert offer.connection_of(video) == Connection("2001:db8::1", "IP6")
    assert offer.lines == ("b=AS:64", "a=tool:x")
    assert SessionDescription.parse(bytes(offer)) == offer


def test_line_ends_and_order_are_forgiven() -> None:
    loose = TEXT.replace(b"\r\n", b"\n").replace(b"s=-\n", b"")
    assert SessionDescription.parse(loose).media[0].port == 49172


def test_an_answer_is_written_in_the_rfcs_order() -> None:
    audio = MediaDescription(
        "audio", 10000, "RTP/AVP", ("8",), {8: ("PCMA", 8000, 1)}, direction="recvonly", ptime_ms=20
    )
    answer = SessionDescription(Origin("-", "1", "1", "10.0.0.2"), Connection("10.0.0.2"), (audio,))
    assert bytes(answer) == (
        b"v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n"
        b"m=audio 10000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\na=recvonly\r\n"
    )
    assert replace(answer, connection=Connection("0.0.0.0")).connection.is_hold  # type: ignore[union-attr]


@pytest.mark.parametrize(("text", "why"), [
    (b"", "v= or o= is missing"),
    (b"v=1\r\n", "version '1'"),
    (b"v=0\r\no=short\r\n", "o= cannot be read"),
    (b"v=0\r\no=- 1 1 IN IP4 h\r\nm=audio\r\n", "m= cannot be read"),
    (b"v=0\r\no=- 1 1 IN IP4 h\r\nm=audio 70000 RTP/AVP 0\r\n", "port 70000"),
    (b"v=0\r\no=- 1 1 IN IP4 h\r\nc=IN IP9 h\r\n", "c= cannot be read"),
    (b"nonsense", "not a line"),
    (b"v=0\r\n" * 8000, "40000 bytes"),
])  # fmt: skip
def test_mistakes_are_488(text: bytes, why: str) -> None:
    with pytest.raises(RemoteProtocolError, match=why) as caught:
        SessionDescription.parse(text)
    assert caught.value.status == 488
