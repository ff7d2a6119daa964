"""Refusals made from bytes, held against what the parser and the user agent would do."""

from __future__ import annotations

import pytest

from telephony.sip.address import Address
from telephony.sip.defence.refusal import Refusable, _all_lines, _usual_lines
from telephony.sip.defence.sniff import Kind, kind_of
from telephony.sip.message import Request, Response
from telephony.sip.parser import check, parse_message
from tests.telephony.sip.defence.messages import PEER, invite, wire

STATUS, FIELDS = b"503 Service Unavailable", b"Retry-After: 5\r\n"
VIAS = [
    "SIP/2.0/UDP 10.9.9.9:5060;branch=z9hG4bKhand",
    "SIP/2.0/UDP 10.9.9.9;rport;branch=z9hG4bKhand",
    "SIP/2.0/UDP 10.9.9.9:5070;branch=z9hG4bKhand;rport",
    "SIP / 2.0 / UDP phone.example : 5062 ; branch = z9hG4bKhand",
    "SIP/2.0/TCP [2001:db8::9]:5070;branch=z9hG4bKhand;rport",
    "SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKhand, SIP/2.0/UDP 10.1.1.1;branch=z9hG4bKfirst",
]


def with_via(via: str) -> bytes:
    return wire("INVITE").replace(b"SIP/2.0/UDP 10.9.9.9:5060;branch=z9hG4bKhand", via.encode())


def refuse(data: bytes, source: Address = PEER) -> tuple[Response, bytes, Address]:
    made = Refusable(data, source).respond(STATUS, FIELDS)
    assert made is not None
    response = parse_message(made[0])
    assert isinstance(response, Response)
    check(response)
    return response, *made


@pytest.mark.parametrize("via", VIAS)
def test_it_is_a_response_to_that_request(via: str) -> None:
    request = parse_message(with_via(via))
    assert isinstance(request, Request)
    response, _, _ = refuse(with_via(via))
    assert (response.status, response.reason) == (503, "Service Unavailable")
    assert response.header("retry-after") == "5"
    assert (response.call_id, response.cseq, response.from_tag) == (
        request.call_id,
        request.cseq,
        request.from_tag,
    )
    assert response.via.branch == request.via.branch
    assert response.via.parameters["received"] == PEER.host
    assert len(response.headers("via")) == len(request.headers("via"))
    assert response.to_tag is not None


ODD = [
    (b"To:", b"t:"),
    (b"Call-ID:", b"CALL-ID :"),
    (b"\r\nFrom:", b"\r\nVia: SIP/2.0/UDP 10.1.1.1;branch=z9hG4bKfirst\r\nFrom:"),
    (b"\r\nFrom:", b"\r\nv: SIP/2.0/UDP 10.1.1.1;branch=z9hG4bKfirst\r\nFrom:"),
    (b"\r\nFrom:", b"\r\nVIA: SIP/2.0/UDP 10.1.1.1;branch=z9hG4bKfirst\r\nFrom:"),
    (b"From: ", b"From:\r\n "),
]


@pytest.mark.parametrize(("usual", "odd"), ODD)
def test_lines_in_odd_spellings_are_copied_too(usual: bytes, odd: bytes) -> None:
    data = wire("INVITE")
    assert usual in data
    assert _usual_lines(data) == _all_lines(data)
    assert _usual_lines(data.replace(usual, odd, 1)) == []
    request = parse_message(data.replace(usual, odd, 1))
    response, _, _ = refuse(data.replace(usual, odd, 1))
    assert len(response.lines("via")) == len(request.lines("via"))
    assert (response.call_id, response.from_tag) == (request.call_id, request.from_tag)


@pytest.mark.parametrize("via", VIAS)
def test_its_key_is_the_transactions(via: str) -> None:
    request = parse_message(with_via(via))
    assert isinstance(request, Request)
    assert Refusable(with_via(via), PEER).key() == request.server_key


@pytest.mark.parametrize(
    ("via", "port"), [(VIAS[0], 5060), (VIAS[1], 6000), (VIAS[2], 6000), (VIAS[3], 5062), (VIAS[5], 5060)]
)
def test_it_goes_back_as_the_rfc_says(via: str, port: int) -> None:
    source = Address("udp", "198.51.100.7", 6000)
    response, _, destination = refuse(with_via(via), source)
    assert destination == Address("udp", "198.51.100.7", port)
    if "rport" in via:
        assert response.via.parameters["rport"] == "6000"
    stream = Address("tcp", "198.51.100.7", 6000)
    assert refuse(with_via(via), stream)[2] == stream


def test_a_repetition_gets_the_same_bytes_and_another_call_another_tag() -> None:
    assert refuse(invite(1))[1] == refuse(invite(1))[1]
    assert refuse(invite(1))[0].to_tag != refuse(invite(2))[0].to_tag


def test_its_ack_is_known() -> None:
    response, _, _ = refuse(invite(1))
    assert kind_of(wire("ACK", to_tag=response.to_tag or "")) is Kind.REFUSED_ACK


def test_folded_and_compact_headers() -> None:
    data = invite(1).replace(b"To: ", b"t:\r\n ").replace(b"Via: ", b"v: ").replace(b"From: ", b"f:\t")
    response, _, _ = refuse(data.replace(b"Call-ID: ", b"i: "))
    assert response.call_id == "call1@198.51.100.7"


@pytest.mark.parametrize("missing", [b"Via", b"To", b"From", b"Call-ID", b"CSeq"])
def test_what_lacks_a_line_is_not_answered(missing: bytes) -> None:
    assert Refusable(invite(1).replace(missing + b":", b"X-Gone:"), PEER).respond(STATUS, FIELDS) is None


@pytest.mark.parametrize("via", ["SIP/2.0/UDP 10.9.9.9:5060", "SIP/2.0/UDP 10.9.9.9;branch=old", "nonsense"])
def test_a_via_without_a_usable_branch_has_no_key(via: str) -> None:
    assert Refusable(with_via(via), PEER).key() is None
