"""STUN on the SIP port; the mapped addresses are those of RFC 5769 section 2.2 and 2.3."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.sip.address import Address
from telephony.sip.stun import answer_binding, looks_like_stun
from tests.telephony.sip.kit import Network

TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")


def request(attributes: bytes = b"", *, kind: int = 1) -> bytes:
    return struct.pack("!HHI12s", kind, len(attributes), 0x2112A442, TRANSACTION) + attributes


@pytest.mark.parametrize(("host", "value"), [
    ("192.0.2.1", "0001a147e112a643"),
    ("2001:db8:1234:5678:11:2233:4455:6677", "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"),
])  # fmt: skip
def test_the_mapped_address_is_where_it_came_from(host: str, value: str) -> None:
    answer = answer_binding(request(), Address("udp", host, 32853))
    assert answer is not None
    body = bytes.fromhex(value)
    head = struct.pack("!HHI12s", 0x0101, 4 + len(body), 0x2112A442, TRANSACTION)
    assert answer == head + struct.pack("!HH", 0x0020, len(body)) + body


def test_an_unknown_mandatory_attribute_is_refused_with_its_name() -> None:
    answer = answer_binding(request(struct.pack("!HH", 0x7777, 0)), Address("udp", "192.0.2.1", 1))
    assert answer is not None
    assert answer[:2] == b"\x01\x11"
    assert b"Unknown Attribute" in answer
    assert answer.endswith(struct.pack("!HHHH", 0x000A, 2, 0x7777, 0))


def test_an_optional_attribute_is_passed_over() -> None:
    software = struct.pack("!HH4s", 0x8022, 3, b"abc\0")
    answer = answer_binding(request(software), Address("udp", "192.0.2.1", 1))
    assert answer is not None
    assert answer[:2] == b"\x01\x01"


@pytest.mark.parametrize(
    "data",
    [request(kind=0x0011), request()[:-1] + b"", request(b"\x80\x22\x00\x09abcd"), request() + b"xxxx"],
    ids=["indication", "cut", "attribute too long", "length wrong"],
)
def test_what_is_no_request_gets_no_answer(data: bytes) -> None:
    assert not looks_like_stun(data) or answer_binding(data, Address("udp", "192.0.2.1", 1)) is None


@given(st.binary(max_size=60))
def test_whatever_comes(rest: bytes) -> None:
    data = b"\x00\x01" + rest[:2] + b"\x21\x12\xa4\x42" + rest
    if looks_like_stun(data):
        answer_binding(data, Address("udp", "192.0.2.1", 1))


def test_a_server_answers_on_its_sip_port() -> None:
    server = Network().node("10.0.0.2")
    source = Address("udp", "192.0.2.1", 32853)
    server.hear(request(), source)
    [packet] = server.said()
    assert packet.destination == source
    assert packet.data[:2] == b"\x01\x01"
    assert server.user_agent.counters.malformed == 0
