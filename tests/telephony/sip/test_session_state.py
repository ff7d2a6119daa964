"""A process that ends in the middle of calls, and another one that goes on with them, on either side."""

from __future__ import annotations

import pytest

from telephony.sip.address import Address
from telephony.sip.config import UserAgentConfig
from telephony.sip.events import (
    CallAnswered,
    CallConfirmed,
    CallEnded,
    CallFailed,
    EndCause,
    IncomingCall,
    OfferAnswered,
    OfferReceived,
    Registered,
    SessionId,
)
from telephony.sip.session import SessionState
from telephony.sip.user_agent import UserAgent
from tests.telephony.sip.kit import (
    ANSWER,
    OFFER,
    Call,
    Network,
    Node,
    Passwords,
    answering_offers,
    request_text,
)
from tests.telephony.sip.test_every_input import reach


def reborn(node: Node, away_s: float = 0.0, passwords: Passwords | None = None) -> None:
    """Kill a node's process and start another one from what it wrote down."""
    network = node.network
    state = node.user_agent.to_state(network.now)
    network.now += away_s
    config = node.user_agent.config
    node.user_agent = UserAgent(config, credentials=passwords or Passwords(), new_id=network._new_id)
    node.user_agent.from_state(state, network.now, away_s=away_s, password_of=lambda user: f"pw {user}")


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("who", ["phone", "server"])
def test_a_call_that_stands_goes_on(who: str, both: bool) -> None:
    call = Call()
    answering_offers(call.phone, call.ours)
    answering_offers(call.server, call.theirs)
    for node in (call.phone, call.server) if both else (getattr(call, who),):
        reborn(node, away_s=2.0)
    for node, session in ((call.phone, call.ours), (call.server, call.theirs)):
        node.user_agent.reoffer(session, OFFER, call.network.now)
        call.network.roundtrip()
        assert node.last(OfferAnswered) == OfferAnswered(session, ANSWER)
        node.user_agent.update(session, OFFER, call.network.now)
        call.network.roundtrip()
        assert len(node.of(OfferAnswered)) == 2
    ender, other = (call.phone, call.server) if who == "phone" else (call.server, call.phone)
    ender.user_agent.hang_up(call.ours if who == "phone" else call.theirs, call.network.now)
    call.network.run(100)
    assert [event.cause for event in other.of(CallEnded)] == [EndCause.REMOTE_BYE]
    assert call.phone.open_sessions == call.server.open_sessions == 0
    assert call.phone.open_transactions == call.server.open_transactions == 0


@pytest.mark.parametrize("side", ["here", "there"])
@pytest.mark.parametrize("state", SessionState)
def test_every_state_survives_on_either_side(state: SessionState, side: str) -> None:
    network, here, session, there = reach(state)
    network._drop_always.clear()
    reborn(here if side == "here" else there, away_s=1.0)
    network.run(5)
    assert len(here.of(IncomingCall)) <= 1
    assert len(there.of(IncomingCall)) <= 1
    here.user_agent.hang_up(session, network.now)
    for each in list(there.user_agent._core.sessions):
        there.user_agent.hang_up(each, network.now)
    network.run(200)
    for node in (here, there):
        assert node.open_sessions == node.open_transactions == 0
        assert node.user_agent._core.dialogs == {}


def test_a_call_that_rings_is_answered_by_the_next_process() -> None:
    network = Network()
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours = phone.call(server)
    network.roundtrip()
    theirs = server.incoming()
    server.user_agent.ring(theirs, network.now)
    network.roundtrip()
    reborn(server, 1.0)
    reborn(phone)
    server.user_agent.answer(theirs, ANSWER, network.now)
    network.run(1)
    assert phone.of(CallAnswered) == [CallAnswered(ours, ANSWER)]
    assert server.of(CallConfirmed) == [CallConfirmed(theirs, None)]


def test_an_answer_without_its_ack_is_repeated_and_the_invite_absorbed() -> None:
    network = Network()
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours = phone.call(server)
    network.roundtrip()
    network.drop(lambda packet: packet.is_response(200, "INVITE"))
    server.user_agent.answer(server.incoming(), ANSWER, network.now)
    network.roundtrip()
    reborn(server)
    invite = next(packet for packet in network.log if packet.is_a("INVITE"))
    server.hear(invite.data, phone.address)
    network.run(1)
    assert len(server.of(IncomingCall)) == 1
    assert phone.of(CallAnswered) == [CallAnswered(ours, ANSWER)]
    assert len(server.of(CallConfirmed)) == 1
    network.run(40)
    assert phone.of(CallEnded) == server.of(CallEnded) == []


