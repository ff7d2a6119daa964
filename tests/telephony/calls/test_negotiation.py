"""Offer and answer by RFC 3264, one rule a test."""

from __future__ import annotations

from typing import Any

import pytest

from telephony.calls import negotiation
from telephony.calls.negotiation import NothingInCommon
from telephony.calls.terms import MediaTerms
from telephony.media.messages import Codec, RemoteMedia
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.sdp import SessionDescription

HEAD = b"v=0\r\no=- 7 7 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"


def near(codec: Codec, ptime_ms: int, **more: Any) -> RemoteMedia:
    return RemoteMedia("192.0.2.7", 4000, codec, 0, 101, ptime_ms, **more)


def offer(*lines: str) -> bytes:
    return HEAD + "".join(line + "\r\n" for line in lines).encode()


def test_the_order_of_our_offer_is_the_configured_one_but_for_the_codec_of_the_other_leg() -> None:
    terms = MediaTerms(codecs=("PCMA", "PCMU"))
    for each, formats in ((terms, ("8", "0", "101")), (terms.like(near("PCMU", 30)), ("0", "8", "101"))):
        stream = SessionDescription.parse(negotiation.offer("192.0.2.1", 10000, each)).media[0]
        assert (stream.formats, stream.ptime_ms) == (formats, each.ptime_ms)


def test_a_codec_that_we_do_not_offer_changes_no_order() -> None:
    terms = MediaTerms(codecs=("PCMA",))
    assert terms.like(near("PCMU", 20)) is terms


@pytest.mark.parametrize(
    ("lines", "ptime_ms"),
    [
        ((), 20),
        (("a=ptime:30",), 30),
        (("a=ptime:5",), 10),
        (("a=ptime:200",), 60),
        (("a=ptime:25",), 20),
        (("a=ptime:40", "a=maxptime:20"), 20),
        (("a=maxptime:10",), 10),
        (("a=maxptime:x",), 20),
    ],
)
def test_packet_times_are_what_the_other_side_asks_for(lines: tuple[str, ...], ptime_ms: int) -> None:
    agreed = negotiation.answer(offer("m=audio 4000 RTP/AVP 0", *lines), "192.0.2.1", 10000)
    assert agreed.remote is not None
    assert agreed.remote.ptime_ms == ptime_ms
    assert SessionDescription.parse(agreed.body).media[0].ptime_ms == ptime_ms


def test_one_port_for_rtp_and_rtcp_is_agreed_on_only_when_offered() -> None:
    for lines, mux in ((("a=rtcp-mux",), True), ((), False)):
        agreed = negotiation.answer(offer("m=audio 4000 RTP/AVP 0", *lines), "192.0.2.1", 10000)
        assert agreed.remote is not None
        assert (agreed.remote.rtcp_mux, b"a=rtcp-mux\r\n" in agreed.body) == (mux, mux)


def test_our_offer_names_both_codecs_and_digits() -> None:
    stream = SessionDescription.parse(negotiation.offer("192.0.2.1", 10000)).media[0]
    assert (stream.port, stream.formats) == (10000, ("0", "8", "101"))
    assert stream.rtpmaps[101][0] == "telephone-event"


def test_of_the_offered_codecs_the_one_that_we_prefer_is_chosen() -> None:
    terms = MediaTerms(codecs=("PCMA", "PCMU"))
    agreed = negotiation.answer(offer("m=audio 4000 RTP/AVP 18 0 8"), "192.0.2.1", 10000, terms)
    assert agreed.remote is not None
    assert (agreed.remote.codec, agreed.remote.payload_type) == ("PCMA", 8)
    assert SessionDescription.parse(agreed.body).media[0].formats == ("8",)


def test_their_payload_types_are_used_also_where_they_are_unusual() -> None:
    lines = ["m=audio 4000 RTP/AVP 96 97", "a=rtpmap:96 pcmu/8000", "a=rtpmap:97 telephone-event/8000"]
    agreed = negotiation.answer(offer(*lines), "192.0.2.1", 10000)
    assert agreed.remote is not None
    assert (agreed.remote.payload_type, agreed.remote.dtmf_payload_type) == (96, 97)
    assert SessionDescription.parse(agreed.body).media[0].formats == ("96", "97")


