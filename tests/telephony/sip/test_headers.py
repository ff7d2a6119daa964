"""Structured header fields."""

from __future__ import annotations

import pytest

from telephony.sip.errors import RemoteProtocolError
from telephony.sip.headers import CSeq, NameAddr, Via, canonical, parse_delta_seconds, tag_of


def test_names() -> None:
    assert [canonical(name) for name in ("V", "via", "VIA", "Via ", "x-Own", "k")] == [
        "via", "via", "via", "via", "x-own", "supported",
    ]  # fmt: skip
    with pytest.raises(RemoteProtocolError, match="not a header name"):
        canonical("a b")


def test_via_with_space_everywhere() -> None:
    via = Via.parse("SIP / 2.0 / udp  [2001:db8::1] : 5062 ; branch=z9hG4bKx ;rport")
    assert (via.transport, via.host, via.port, via.branch) == ("UDP", "2001:db8::1", 5062, "z9hG4bKx")
    assert via.parameters["rport"] is None
    assert str(via) == "SIP/2.0/UDP [2001:db8::1]:5062;branch=z9hG4bKx;rport"


@pytest.mark.parametrize(
    "text", ["", "SIP/2.0/UDP", "SIP/3.0/UDP h", "HTTP/2.0/UDP h", "SIP/2.0/UDP h:x", "SIP/2.0/UDP h b"]
)
def test_broken_vias(text: str) -> None:
    with pytest.raises(RemoteProtocolError, match="Via"):
        Via.parse(text)


def test_name_addr_forms() -> None:
    quoted = NameAddr.parse('"J \\"R\\"; <x>" <sip:j@h;lr>;tag=1')
    assert (quoted.display_name, quoted.tag) == ('J "R"; <x>', "1")
    assert str(quoted.uri) == "sip:j@h;lr"
    bare = NameAddr.parse("sip:j@h;tag=2")
    assert (bare.display_name, bare.tag, str(bare.uri)) == (None, "2", "sip:j@h")
    assert NameAddr.parse("J. R. Fox <sip:j@h>").display_name == "J. R. Fox"
    assert str(NameAddr.parse('"a\\"b" <sip:j@h>;tag=1')) == '"a\\"b" <sip:j@h>;tag=1'
    assert NameAddr.parse("<sip:j@h>").with_tag("9").tag == "9"


@pytest.mark.parametrize(
    "text", ["", "sip:j@h?Route=x", "Bell, A <sip:a@h>", '"open <sip:a@h>', "<sip:a@h", "<sip:a@h>x"]
)
def test_broken_addresses(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        NameAddr.parse(text)


def test_tag_of_reads_the_header_parameter_only() -> None:
    assert tag_of("<sip:a;tag=uri@h;tag=uri>;x=1;TAG = header") == "header"
    assert tag_of("<sip:a@h;tag=uri>") is None
    assert tag_of("sip:a@h;tag=bare") == "bare"


def test_numbers() -> None:
    assert CSeq.parse("0009  INVITE") == (9, "INVITE")
    assert parse_delta_seconds("3600") == 3600
    assert parse_delta_seconds("9" * 30) == 2**32 - 1
    assert parse_delta_seconds("soon") is None
