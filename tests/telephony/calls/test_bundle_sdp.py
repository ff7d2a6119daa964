"""A group of one stream, for who asks for it."""

from __future__ import annotations

import pytest

from telephony.calls import negotiation
from telephony.calls.bundle_sdp import BundleLines, accepted
from telephony.sip.sdp import SessionDescription

HEAD = ("v=0", "o=- 7 7 IN IP4 192.0.2.9", "s=-", "c=IN IP4 192.0.2.9", "t=0 0")
AUDIO = ("m=audio 4000 RTP/AVP 0", "a=rtcp-mux")
VIDEO = ("m=video 4000 RTP/AVP 96", "a=rtpmap:96 VP8/90000", "a=mid:1", "a=rtcp-mux")


def description(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in (*HEAD, *lines)).encode()


def answered(offer: bytes) -> SessionDescription:
    return SessionDescription.parse(negotiation.answer(offer, "192.0.2.1", 10000).body)


def test_a_grouped_stream_is_answered_in_a_group_of_its_own() -> None:
    ours = answered(description("a=group:BUNDLE 0 1", *AUDIO, "a=mid:0", *VIDEO))
    assert ours.lines == ("a=group:BUNDLE 0",)
    assert ours.media[0].lines == ("a=rtcp-mux", "a=mid:0")
    assert (ours.media[1].port, ours.media[1].lines) == (0, ())


@pytest.mark.parametrize(
    "offer",
    [
        description(*AUDIO, "a=mid:0"),
        description("a=group:BUNDLE 1", *AUDIO, "a=mid:0"),
        description("a=group:LS 0", *AUDIO, "a=mid:0"),
        description("a=group:BUNDLE 0", *AUDIO),
        description("a=group:BUNDLE 0", *AUDIO, "a=mid:"),
        description("a=group:BUNDLE 0", AUDIO[0], "a=mid:0"),
    ],
)
def test_others_are_not(offer: bytes) -> None:
    assert b"BUNDLE" not in negotiation.answer(offer, "192.0.2.1", 10000).body
    assert b"a=mid" not in negotiation.answer(offer, "192.0.2.1", 10000).body


def test_a_later_offer_is_answered_by_what_it_says_itself() -> None:
    grouped = description("a=group:BUNDLE audio", *AUDIO, "a=mid:audio")
    first = negotiation.answer(grouped, "192.0.2.1", 10000)
    again = negotiation.answer_again(grouped, first.body)
    assert SessionDescription.parse(again.body).lines == ("a=group:BUNDLE audio",)
    plain = negotiation.answer_again(description(*AUDIO), again.body)
    assert SessionDescription.parse(plain.body).lines == ()


def test_names_are_read_as_they_are() -> None:
    theirs = SessionDescription.parse(description("a=group:BUNDLE x-1", *AUDIO, "a=mid:x-1"))
    assert accepted(theirs, theirs.media[0]) == BundleLines(("a=mid:x-1",), ("a=group:BUNDLE x-1",))
