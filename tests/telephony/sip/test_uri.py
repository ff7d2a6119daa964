"""URIs: reading, writing, comparing (RFC 3261 section 19.1)."""

from __future__ import annotations

import pytest

from telephony.sip.address import Address
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.grammar import Parameters
from telephony.sip.uri import SipUri


def test_all_parts() -> None:
    text = "sips:al%40ice:se%3Acret@[2001:DB8::1]:5061;transport=tcp;lr?Subject=hi&Priority=urgent"
    uri = SipUri.parse(text)
    assert (uri.scheme, uri.user, uri.password, uri.host, uri.port) == (
        "sips", "al@ice", "se%3Acret", "2001:DB8::1", 5061,
    )  # fmt: skip
    assert uri.parameters == Parameters({"transport": "tcp", "lr": None})
    assert uri.headers == "Subject=hi&Priority=urgent"
    assert str(uri) == text
    assert (
        str(uri.with_changes(port=None, headers=None, password=None))
        == "sips:al%40ice@[2001:DB8::1];transport=tcp;lr"
    )


def test_users_that_look_like_something_else() -> None:
    assert SipUri.parse("sip:user;par=u%40example.net@example.com").user == "user;par=u@example.net"
    assert SipUri.parse("sip:+1?/;x@h").user == "+1?/;x"
    assert SipUri.parse("sip:*98#@h").user == "*98#"
    assert SipUri.parse("sip:host;p=1?h=v").user is None


def test_tel_and_unknown_schemes() -> None:
    tel = SipUri.parse("tel:+44-20-7946-0000;phone-context=example.com")
    assert (tel.scheme, tel.user, tel.host) == ("tel", "+44-20-7946-0000", "")
    other = SipUri.parse("nobodyKnowsThisScheme:totallyopaquecontent")
    assert (other.scheme, other.is_sip) == ("nobodyknowsthisscheme", False)
    assert str(other) == "nobodyKnowsThisScheme:totallyopaquecontent"


@pytest.mark.parametrize("text", [
    "", "sip:", "alice@h", "sip:a b@h", "sip:a@h@i", "<sip:a@h>", "sip:a@", "sip:a@h:0", "sip:a@h:70000",
    "sip:a@[2001:db8::1", "sip:a%4@h", "sip:a@h\x00", "tel:alice",
])  # fmt: skip
def test_what_is_no_uri(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        SipUri.parse(text)


@pytest.mark.parametrize(("text", "address"), [
    ("sip:h", ("sip", "h", 0)),
    ("sip:h:5060", ("udp", "h", 5060)),
    ("sip:192.0.2.1", ("udp", "192.0.2.1", 5060)),
    ("sip:h;transport=TCP", ("tcp", "h", 0)),
    ("sip:[2001:db8::1];transport=TCP", ("tcp", "2001:db8::1", 5060)),
    ("sips:h", ("sips", "h", 0)),
    ("sips:h:5071", ("tls", "h", 5071)),
    ("sips:h;transport=tcp", ("tls", "h", 0)),
    ("sip:h:5070;maddr=10.0.0.9", ("udp", "10.0.0.9", 5070)),
])  # fmt: skip
def test_destination(text: str, address: tuple[str, str, int]) -> None:
    assert SipUri.parse(text).destination() == Address(*address)


# The RFC's own examples, section 19.1.4
@pytest.mark.parametrize(("one", "other", "same"), [
    ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", True),
    ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", True),
    ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", True),
    ("sip:a@h?subject=project%20x&priority=urgent", "sip:a@h?priority=urgent&subject=project%20x", True),
    ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", False),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", False),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", False),
    ("sip:bob@biloxi.com:6000;transport=tcp", "sip:bob@biloxi.com", False),
    ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", False),
    ("sip:carol@chicago.com;security=off", "sip:carol@chicago.com;security=on", False),
    ("sip:alice@h", "sips:alice@h", False),
])  # fmt: skip
def test_equivalence(one: str, other: str, same: bool) -> None:
    assert SipUri.parse(one).equivalent(SipUri.parse(other)) is same
    assert SipUri.parse(other).equivalent(SipUri.parse(one)) is same


def test_a_uri_that_came_before_is_not_read_again_unless_it_is_long() -> None:
    text = "sip:1001@192.0.2.1:5060"
    assert SipUri.parse(text) is SipUri.parse(text)
    long = f"sip:{'1' * 300}@192.0.2.1"
    assert SipUri.parse(long) is not SipUri.parse(long)
    assert SipUri.parse(long) == SipUri.parse(long)
