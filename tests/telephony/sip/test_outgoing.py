"""Calls that we make: provisional responses, cancelling, forks, challenges."""

from __future__ import annotations

import pytest

from telephony.sip.address import Address
from telephony.sip.digest import Challenge
from telephony.sip.events import CallAnswered, CallEnded, CallFailed, CallProgress, EndCause
from telephony.sip.message import Request, Response
from telephony.sip.parser import parse_message
from telephony.sip.session import ClientCredentials
from tests.telephony.sip.kit import ANSWER, Network, Node, Packet, answering, established

PEER = Address("udp", "10.0.0.2", 5060)


def invite_of(phone: Node) -> Request:
    request = parse_message(phone.said()[-1].data)
    assert isinstance(request, Request)
    return request


def reply(request: Request, status: int, tag: str | None = "one", body: bytes = b"", **fields: str) -> bytes:
    contact = [("Contact", f"<sip:{tag}@10.0.0.2>")] if 100 < status < 300 else []
    extra = [(name.replace("_", "-"), value) for name, value in fields.items()]
    return bytes(Response.to_request(request, status, to_tag=tag, fields=contact + extra, body=body))


@pytest.fixture
def network() -> Network:
    return Network()


def test_a_refused_call(network: Network) -> None:
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours = phone.call(server)
    network.roundtrip()
    server.user_agent.reject(
        server.incoming(), 486, network.now, reason="On the phone", headers=[("Retry-After", "60")]
    )
    network.roundtrip()
    assert phone.of(CallFailed) == [CallFailed(ours, 486, "On the phone")]
    [refusal] = network.sent(lambda packet: packet.is_response(486, "INVITE"))
    assert parse_message(refusal.data).header("retry-after") == "60"
    network.run(40)
    assert phone.open_transactions == server.open_transactions == 0


def test_cancel_while_it_rings(network: Network) -> None:
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours = phone.call(server)
    network.roundtrip()
    server.user_agent.ring(server.incoming(), network.now)
    network.roundtrip()
    phone.user_agent.hang_up(ours, network.now, reason='SIP;cause=200;text="Call completed elsewhere"')
    network.roundtrip()
    assert phone.of(CallFailed) == [CallFailed(ours, 487, "Request Terminated")]
    [end] = server.of(CallEnded)
    assert end.cause is EndCause.REMOTE_CANCEL
    assert end.reason == 'SIP;cause=200;text="Call completed elsewhere"'
    assert network.sent(lambda packet: packet.is_response(487, "INVITE"))
    assert network.sent(lambda packet: packet.is_a("ACK"))


def test_cancel_waits_for_the_first_provisional_response(network: Network) -> None:
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours = phone.call(server)
    phone.user_agent.hang_up(ours, network.now)
    network.roundtrip()
    assert network.sent(lambda packet: packet.is_a("CANCEL")) == []
    network.run(0.3)  # the server's 100 comes after 200 ms
    assert len(network.sent(lambda packet: packet.is_a("CANCEL"))) == 1
    assert phone.of(CallFailed) == [CallFailed(ours, 487, "Request Terminated")]


def test_a_2xx_that_crosses_the_cancel_is_hung_up(network: Network) -> None:
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours = phone.call(server)
    network.roundtrip()
    server.user_agent.ring(server.incoming(), network.now)
    network.roundtrip()
    server.user_agent.answer(server.incoming(), ANSWER, network.now)
    phone.user_agent.hang_up(ours, network.now)
    network.roundtrip()
    assert phone.of(CallAnswered) == []
    assert phone.of(CallFailed) == [CallFailed(ours, 487, "Request Terminated")]
    assert [event.cause for event in server.of(CallEnded)] == [EndCause.REMOTE_BYE]
    assert phone.open_sessions == server.open_sessions == 0


def test_a_cancelled_call_that_never_ends_is_given_up_after_64_t1(network: Network) -> None:
    phone = network.node("10.0.0.1")
    ours = phone.call(network.node("10.0.0.2"))
    invite = invite_of(phone)
    phone.hear(reply(invite, 180), PEER)
    phone.user_agent.hang_up(ours, network.now)
    network.loss = 1.0
    network.run(31)
    assert phone.of(CallFailed) == []
    network.run(2)
    assert phone.of(CallFailed) == [CallFailed(ours, 487, "Request Terminated")]


