"""Bytes to messages: shapes, limits, mistakes; and whatever the bytes, nothing but RemoteProtocolError."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.sip.errors import RemoteProtocolError
from telephony.sip.message import Request, Response
from telephony.sip.parser import Limits, check, parse_message
from telephony.sip.sdp import SessionDescription
from telephony.sip.uri import SipUri

INVITE = (
    b"INVITE sip:1000@10.0.0.2 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport\r\n"
    b'f: "A \\"B\\" C" <sip:alice@10.0.0.1>;tag=x\r\n'
    b"t: <sip:1000@10.0.0.2>\r\n"
    b"i: abc\r\n"
    b"CSEQ: 7 INVITE\r\n"
    b"M: <sip:alice@10.0.0.1>;q=0.5,\r\n <sip:alice@10.0.0.9>\r\n"
    b"X-Odd: \xff\xfe kept\r\n"
    b"l: 4\r\n\r\nbodyTRAILING"
)


def test_an_invite_with_compact_folded_and_odd_fields() -> None:
    request = parse_message(INVITE)
    assert isinstance(request, Request)
    check(request)
    assert request.method == "INVITE"
    assert request.uri == SipUri.parse("sip:1000@10.0.0.2")
    assert request.from_.display_name == 'A "B" C'
    assert (request.from_tag, request.to_tag) == ("x", None)
    assert request.cseq == (7, "INVITE")
    assert request.headers("contact") == ["<sip:alice@10.0.0.1>;q=0.5", "<sip:alice@10.0.0.9>"]
    assert request.body == b"body"
    assert bytes(request) == INVITE
    odd = request.header("x-odd")
    assert odd is not None
    assert odd.encode("utf-8", "surrogateescape") == b"\xff\xfe kept"


def test_a_response() -> None:
    response = parse_message(b"SIP/2.0 183 In = between \xc3\xa4\r\nl: 0\r\n\r\n")
    assert isinstance(response, Response)
    assert (response.status, response.reason) == (183, "In = between ä")


def test_a_datagram_without_content_length_is_all_body() -> None:
    assert parse_message(b"SIP/2.0 200 OK\r\n\r\nrest").body == b"rest"


@pytest.mark.parametrize(("data", "why", "status"), [
    (b"hello", "no empty line ends the header fields", 400),
    (b"INVITE  sip:a@b SIP/2.0\r\n\r\n", "not a start line: 'INVITE  sip:a@b SIP/2.0'", 400),
    (b"INVITE sip:a@b SIP/2.0 \r\n\r\n", "not a start line: 'INVITE sip:a@b SIP/2.0 '", 400),
    (b"INVITE sip:a@b SIP/7.0\r\n\r\n", "SIP version 7.0", 505),
    (b"SIP/2.0 99 Low\r\n\r\n", "not a start line: 'SIP/2.0 99 Low'", 400),
    (b"SIP/2.0 999 High\r\n\r\n", "not a status line: 'SIP/2.0 999 High'", 400),
    (b"OPTIONS sip:a SIP/2.0\r\nno colon\r\n\r\n", "not a header name: 'no colon'", 400),
    (b"OPTIONS sip:a SIP/2.0\r\nnocolon\r\n\r\n", "a header field without a colon: 'nocolon'", 400),
    (b"OPTIONS sip:a SIP/2.0\r\nl: -1\r\n\r\n", "Content-Length: cannot read '-1'", 400),
    (b"OPTIONS sip:a SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\nab", "Content-Length: cannot read '1'", 400),
    (b"OPTIONS sip:a SIP/2.0\r\nl: 9\r\n\r\nabc", "Content-Length is 9, but 3 bytes came", 400),
])  # fmt: skip
def test_mistakes(data: bytes, why: str, status: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        parse_message(data)
    assert (caught.value.why, caught.value.status) == (why, status)


def test_limits() -> None:
    limits = Limits(message_bytes=200, header_fields=3)
    fields = b"OPTIONS sip:a SIP/2.0\r\n" + b"X: y\r\n" * 4 + b"\r\n"
    with pytest.raises(RemoteProtocolError, match="4 header fields") as caught:
        parse_message(fields, limits)
    assert caught.value.status == 513
    assert caught.value.request is not None
    with pytest.raises(RemoteProtocolError, match="message of 201 bytes"):
        parse_message(b"x" * 201, limits)


@pytest.mark.parametrize(("old", "new", "why"), [
    (b"Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport\r\n", b"", "via is missing"),
    (b"i: abc\r\n", b"", "call-id is missing"),
    (b"i: abc\r\n", b"i: abc\r\nCall-ID: d\r\n", "call-id is there 2 times"),
    (b"CSEQ: 7 INVITE", b"CSeq: 7 BYE", "CSeq says BYE, the request line INVITE"),
    (b"CSEQ: 7 INVITE", b"CSeq: 2147483648 INVITE", "CSeq: out of range: '2147483648 INVITE'"),
    (b"CSEQ: 7 INVITE", b"CSeq: seven INVITE", "CSeq: cannot read 'seven INVITE'"),
    (b"UDP 10.0.0.1:5060", b"UDP 10.0.0.1:99999", "Via: port out of range"),
])  # fmt: skip
def test_check_reads_what_every_message_must_have(old: bytes, new: bytes, why: str) -> None:
    assert old in INVITE
    message = parse_message(INVITE.replace(old, new))
    with pytest.raises(RemoteProtocolError, match=why):
        check(message)


def read_everything(data: bytes) -> None:
    """Touch all that a server could read of a message."""
    message = parse_message(data)
    check(message)
    _ = message.from_, message.to, message.contact, message.via.branch, message.from_tag, message.to_tag
    for name, _ in list(message.fields):
        message.headers(name)
    if isinstance(message, Request):
        _ = message.uri.destination()


@given(st.binary(max_size=400))
def test_any_bytes_give_a_message_or_remote_protocol_error(data: bytes) -> None:
    for text in (data, b"INVITE sip:a@b SIP/2.0\r\n" + data + b"\r\n\r\n"):
        try:
            read_everything(text)
        except RemoteProtocolError:
            pass


@given(st.lists(st.tuples(st.integers(0, len(INVITE) - 1), st.binary(max_size=6)), min_size=1, max_size=6))
def test_any_damage_to_an_invite_gives_a_message_or_remote_protocol_error(
    damage: list[tuple[int, bytes]],
) -> None:
    data = bytearray(INVITE)
    for position, replacement in damage:
        data[position : position + len(replacement)] = replacement
    try:
        read_everything(bytes(data))
    except RemoteProtocolError:
        pass


@given(st.binary(max_size=300))
def test_any_bytes_give_a_description_or_remote_protocol_error(data: bytes) -> None:
    for text in (data, b"v=0\r\no=- 1 1 IN IP4 h\r\n" + data):
        try:
            again = SessionDescription.parse(text)
        except RemoteProtocolError:
            continue
        assert SessionDescription.parse(bytes(again)) == again
