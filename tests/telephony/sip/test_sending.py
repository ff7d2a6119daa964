"""Requests to names and requests too large for a datagram: where they go, and where next."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from telephony.sip.address import Address
from telephony.sip.config import UserAgentConfig
from telephony.sip.events import CallAnswered, CallConfirmed, CallEnded, CallFailed, IncomingCall, Registered
from telephony.sip.headers import NameAddr
from telephony.sip.location.records import Answer
from telephony.sip.uri import SipUri
from tests.telephony.sip.kit import ANSWER, OFFER, Network, Node, Packet, Passwords, answering
from tests.telephony.sip.location.zone import Zone, answer_from

ZONE: Zone = {
    ("_sip._udp.example.com", "SRV"): ["0 0 5060 a.example.com.", "1 0 5060 b.example.com."],
    ("_sip._tcp.tcp.example", "SRV"): ["0 0 5060 a.example.com."],
    ("a.example.com", "A"): ["10.0.0.1"],
    ("b.example.com", "A"): ["10.0.0.2"],
}


def resolving(node: Node, zone: Zone = ZONE) -> Node:
    """Have a node's names looked up in a zone, at once."""
    agent = node.user_agent
    agent.enable_location()
    give = agent.to_send

    def to_send(now: float) -> list[tuple[bytes, Address]]:
        sent = give(now)
        while questions := agent.questions():
            for each in questions:
                agent.receive_answer(each, answer_from(zone, each), now)
            sent += give(now)
        return sent

    agent.to_send = to_send  # type: ignore[method-assign]
    return node


def caller(network: Network, *, large: int = 0, tcp: bool = False) -> Node:
    node = network.node("10.0.0.9", config=UserAgentConfig(largest_datagram=large))
    if tcp:
        node.user_agent.local_addresses["tcp"] = ("10.0.0.9", 5060)
        network.nodes[Address("tcp", "10.0.0.9", 5060)] = node
    return resolving(node)


def call(node: Node, uri: str = "sip:1000@example.com", **options: object):
    target = SipUri.parse(uri)
    values = {
        "body": OFFER,
        "from_": NameAddr(SipUri.parse("sip:a@10.0.0.9")),
        "to": NameAddr(target),
        **options,
    }
    return node.user_agent.invite(target, node.network.now, **values)  # type: ignore[arg-type]


def invites(network: Network) -> list[Packet]:
    return network.sent(lambda packet: packet.is_a("INVITE"))


def rejecting(node: Node, status: int, *headers: tuple[str, str]) -> Node:
    def on_event(event: object) -> None:
        if isinstance(event, IncomingCall):
            node.user_agent.reject(event.session, status, node.network.now, headers=headers)

    node.on_event = on_event
    return node


def test_a_name_leads_to_its_first_target_with_all_that_follows() -> None:
    network = Network()
    phone, server = caller(network), answering(network.node("10.0.0.1"))
    session = call(phone)
    network.roundtrip()
    assert phone.last(CallAnswered).session == session
    assert server.of(CallConfirmed)
    server.user_agent.hang_up(server.incoming(), network.now)
    network.roundtrip()
    assert phone.of(CallEnded)


def test_503_leads_to_the_next_target_in_a_new_transaction() -> None:
    network = Network()
    phone, second = caller(network), answering(network.node("10.0.0.2"))
    rejecting(network.node("10.0.0.1"), 503)
    session = call(phone)
    network.roundtrip()
    assert phone.last(CallAnswered).session == session
    first, other = invites(network)
    assert [each.destination.host for each in (first, other)] == ["10.0.0.1", "10.0.0.2"]
    branches = [each.data.split(b"branch=")[1].split(b";")[0] for each in (first, other)]
    assert branches[0] != branches[1]
    same = [each.data.replace(branch, b"") for each, branch in zip((first, other), branches, strict=True)]
    assert same[0] == same[1], "identical but for the branch"
    assert second.of(CallConfirmed)


def test_a_target_that_was_down_is_passed_over_by_the_next_call() -> None:
    network = Network()
    phone = caller(network)
    rejecting(network.node("10.0.0.1"), 503, ("Retry-After", "20"))
    answering(network.node("10.0.0.2"))
    call(phone)
    network.roundtrip()
    call(phone)
    network.roundtrip()
    assert [each.destination.host for each in invites(network)] == ["10.0.0.1", "10.0.0.2", "10.0.0.2"]
    network.run(21.0)
    call(phone)
    network.roundtrip()
    assert invites(network)[3].destination.host == "10.0.0.1"


def test_silence_leads_to_the_next_target() -> None:
    network = Network()
    phone = caller(network)
    answering(network.node("10.0.0.2"))
    session = call(phone)
    network.run(33.0)
    assert phone.last(CallAnswered).session == session


def test_other_refusals_are_final() -> None:
    network = Network()
    phone = caller(network)
    rejecting(network.node("10.0.0.1"), 486)
    answering(network.node("10.0.0.2"))
    call(phone)
    network.roundtrip()
    assert phone.last(CallFailed).status == 486


def test_when_all_fail_the_last_one_says_why() -> None:
    network = Network()
    phone = caller(network)
    for host in ("10.0.0.1", "10.0.0.2"):
        rejecting(network.node(host), 503)
    call(phone)
    network.roundtrip()
    assert [event.status for event in phone.of(CallFailed)] == [503]