def test_surplus_forks_are_acknowledged_and_hung_up(network: Network) -> None:
    phone = network.node("10.0.0.1")
    ours = phone.call(network.node("10.0.0.2"))
    invite = invite_of(phone)
    phone.hear(reply(invite, 180, "one"), PEER)
    phone.hear(reply(invite, 183, "two", b"early"), PEER)
    assert [event.status for event in phone.of(CallProgress)] == [180, 183]
    phone.hear(reply(invite, 200, "two", b"answer"), PEER)
    [ack] = phone.said()
    assert ack.start_line == "ACK sip:two@10.0.0.2 SIP/2.0"
    assert phone.of(CallAnswered) == [CallAnswered(ours, b"answer")]
    phone.hear(reply(invite, 200, "one", b"late"), PEER)
    assert [packet.start_line for packet in phone.said()] == [
        "ACK sip:one@10.0.0.2 SIP/2.0",
        "BYE sip:one@10.0.0.2 SIP/2.0",
    ]
    phone.hear(reply(invite, 200, "two", b"answer"), PEER)
    assert [packet.data for packet in phone.said()] == [ack.data]
    assert len(phone.of(CallAnswered)) == 1


def test_the_ack_of_a_2xx_is_sent_for_each_repetition(network: Network) -> None:
    phone, server = network.node("10.0.0.1"), answering(network.node("10.0.0.2"))
    network.drop(lambda packet: packet.is_a("ACK"))
    phone.call(server)
    network.run(1.0)
    assert len(network.sent(lambda packet: packet.is_response(200, "INVITE"))) == 2
    assert len(network.sent(lambda packet: packet.is_a("ACK"))) == 2


@pytest.mark.parametrize(
    ("status", "header", "answer"),
    [
        (401, "WWW_Authenticate", "authorization"),
        (407, "Proxy_Authenticate", "proxy-authorization"),
    ],
)
def test_a_challenge_is_met_once(network: Network, status: int, header: str, answer: str) -> None:
    phone = network.node("10.0.0.1")
    ours = phone.call(network.node("10.0.0.2"), credentials=ClientCredentials("alice", "secret"))
    first = invite_of(phone)
    challenge = str(Challenge("there", "n0nce", "SHA-256"))
    phone.hear(reply(first, status, **{header: challenge}), PEER)
    ack, again = (parse_message(packet.data) for packet in phone.said())
    assert isinstance(ack, Request)
    assert ack.method == "ACK"
    assert again.cseq.number == first.cseq.number + 1
    assert again.call_id == first.call_id
    assert again.via.branch != first.via.branch
    assert 'username="alice"' in (again.header(answer) or "")
    assert isinstance(again, Request)
    phone.hear(reply(again, status, **{header: challenge}), PEER)
    assert phone.of(CallFailed)[0].status == status
    assert phone.of(CallFailed)[0].session == ours


def test_a_2xx_without_contact_still_gets_its_ack(network: Network) -> None:
    phone = network.node("10.0.0.1")
    phone.call(network.node("10.0.0.2"))
    invite = invite_of(phone)
    phone.hear(bytes(Response.to_request(invite, 200, to_tag="x")), PEER)
    assert [packet.start_line for packet in phone.said()] == ["ACK sip:1000@10.0.0.2:5060 SIP/2.0"]


def test_requests_follow_the_route_set_and_the_target(network: Network) -> None:
    phone = network.node("10.0.0.1")
    ours = phone.call(network.node("10.0.0.2"))
    invite = invite_of(phone)
    phone.hear(reply(invite, 200, "t", Record_Route="<sip:10.0.0.8;lr>, <sip:10.0.0.7;lr>"), PEER)
    phone.user_agent.hang_up(ours, network.now)
    ack, bye = phone.said()
    for packet in (ack, bye):
        assert packet.destination == Address("udp", "10.0.0.7", 5060)
        assert parse_message(packet.data).headers("route") == ["<sip:10.0.0.7;lr>", "<sip:10.0.0.8;lr>"]
    assert bye.start_line == "BYE sip:t@10.0.0.2 SIP/2.0"


def test_a_phone_behind_nat_is_reached_at_its_flow(network: Network) -> None:
    """The binding's Contact is private; INVITE, ACK and BYE all go where the REGISTER came from."""
    phone, nat = network.node("10.0.0.1"), Address("udp", "198.51.100.9", 40001)
    ours = phone.call(network.node("192.168.1.5"), destination=nat)
    invite = invite_of(phone)
    phone.hear(reply(invite, 200), nat)
    phone.user_agent.hang_up(ours, network.now)
    sent: list[Packet] = phone.said()
    assert {packet.destination for packet in sent} == {nat}


def test_established_calls_keep_no_invite(network: Network) -> None:
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours, theirs = established(network, phone, server)
    network.run(40)
    for node, session in ((phone, ours), (server, theirs)):
        kept = node.user_agent._core.sessions[session]
        assert kept.incoming is kept.outgoing is kept.unacknowledged is None
    assert phone.open_transactions == server.open_transactions == 0