def test_an_offer_that_waited_is_asked_anew() -> None:
    call = Call()
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.network.roundtrip()
    call.server.events.clear()
    reborn(call.server)
    invite = [packet for packet in call.network.log if packet.is_a("INVITE")][-1]
    call.server.hear(invite.data, call.phone.address)  # the phone repeats it
    assert call.server.of(OfferReceived) == [OfferReceived(call.theirs, OFFER)]
    call.server.user_agent.answer_offer(call.theirs, ANSWER, call.network.now)
    call.network.roundtrip()
    assert call.phone.last(OfferAnswered) == OfferAnswered(call.ours, ANSWER)


def test_the_answer_to_an_offer_of_the_process_before_is_acknowledged() -> None:
    call = Call()
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.network.roundtrip()
    reborn(call.phone)
    call.server.user_agent.answer_offer(call.theirs, ANSWER, call.network.now)
    call.network.run(40)
    assert call.server.of(CallEnded) == call.phone.of(CallEnded) == []


def test_session_timers_go_on() -> None:
    call = Call(config=UserAgentConfig(session_expires_s=90))
    call.network.run(30)
    reborn(call.phone, away_s=5.0)
    reborn(call.server)
    call.network.run(300)
    assert call.phone.of(CallEnded) == call.server.of(CallEnded) == []
    reborn(call.server)
    call.network.loss = 1.0
    call.network.run(100)
    assert [event.cause for event in call.server.of(CallEnded)] == [EndCause.SESSION_EXPIRED]


def test_one_that_expired_meanwhile_ends() -> None:
    call = Call(config=UserAgentConfig(session_expires_s=90))
    call.phone.user_agent._core.deadlines.clear(call.ours)
    reborn(call.server, away_s=500)
    call.network.run(2)
    assert [event.cause for event in call.server.of(CallEnded)] == [EndCause.SESSION_EXPIRED]


def test_bindings_and_registrations() -> None:
    network = Network()
    passwords = Passwords(alice="pw alice")
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2", passwords=passwords)
    phone.user_agent.register(
        server.address, phone.uri("alice").with_changes(host="10.0.0.2"), "alice", "pw alice", network.now
    )
    network.run(1)
    before = server.user_agent.registrar.bindings("alice", network.now)
    reborn(server, away_s=10.0, passwords=passwords)
    reborn(phone)
    [after] = server.user_agent.registrar.bindings("alice", network.now)
    assert (after.contact, after.flow) == (before[0].contact, before[0].flow)
    assert after.expires_at == pytest.approx(before[0].expires_at)
    network.run(400)  # the next process of the phone refreshes it
    assert len(phone.of(Registered)) >= 2
    assert len(server.user_agent.registrar.bindings("alice", network.now)) == 1
    reborn(server, away_s=100_000)
    assert server.user_agent.registrar.bindings("alice", network.now) == ()


def test_no_password_is_written_down() -> None:
    network = Network()
    phone = network.node("10.0.0.1")
    target = phone.uri("alice")
    phone.user_agent.register(Address("udp", "10.0.0.2", 5060), target, "alice", "s3cr3t!", network.now)
    assert b"s3cr3t!" not in phone.user_agent.to_state(network.now)


def test_bytes_that_are_no_text_survive() -> None:
    network = Network()
    server = network.node("10.0.0.2")
    text = request_text("INVITE").replace("From: <", 'From: "\udcff\udc80" <').replace("\n", "\r\n")
    server.hear(text.encode("utf-8", "surrogateescape"))
    server.user_agent.answer(server.incoming(), ANSWER, network.now)
    before = server.user_agent._core.sessions[server.incoming()].dialog
    reborn(server)
    assert server.user_agent._core.sessions[server.incoming()].dialog == before
    assert before is not None
    assert "\udcff" in before.remote


@pytest.mark.parametrize("state", [b"", b"nonsense", b'{"sessions": [{"id": 7}]}'])
def test_what_is_no_state(state: bytes) -> None:
    with pytest.raises(ValueError):
        Network().node("10.0.0.1").user_agent.from_state(state, 0.0)


@pytest.mark.parametrize("seed", range(15))
def test_both_processes_change_on_a_bad_network(seed: int) -> None:
    network = Network(loss=0.2, duplication=0.2, delay_s=(0.0, 0.3), seed=seed)
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours = phone.call(server)
    for step in range(40):
        network.run(0.7)
        if step % 7 == seed % 7:
            reborn(phone if step % 2 else server)
        for each in server.of(IncomingCall):
            session = server.user_agent._core.sessions.get(SessionId(each.session))
            if session is not None and session.incoming is not None and step > 5:
                server.user_agent.answer(each.session, ANSWER, network.now)
    assert len(server.of(IncomingCall)) == 1
    assert len(phone.of(CallAnswered)) == 1
    assert phone.of(CallFailed) == phone.of(CallEnded) == server.of(CallEnded) == []
    phone.user_agent.hang_up(ours, network.now)
    network.run(150)
    assert phone.open_sessions == server.open_sessions == 0