@pytest.mark.parametrize("zone", [{}, None], ids=["no records", "no answer"])
def test_a_name_that_leads_nowhere_fails(zone: Zone | None) -> None:
    network = Network()
    phone = network.node("10.0.0.9")
    phone.user_agent.enable_location()
    call(phone)
    phone.said()
    for _ in range(4):
        for each in phone.user_agent.questions():
            phone.user_agent.receive_answer(each, Answer(failed=zone is None), network.now)
    network.roundtrip()
    assert phone.last(CallFailed).status == 503
    assert phone.open_transactions == 0


def test_a_call_hung_up_before_its_name_is_known_never_goes_out() -> None:
    network = Network()
    phone = network.node("10.0.0.9")
    phone.user_agent.enable_location()
    session = call(phone, "sip:1000@a.example.com:5060")
    phone.user_agent.hang_up(session, network.now)
    [question] = phone.user_agent.questions()
    phone.user_agent.receive_answer(question, answer_from(ZONE, question), network.now)
    network.roundtrip()
    assert invites(network) == []
    assert phone.last(CallFailed).status == 487


def test_cancel_follows_the_invite_that_moved() -> None:
    network = Network()
    phone, second = caller(network), network.node("10.0.0.2")
    rejecting(network.node("10.0.0.1"), 503)
    session = call(phone)
    network.roundtrip()
    second.user_agent.ring(second.incoming(), network.now)
    network.roundtrip()
    phone.user_agent.hang_up(session, network.now)
    network.roundtrip()
    assert phone.last(CallFailed).status == 487
    assert second.of(CallEnded)


def test_names_of_routes_are_followed_by_ack_and_bye() -> None:
    network = Network()
    phone, server = caller(network), network.node("10.0.0.1")
    call(phone)
    network.roundtrip()
    server.user_agent.answer(server.incoming(), ANSWER, network.now)
    [answer] = [each for each in server.said() if b" 200 " in each.data]
    moved = answer.data.replace(b"Contact: <sip:1000@10.0.0.1:5060>", b"Contact: <sip:1000@example.com>")
    assert moved != answer.data
    phone.user_agent.receive(moved, server.address, network.now)
    network.roundtrip()
    acks = network.sent(lambda packet: packet.is_a("ACK"))
    assert [each.destination for each in acks] == [Address("udp", "10.0.0.1", 5060)]
    assert server.of(CallConfirmed)


def test_a_registrar_is_found_by_name() -> None:
    network = Network()
    network.node("10.0.0.1", passwords=Passwords(alice="secret"))
    phone = caller(network)
    phone.user_agent.register(
        Address("sip", "example.com", 0),
        SipUri.parse("sip:alice@example.com"),
        "alice",
        "secret",
        network.now,
    )
    network.roundtrip()
    assert phone.of(Registered)


LARGE = OFFER + b"a=x-" + b"x" * 1300 + b"\r\n"


def test_a_large_request_goes_by_tcp_and_says_so() -> None:
    network = Network()
    phone = caller(network, large=1300, tcp=True)
    callee = answering(network.node("10.0.0.1", transport="tcp"))
    call(phone, "sip:1000@10.0.0.1", body=LARGE)
    network.roundtrip()
    [invite] = invites(network)
    assert invite.destination == Address("tcp", "10.0.0.1", 5060)
    assert b"\r\nVia: SIP/2.0/TCP 10.0.0.9:5060;" in invite.data
    assert callee.of(IncomingCall)


@pytest.mark.parametrize(
    ("body", "options", "why"),
    [
        (OFFER, {"large": 1300, "tcp": True}, "it is small"),
        (LARGE, {"large": 0, "tcp": True}, "moving is switched off"),
        (LARGE, {"large": 1300}, "nobody here speaks TCP"),
    ],
)
def test_what_stays_on_udp(body: bytes, options: dict[str, int], why: str) -> None:
    network = Network()
    phone = caller(network, **options)  # type: ignore[arg-type]
    answering(network.node("10.0.0.1"))
    call(phone, "sip:1000@10.0.0.1", body=body)
    network.roundtrip()
    assert invites(network)[0].destination.transport == "udp", why


def test_a_phone_behind_nat_is_not_called_by_tcp() -> None:
    network = Network()
    phone = caller(network, large=1300, tcp=True)
    flow = Address("udp", "198.51.100.7", 40000)
    call(phone, "sip:1000@192.168.1.2", body=LARGE, destination=flow)
    network.roundtrip()
    assert [each.destination for each in invites(network)] == [flow]


def refuses_tcp(phone: Node) -> Callable[[], None]:
    def refuse() -> None:
        phone.user_agent.receive_closed(Address("tcp", "10.0.0.1", 5060), phone.network.now)

    return refuse


def test_refused_tcp_falls_back_to_udp_and_is_remembered() -> None:
    network = Network()
    phone = caller(network, large=1300, tcp=True)
    answering(network.node("10.0.0.1"))
    call(phone, "sip:1000@10.0.0.1", body=LARGE)
    network.roundtrip()
    refuses_tcp(phone)()
    network.roundtrip()
    assert [each.destination.transport for each in invites(network)] == ["tcp", "udp"]
    assert b"\r\nVia: SIP/2.0/UDP 10.0.0.9:5060;" in invites(network)[1].data
    assert phone.of(CallAnswered)
    call(phone, "sip:1000@10.0.0.1", body=LARGE)
    network.roundtrip()
    assert [each.destination.transport for each in invites(network)] == ["tcp", "udp", "udp"]
