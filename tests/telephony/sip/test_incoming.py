"""Calls that come in: 2xx until ACK, CANCEL, merged requests, commands out of turn."""

from __future__ import annotations

import pytest

from telephony.sip.errors import LocalProtocolError
from telephony.sip.events import CallConfirmed, CallEnded, EndCause, IncomingCall
from telephony.sip.parser import parse_message
from telephony.sip.timers import Timers
from tests.telephony.sip.kit import ANSWER, Network, Node, request_text


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def server(network: Network) -> Node:
    return network.node("10.0.0.2")


def lines(node: Node) -> list[str]:
    return [packet.start_line for packet in node.said()]


def test_100_comes_after_200_ms_only(network: Network, server: Node) -> None:
    server.hear(request_text("INVITE"))
    assert lines(server) == []
    network.now += 0.21
    server.user_agent.handle_timer(network.now)
    assert lines(server) == ["SIP/2.0 100 Trying"]


def test_100_comes_at_once_where_it_is_not_to_wait(network: Network) -> None:
    server = network.node("10.0.0.3", timers=Timers(trying_s=0.0))
    server.hear(request_text("INVITE"))
    assert lines(server) == ["SIP/2.0 100 Trying"]
    network.now += 0.21
    server.user_agent.handle_timer(network.now)
    assert lines(server) == []


def test_100_comes_at_once_to_a_phone_that_needs_it(network: Network, server: Node) -> None:
    server.hear(request_text("INVITE").replace("Max-Forwards", "User-Agent: pyVoIP 1.6.8\nMax-Forwards", 1))
    assert lines(server) == ["SIP/2.0 100 Trying"]
    server.user_agent.answer(server.incoming(), ANSWER, network.now)
    assert lines(server) == ["SIP/2.0 200 OK"]


def test_a_call_that_is_answered_at_once_starts_no_timer_for_100(network: Network, server: Node) -> None:
    server.hear(request_text("INVITE"))
    server.user_agent.answer(server.incoming(), ANSWER, network.now)
    assert lines(server) == ["SIP/2.0 200 OK"]
    due = server.user_agent.next_timer()
    assert due is not None
    assert due - network.now == 0.5  # T1, for the 2xx: nothing before


def test_a_2xx_is_repeated_until_its_ack(network: Network, server: Node) -> None:
    server.hear(request_text("INVITE"))
    server.user_agent.answer(server.incoming(), ANSWER, network.now)
    [answer] = server.said()
    tag = parse_message(answer.data).to_tag
    server.hear(request_text("INVITE"))
    assert lines(server) == []  # RFC 6026: a repeated INVITE is absorbed
    network.run(2.0)  # T1, then 2*T1, on
    assert len(network.sent(lambda packet: packet.data == answer.data)) == 2
    server.hear(request_text("ACK", to_tag=tag or "", branch="z9hG4bKack"))
    network.run(40)
    assert len(network.sent(lambda packet: packet.data == answer.data)) == 2
    assert [type(event) for event in server.events] == [IncomingCall, CallConfirmed]


def test_an_ack_with_its_invites_branch_and_without_a_tag_counts(network: Network, server: Node) -> None:
    """As pyVoIP 1.6.8 sends it."""
    server.hear(request_text("INVITE"))
    server.user_agent.answer(server.incoming(), ANSWER, network.now)
    [answer] = server.said()
    server.hear(request_text("ACK"))
    network.run(40)
    assert len(network.sent(lambda packet: packet.data == answer.data)) == 0
    assert [type(event) for event in server.events] == [IncomingCall, CallConfirmed]


def test_an_ack_that_never_comes_ends_the_call_with_bye(network: Network, server: Node) -> None:
    server.hear(request_text("INVITE"))
    server.user_agent.answer(server.incoming(), ANSWER, network.now)
    network.run(33)
    assert [event.cause for event in server.of(CallEnded)] == [EndCause.ACK_TIMEOUT]
    assert network.sent(lambda packet: packet.is_a("BYE"))
    # 0, 0.5, 1.5, 3.5, then each 4 s up to 32 s (section 13.3.1.4)
    assert len(network.sent(lambda packet: packet.is_response(200, "INVITE"))) == 11
    network.run(40)
    assert server.open_sessions == 0
    assert len(server.of(CallEnded)) == 1


def test_no_bye_before_the_ack(network: Network, server: Node) -> None:
    server.hear(request_text("INVITE"))
    session = server.incoming()
    server.user_agent.answer(session, ANSWER, network.now)
    tag = parse_message(server.said()[0].data).to_tag or ""
    server.user_agent.hang_up(session, network.now)
    assert lines(server) == []
    server.hear(request_text("ACK", to_tag=tag, branch="z9hG4bKack"))
    assert lines(server) == ["BYE sip:hand@10.9.9.9:5060 SIP/2.0"]
    assert server.of(CallConfirmed) == server.of(CallEnded) == []