def test_a_static_payload_type_that_is_mapped_to_something_else_is_not_taken() -> None:
    with pytest.raises(NothingInCommon):
        negotiation.answer(offer("m=audio 4000 RTP/AVP 0", "a=rtpmap:0 G722/8000"), "192.0.2.1", 10000)


def test_without_digits_in_the_offer_there_are_none_in_the_answer() -> None:
    agreed = negotiation.answer(offer("m=audio 4000 RTP/AVP 0"), "192.0.2.1", 10000)
    assert agreed.remote is not None
    assert agreed.remote.dtmf_payload_type is None
    assert b"telephone-event" not in agreed.body


def test_every_other_stream_is_refused_in_its_place() -> None:
    lines = ["m=video 5000 RTP/AVP 96", "m=audio 4000 RTP/AVP 0", "m=audio 4002 RTP/SAVP 0"]
    agreed = negotiation.answer(offer(*lines), "192.0.2.1", 10000)
    assert [(m.kind, m.port) for m in SessionDescription.parse(agreed.body).media] == [
        ("video", 0),
        ("audio", 10000),
        ("audio", 0),
    ]


@pytest.mark.parametrize(
    ("theirs", "ours", "sending", "receiving"),
    [
        ("sendrecv", "sendrecv", True, True),
        ("sendonly", "recvonly", False, True),
        ("recvonly", "sendonly", True, False),
        ("inactive", "inactive", False, False),
    ],
)
def test_directions_are_mirrored(theirs: str, ours: str, sending: bool, receiving: bool) -> None:
    agreed = negotiation.answer(offer("m=audio 4000 RTP/AVP 0", f"a={theirs}"), "192.0.2.1", 10000)
    assert agreed.remote is not None
    assert SessionDescription.parse(agreed.body).media[0].direction == ours
    assert (agreed.remote.sending, agreed.remote.receiving) == (sending, receiving)


def test_hold_by_address_zero_stops_our_sending() -> None:
    agreed = negotiation.answer(offer("m=audio 4000 RTP/AVP 0", "c=IN IP4 0.0.0.0"), "192.0.2.1", 10000)
    assert agreed.remote is not None
    assert not agreed.remote.sending


def test_a_streams_own_address_goes_before_the_sessions() -> None:
    agreed = negotiation.answer(offer("m=audio 4000 RTP/AVP 0", "c=IN IP4 192.0.2.77"), "192.0.2.1", 10000)
    assert agreed.remote is not None
    assert agreed.remote.host == "192.0.2.77"


def test_a_later_offer_keeps_our_address_and_raises_the_version() -> None:
    first = negotiation.answer(offer("m=audio 4000 RTP/AVP 0"), "192.0.2.1", 10000)
    again = negotiation.answer_again(offer("m=audio 4444 RTP/AVP 0", "a=sendonly"), first.body)
    before, after = SessionDescription.parse(first.body), SessionDescription.parse(again.body)
    assert after.media[0].port == before.media[0].port
    assert after.origin.session_id == before.origin.session_id
    assert int(after.origin.version) == int(before.origin.version) + 1
    assert again.remote is not None
    assert again.remote.port == 4444


def test_an_answer_is_read_for_where_audio_goes() -> None:
    remote = negotiation.read_answer(offer("m=audio 4000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000"))
    assert (remote.host, remote.port, remote.codec, remote.dtmf_payload_type) == (
        "192.0.2.9",
        4000,
        "PCMA",
        101,
    )


def test_of_several_codecs_in_an_answer_theirs_comes_first_for_it_is_what_they_send() -> None:
    both = MediaTerms(codecs=("PCMU", "PCMA"))
    assert negotiation.read_answer(offer("m=audio 4000 RTP/AVP 8 0"), both).codec == "PCMA"
    assert negotiation.read_answer(offer("m=audio 4000 RTP/AVP 18 0 8"), both).codec == "PCMU"


@pytest.mark.parametrize("body", [None, b"", offer("m=audio 0 RTP/AVP 0"), offer("m=audio 4000 RTP/AVP 18")])
def test_an_answer_that_agrees_on_nothing_says_so(body: bytes | None) -> None:
    with pytest.raises(NothingInCommon):
        negotiation.read_answer(body)


def test_an_answer_that_is_no_description_is_the_remotes_fault() -> None:
    with pytest.raises((RemoteProtocolError, NothingInCommon)):
        negotiation.read_answer(b"\x00\x01")
