"""STUN as ICE uses it: the RFC's own sample, requests that are true and false, responses that can be checked."""

import hashlib
import hmac
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media.stun import BindingRequest, is_stun, refusal, success
from tests.telephony.media.stun_kit import TRANSACTION, attribute, attributes, binding_request

# RFC 5769 section 2.1: a request with SOFTWARE, PRIORITY, ICE-CONTROLLED, USERNAME, MESSAGE-INTEGRITY, FINGERPRINT.
SAMPLE = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74"
    "002400046e0001ff80290008932ff9b151263b36000600096576746a3a683676592020200008"
    "00149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
)
PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt"


def test_the_sample_of_the_rfc_is_authentic_under_its_password() -> None:
    request = BindingRequest.parse(SAMPLE)
    assert request is not None
    assert request.username == "evtj:h6vY"
    assert not request.nominates
    assert request.is_authentic(PASSWORD)
    assert not request.is_authentic(PASSWORD + "x")


def test_a_nomination_is_read_and_what_follows_the_integrity_is_not() -> None:
    request = BindingRequest.parse(binding_request("ours:theirs", "secret", nominates=True))
    assert request is not None
    assert request.nominates
    assert request.is_authentic("secret")
    appended = SAMPLE + attribute(0x0025, b"")
    longer = appended[:2] + struct.pack("!H", len(appended) - 20) + appended[4:]
    late = BindingRequest.parse(longer)
    assert late is not None
    assert not late.nominates


def test_a_request_without_integrity_is_not_authentic() -> None:
    bare = BindingRequest.parse(struct.pack("!HHI", 1, 0, 0x2112A442) + TRANSACTION)
    assert bare is not None
    assert not bare.is_authentic("")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        SAMPLE[:19],
        SAMPLE[:-1],
        b"\x01" + SAMPLE[1:],
        SAMPLE[:4] + bytes(4) + SAMPLE[8:],
        SAMPLE[:22] + b"\xff\xff" + SAMPLE[24:],
        binding_request("a:b", "c", kind=0x0101),
    ],
)
def test_what_is_no_request(data: bytes) -> None:
    assert BindingRequest.parse(data) is None


@given(st.binary(max_size=80), st.binary(max_size=60))
def test_hostile_bytes_are_a_request_or_none(data: bytes, body: bytes) -> None:
    BindingRequest.parse(data)
    request = BindingRequest.parse(struct.pack("!HHI", 1, len(body), 0x2112A442) + TRANSACTION + body)
    assert request is None or not request.is_authentic("secret")


@pytest.mark.parametrize(
    ("source", "family", "octets"), [(("192.0.2.1", 32853), 1, 4), (("2001:db8::1", 32853), 2, 16)]
)
def test_a_response_says_where_the_request_came_from_and_is_signed(
    source: tuple[str, int], family: int, octets: int
) -> None:
    response = success(TRANSACTION, source, PASSWORD)
    assert is_stun(response)
    assert response[:2] == b"\x01\x01"
    assert int.from_bytes(response[2:4], "big") == len(response) - 20
    found = attributes(response)
    mapped = found[0x0020]
    assert (mapped[1], len(mapped)) == (family, 4 + octets)
    assert int.from_bytes(mapped[2:4], "big") ^ 0x2112 == source[1]
    if family == 1:
        assert bytes(a ^ b for a, b in zip(mapped[4:], b"\x21\x12\xa4\x42", strict=True)) == bytes(
            (192, 0, 2, 1)
        )
    signed = response[:2] + struct.pack("!H", len(response) - 28) + response[4:-32]
    assert hmac.new(PASSWORD.encode(), signed, hashlib.sha1).digest() == found[0x0008]
    assert int.from_bytes(found[0x8028], "big") == zlib.crc32(response[:-8]) ^ 0x5354554E


def test_a_refusal_names_its_code() -> None:
    found = attributes(refusal(TRANSACTION, 401, "Unauthenticated"))
    assert found[0x0009] == b"\x00\x00\x04\x01Unauthenticated"