def test_the_ack_brings_the_answer_to_a_late_offer(network: Network, server: Node) -> None:
    server.hear(request_text("INVITE"))
    assert server.last(IncomingCall).offer is None
    server.user_agent.answer(server.incoming(), ANSWER, network.now)
    tag = parse_message(server.said()[0].data).to_tag or ""
    server.hear(request_text("ACK", to_tag=tag, branch="z9hG4bKack", body="v=0"))
    assert server.last(CallConfirmed).body == b"v=0"


def test_cancel_gets_200_and_the_invite_487(server: Node) -> None:
    server.hear(request_text("INVITE"))
    server.hear(request_text("CANCEL", extra="Reason: SIP;cause=200\n"))
    assert lines(server) == ["SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"]
    session = server.last(IncomingCall).session
    assert server.of(CallEnded) == [CallEnded(session, EndCause.REMOTE_CANCEL, "SIP;cause=200")]
    assert server.open_sessions == 0


def test_a_late_cancel_changes_nothing(network: Network, server: Node) -> None:
    server.hear(request_text("INVITE"))
    server.user_agent.answer(server.incoming(), ANSWER, network.now)
    server.said()
    server.hear(request_text("CANCEL"))
    assert lines(server) == ["SIP/2.0 200 OK"]
    assert server.of(CallEnded) == []


def test_a_cancel_for_nothing_is_481(server: Node) -> None:
    server.hear(request_text("CANCEL"))
    assert lines(server) == ["SIP/2.0 481 Call/Transaction Does Not Exist"]


def test_the_same_request_by_another_way_is_482(server: Node) -> None:
    server.hear(request_text("INVITE"))
    server.hear(request_text("INVITE", branch="z9hG4bKother"))
    assert lines(server) == ["SIP/2.0 482 Loop Detected"]
    assert len(server.of(IncomingCall)) == 1


def test_an_invite_expires(network: Network, server: Node) -> None:
    server.hear(request_text("INVITE", extra="Expires: 10\n"))
    network.run(9)
    assert server.of(CallEnded) == []
    network.run(2)
    assert [event.reason for event in server.of(CallEnded)] == ["the INVITE expired"]
    assert network.sent(lambda packet: packet.is_response(487, "INVITE"))


def test_ringing_is_repeated_each_minute(network: Network, server: Node) -> None:
    server.hear(request_text("INVITE"))
    server.user_agent.ring(server.incoming(), network.now)
    network.run(125)
    assert len(network.sent(lambda packet: packet.is_response(180, "INVITE"))) == 3


def test_an_early_bye_ends_the_invite_too(network: Network, server: Node) -> None:
    server.hear(request_text("INVITE"))
    server.user_agent.ring(server.incoming(), network.now)
    tag = parse_message(server.said()[0].data).to_tag or ""
    server.hear(request_text("BYE", to_tag=tag, branch="z9hG4bKbye", seq=2))
    assert lines(server) == ["SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"]
    assert [event.cause for event in server.of(CallEnded)] == [EndCause.REMOTE_BYE]


def test_record_routes_are_copied_and_followed(network: Network, server: Node) -> None:
    server.hear(request_text("INVITE", extra="Record-Route: <sip:10.0.0.7;lr>, <sip:10.0.0.8;lr>\n"))
    session = server.incoming()
    server.user_agent.answer(session, ANSWER, network.now)
    answer = parse_message(server.said()[0].data)
    assert answer.headers("record-route") == ["<sip:10.0.0.7;lr>", "<sip:10.0.0.8;lr>"]
    server.hear(request_text("ACK", to_tag=answer.to_tag or "", branch="z9hG4bKack"))
    server.user_agent.hang_up(session, network.now)
    bye = parse_message(server.said()[0].data)
    assert bye.headers("route") == ["<sip:10.0.0.7;lr>", "<sip:10.0.0.8;lr>"]


def test_commands_out_of_turn_are_refused(network: Network, server: Node) -> None:
    agent = server.user_agent
    server.hear(request_text("INVITE"))
    session = server.incoming()
    with pytest.raises(LocalProtocolError, match="200 is not a provisional status"):
        agent.ring(session, network.now, status=200)
    with pytest.raises(LocalProtocolError, match="180 does not reject"):
        agent.reject(session, 180, network.now)
    agent.answer(session, ANSWER, network.now)
    with pytest.raises(LocalProtocolError, match="accepted, not an unanswered incoming call"):
        agent.answer(session, ANSWER, network.now)
