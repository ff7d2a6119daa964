"""Keep-alives in and out, and flows that are found dead (RFC 5626 section 4.4, 4.5)."""

from __future__ import annotations

from telephony.sip.address import Address
from telephony.sip.config import UserAgentConfig
from telephony.sip.events import Registered
from telephony.sip.uri import SipUri
from tests.telephony.sip.kit import Network, Node, Passwords, request_text

NAT = Address("udp", "198.51.100.7", 40000)
OPEN = UserAgentConfig(authenticate_registrations=False, keep_alive_s=25.0)


def register_behind_nat(server: Node, seq: int, expires: int) -> None:
    text = request_text("REGISTER", seq=seq, branch=f"z9hG4bK{seq}", extra=f"Expires: {expires}\n")
    server.hear(text, NAT)
    server.said()


def pings(server: Node) -> list[Address]:
    return [packet.destination for packet in server.said() if packet.data == b"\r\n\r\n"]


def test_a_phone_behind_nat_is_pinged_until_it_leaves() -> None:
    network = Network()
    server = network.node("10.0.0.2", config=OPEN)
    register_behind_nat(server, 1, 600)
    for _ in range(3):
        network.now += 25.0
        server.user_agent.handle_timer(network.now)
        assert pings(server) == [NAT]
    register_behind_nat(server, 2, 0)
    network.now += 25.0
    server.user_agent.handle_timer(network.now)
    assert pings(server) == []
    register_behind_nat(server, 3, 600)  # and it is found again when it comes back
    network.now += 25.0
    server.user_agent.handle_timer(network.now)
    assert pings(server) == [NAT]


def registered_phone(network: Network) -> Node:
    server = network.node("10.0.0.2", transport="tcp", passwords=Passwords(alice="secret"))
    phone = network.node("10.0.0.1", transport="tcp")
    aor = SipUri.parse("sip:alice@10.0.0.2")
    phone.user_agent.register(server.address, aor, "alice", "secret", network.now, expires_s=3600)
    network.roundtrip()
    assert phone.of(Registered)
    return phone


def test_the_connection_of_our_registration_is_pinged_and_its_pong_keeps_it() -> None:
    network = Network()
    phone = registered_phone(network)
    network.run(300.0)
    sent = network.sent(lambda packet: packet.data == b"\r\n\r\n" and packet.source == phone.address)
    assert 2 <= len(sent) <= 3
    assert len(network.sent(lambda packet: packet.data == b"\r\n")) == len(sent)
    assert phone.user_agent.to_disconnect() == []


def test_a_connection_without_a_pong_is_given_up_and_registered_anew() -> None:
    network = Network()
    phone = registered_phone(network)
    network.drop(lambda packet: packet.data == b"\r\n")
    network.run(131.0)
    dead = phone.user_agent.to_disconnect()
    assert dead == [Address("tcp", "10.0.0.2", 5060)]
    before = len(phone.of(Registered))
    phone.user_agent.receive_closed(dead[0], network.now)
    network.run(10.0)
    assert len(phone.of(Registered)) == before + 1
    assert phone.user_agent.to_disconnect() == []


def test_the_far_end_of_a_stream_gets_its_pong() -> None:
    server = Network().node("10.0.0.2", transport="tcp")
    peer = Address("tcp", "10.9.9.9", 40000)
    server.hear(b"\r\n\r\n", peer)
    assert [(packet.data, packet.destination) for packet in server.said()] == [(b"\r\n", peer)]
