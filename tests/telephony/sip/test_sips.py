"""sips: over TLS only (RFC 3261 section 19.1, 26.2.2; RFC 5630)."""

from __future__ import annotations

import pytest

from telephony.sip.address import Address
from telephony.sip.config import UserAgentConfig
from telephony.sip.events import IncomingCall
from telephony.sip.uri import SipUri
from tests.telephony.sip.kit import Network, Node, request_text

LOCAL = {each: ("10.0.0.2", 5061 if each == "tls" else 5060) for each in ("udp", "tcp", "tls", "ws", "wss")}


@pytest.fixture
def server() -> Node:
    node = Network().node("10.0.0.2", config=UserAgentConfig(authenticate_registrations=False))
    node.user_agent.local_addresses.update(LOCAL)
    return node


def from_(transport: str) -> Address:
    return Address(transport, "10.9.9.9", 5061)


@pytest.mark.parametrize("transport", ["udp", "tcp", "ws"])
@pytest.mark.parametrize("what", ["uri", "contact"])
def test_a_sips_request_without_tls_is_refused(server: Node, transport: str, what: str) -> None:
    text = request_text("INVITE", "sips:1000@h" if what == "uri" else "sip:1000@h")
    if what == "contact":
        text = text.replace("Contact: <sip:", "Contact: <sips:")
    server.hear(text, from_(transport))
    assert server.said()[0].start_line == "SIP/2.0 403 SIPS needs TLS"
    assert not server.of(IncomingCall)


@pytest.mark.parametrize(("transport", "scheme", "contact"), [
    ("tls", "sips", "<sips:1000@10.0.0.2:5061>"),
    ("tls", "sip", "<sip:1000@10.0.0.2:5061;transport=tls>"),
    ("wss", "sips", "<sips:1000@10.0.0.2:5060;transport=ws>"),
    ("wss", "sip", "<sip:1000@10.0.0.2:5060;transport=ws>"),
    ("tcp", "sip", "<sip:1000@10.0.0.2:5060;transport=tcp>"),
])  # fmt: skip
def test_our_contact_is_as_secure_as_the_request(
    server: Node, transport: str, scheme: str, contact: str
) -> None:
    server.hear(request_text("INVITE", f"{scheme}:1000@h"), from_(transport))
    server.user_agent.ring(server.incoming(), server.network.now)
    ringing = next(packet for packet in server.said() if b" 180 " in packet.data)
    assert f"Contact: {contact}\r\n".encode() in ringing.data


@pytest.mark.parametrize(("uri", "address"), [
    ("sips:a@192.0.2.1", ("tls", "192.0.2.1", 5061)),
    ("sips:a@192.0.2.1;transport=udp", ("tls", "192.0.2.1", 5061)),
    ("sips:a@192.0.2.1;transport=ws", ("wss", "192.0.2.1", 443)),
])  # fmt: skip
def test_a_sips_uri_leads_to_tls(uri: str, address: tuple[str, str, int]) -> None:
    assert SipUri.parse(uri).destination() == Address(*address)
