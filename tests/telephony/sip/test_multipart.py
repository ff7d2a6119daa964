"""Session descriptions among other parts of a body."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.sip.events import IncomingCall
from telephony.sip.multipart import boundary_of, parts_of, session_description
from tests.telephony.sip.kit import Network, request_text

SDP = b"v=0\r\no=- 1 1 IN IP4 10.9.9.9\r\ns=-\r\nc=IN IP4 10.9.9.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
MIXED = (
    b"a preamble\r\n--b1\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n"
    b"--b1 \r\nContent-Disposition: session\r\nc: Application/SDP;\r\n charset=utf-8\r\n\r\n"
    + SDP
    + b"\r\n--b1--\r\nrest"
)


def test_the_part_that_is_sdp_is_taken() -> None:
    assert session_description(MIXED, "multipart/mixed;boundary=b1") == SDP
    assert session_description(MIXED, 'Multipart/Mixed; x=1; Boundary="b1"') == SDP


def test_a_plain_body_is_itself() -> None:
    assert session_description(SDP, "application/sdp") == SDP
    assert session_description(SDP, "application/SDP ; charset=utf-8") == SDP
    assert session_description(b"hello", "text/plain") is None


def test_parts_inside_of_parts_are_looked_into() -> None:
    inner = (
        b"--in\r\nContent-Type: text/plain\r\n\r\nno\r\n--in\r\nContent-Type: application/sdp\r\n\r\n"
        + SDP
        + b"\r\n--in--"
    )
    outer = b"--out\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n" + inner + b"\r\n--out--\r\n"
    assert session_description(outer, "multipart/mixed; boundary=out") == SDP


@pytest.mark.parametrize(
    "kind", ["multipart/mixed", "multipart/mixed; boundary=", "multipart/mixed; boundary=other"]
)
def test_without_its_boundary_nothing_is_found(kind: str) -> None:
    assert session_description(MIXED, kind) is None


def test_a_part_without_a_type_is_text() -> None:
    assert session_description(b"--b\r\n\r\n" + SDP + b"\r\n--b--", "multipart/mixed; boundary=b") is None


@given(body=st.binary(max_size=400), kind=st.text(max_size=40))
def test_any_bytes_are_borne(body: bytes, kind: str) -> None:
    session_description(body, "multipart/mixed; boundary=b" + kind)
    boundary_of(kind)
    parts_of(body, "b")


def test_a_call_with_a_picture_beside_its_offer_is_a_call() -> None:
    server = Network().node("10.0.0.2")
    head = request_text("INVITE").partition("Content-")[0].replace("\n", "\r\n").encode()
    length = str(len(MIXED)).encode()
    server.hear(
        head
        + b"Content-Type: multipart/mixed; boundary=b1\r\nContent-Length: "
        + length
        + b"\r\n\r\n"
        + MIXED
    )
    [event] = [event for event in server.events if isinstance(event, IncomingCall)]
    assert event.offer == SDP
