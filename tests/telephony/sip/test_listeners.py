"""What is listened on, and which of our addresses a message names."""

from __future__ import annotations

import pytest

from telephony.sip.address import Address, is_literal
from telephony.sip.listeners import Listener, local_address


@pytest.mark.parametrize(("text", "listener"), [
    ("udp:0.0.0.0:5060", Listener("udp", "0.0.0.0", 5060)),
    ("TLS:[::]:5061", Listener("tls", "::", 5061)),
    ("wss:10.0.0.1", Listener("wss", "10.0.0.1", 443)),
    ("tcp:[2001:db8::1]", Listener("tcp", "2001:db8::1", 5060)),
])  # fmt: skip
def test_what_can_be_listened_on(text: str, listener: Listener) -> None:
    assert Listener.parse(text) == listener
    assert Listener.parse(str(listener)) == listener


@pytest.mark.parametrize(("text", "why"), [
    ("5060", "expected TRANSPORT:HOST:PORT"),
    ("sctp:0.0.0.0:5060", "one of udp, tcp, tls, ws, wss"),
    ("udp:::1:5060", "goes in brackets"),
    ("udp:[::1:5060", "in brackets"),
    ("udp:0.0.0.0:70000", "from 0 to 65535"),
    ("udp::5060", "no address"),
])  # fmt: skip
def test_what_cannot_says_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Listener.parse(text)


KNOWN = {
    "udp": ("192.0.2.1", 5060), "udp6": ("2001:db8::1", 5060), "udp@udp:10.0.0.1:5070": ("10.0.0.1", 5070),
    "tcp": ("192.0.2.1", 5060),
}  # fmt: skip


@pytest.mark.parametrize(("towards", "ours"), [
    (Address("udp", "192.0.2.9", 5060), ("192.0.2.1", 5060)),
    (Address("udp", "2001:db8::9", 5060), ("2001:db8::1", 5060)),
    (Address("udp", "10.0.0.9", 5060, "udp:10.0.0.1:5070"), ("10.0.0.1", 5070)),
    (Address("sip", "example.com", 0), ("192.0.2.1", 5060)),
    (Address("tls", "192.0.2.9", 5061), ("192.0.2.1", 5060)),  # as a client only
    ("tcp", ("192.0.2.1", 5060)),
])  # fmt: skip
def test_the_address_of_ours_that_a_message_names(towards: Address | str, ours: tuple[str, int]) -> None:
    assert local_address(KNOWN, towards) == ours


def test_a_transport_that_nobody_serves_has_no_address() -> None:
    assert local_address({"tcp": ("192.0.2.1", 5060)}, "udp") is None


@pytest.mark.parametrize(("host", "literal"), [
    ("192.0.2.1", True), ("2001:db8::1", True), ("fe80::1%eth0", True), ("::ffff:192.0.2.1", True),
    ("example.com", False), ("localhost", False), ("1.example", False), ("", False), ("host9", False),
    ("1.2.3.400", False), ("2001:db8::zz", False),
])  # fmt: skip
def test_literal_addresses(host: str, literal: bool) -> None:
    assert is_literal(host) is literal
