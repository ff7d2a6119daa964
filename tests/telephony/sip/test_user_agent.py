"""Two user agents joined core to core: whole calls, on good networks and bad ones."""

from __future__ import annotations

import pytest

from telephony.sip.errors import LocalProtocolError
from telephony.sip.events import (
    CallAnswered,
    CallConfirmed,
    CallEnded,
    CallFailed,
    CallProgress,
    EndCause,
    IncomingCall,
    SessionId,
)
from tests.telephony.sip.kit import ANSWER, OFFER, Network, answering, established


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_call_rings_is_answered_and_ends(transport: str) -> None:
    network = Network()
    phone = network.node("10.0.0.1", transport=transport)
    server = network.node("10.0.0.2", transport=transport)
    ours = phone.call(server)
    network.roundtrip()
    call = server.last(IncomingCall)
    assert call.offer == OFFER
    assert call.request.uri.user == "1000"
    assert call.request.from_.display_name == "Alice"
    server.user_agent.ring(call.session, network.now)
    network.roundtrip()
    assert phone.last(CallProgress) == CallProgress(ours, 180, "Ringing", None)
    server.user_agent.answer(call.session, ANSWER, network.now)
    network.roundtrip()
    assert phone.last(CallAnswered) == CallAnswered(ours, ANSWER)
    assert server.last(CallConfirmed) == CallConfirmed(call.session, None)
    phone.user_agent.hang_up(ours, network.now, reason="enough")
    network.roundtrip()
    assert server.last(CallEnded) == CallEnded(call.session, EndCause.REMOTE_BYE, 'SIP;text="enough"')
    assert phone.of(CallEnded) == []
    network.run(40)
    assert (phone.open_sessions, server.open_sessions) == (0, 0)
    assert (phone.open_transactions, server.open_transactions) == (0, 0)


def test_the_callee_hangs_up() -> None:
    network = Network()
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours, theirs = established(network, phone, server)
    server.user_agent.hang_up(theirs, network.now)
    server.user_agent.hang_up(theirs, network.now)
    network.roundtrip()
    assert phone.of(CallEnded) == [CallEnded(ours, EndCause.REMOTE_BYE, None)]
    assert server.of(CallEnded) == []
    assert len(network.sent(lambda packet: packet.is_a("BYE"))) == 1


def test_byes_that_cross_end_the_call_on_both_sides() -> None:
    network = Network()
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours, theirs = established(network, phone, server)
    phone.user_agent.hang_up(ours, network.now)
    server.user_agent.hang_up(theirs, network.now)
    network.roundtrip()
    assert phone.of(CallEnded) == server.of(CallEnded) == []
    assert (phone.open_sessions, server.open_sessions) == (0, 0)


@pytest.mark.parametrize("seed", range(25))
def test_a_call_survives_loss_duplication_and_reordering(seed: int) -> None:
    network = Network(loss=0.25, duplication=0.2, delay_s=(0.0, 0.3), seed=seed)
    phone, server = network.node("10.0.0.1"), answering(network.node("10.0.0.2"))
    ours = phone.call(server)
    network.run(31)
    assert len(phone.of(CallAnswered)) == 1
    assert len(server.of(IncomingCall)) == len(server.of(CallConfirmed)) == 1
    phone.user_agent.hang_up(ours, network.now)
    network.run(31)
    assert [event.cause for event in server.of(CallEnded)] == [EndCause.REMOTE_BYE]
    network.run(70)
    assert phone.open_sessions == server.open_sessions == 0
    assert phone.open_transactions == server.open_transactions == 0
    assert phone.of(CallFailed) == phone.of(CallEnded) == []


def test_nobody_there_is_408_after_timer_b() -> None:
    network = Network(loss=1.0)
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours = phone.call(server)
    network.run(31.9)
    assert phone.of(CallFailed) == []
    network.run(0.2)
    assert phone.of(CallFailed) == [CallFailed(ours, 408, "Request Timeout")]
    # Timer A doubles: at 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s (section 17.1.1.2)
    assert len(network.sent(lambda packet: packet.is_a("INVITE"))) == 7
    assert phone.open_sessions == 0


def test_a_closed_connection_fails_the_call_with_503() -> None:
    network = Network()
    phone, server = network.node("10.0.0.1", transport="tcp"), network.node("10.0.0.2", transport="tcp")
    ours = phone.call(server)
    network.roundtrip()
    phone.user_agent.receive_closed(server.address, network.now)
    server.user_agent.receive_closed(phone.address, network.now)
    network.roundtrip()
    assert phone.of(CallFailed) == [CallFailed(ours, 503, "Service Unavailable")]
    assert [event.cause for event in server.of(CallEnded)] == [EndCause.TRANSPORT_FAILURE]


def test_commands_for_unknown_sessions() -> None:
    network = Network()
    agent = network.node("10.0.0.1").user_agent
    agent.hang_up(SessionId("never"), network.now)
    with pytest.raises(LocalProtocolError, match="no session 'never'"):
        agent.answer(SessionId("never"), b"", network.now)


def test_a_hung_up_call_on_a_dead_network_is_told_once() -> None:
    network = Network()
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours, _ = established(network, phone, server)
    network.loss = 1.0
    phone.user_agent.hang_up(ours, network.now)
    network.run(40)
    assert phone.of(CallEnded) == [CallEnded(ours, EndCause.BYE_TIMEOUT, None)]
    assert phone.open_sessions == 0


def test_a_connection_that_ends_costs_only_its_own() -> None:
    network = Network()
    server = answering(network.node("10.0.0.2", transport="tcp"))
    phones = [network.node(f"10.0.1.{number}", transport="tcp") for number in range(20)]
    for phone in phones:
        phone.call(server)
    network.roundtrip()
    layer = server.user_agent._core.layer
    assert set(layer._on_flow) == {phone.address for phone in phones}
    server.user_agent.receive_closed(phones[0].address, network.now)
    network.run(40)
    assert layer._on_flow == {}
    assert server.open_sessions == 20  # a call outlives its connection; the next request tries a new one
