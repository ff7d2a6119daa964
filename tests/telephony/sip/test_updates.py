"""UPDATE in early and confirmed dialogs (RFC 3311)."""

from __future__ import annotations

import pytest

from telephony.sip.errors import LocalProtocolError
from telephony.sip.events import (
    CallAnswered,
    CallEnded,
    EndCause,
    OfferAnswered,
    OfferFailed,
    OfferReceived,
)
from telephony.sip.parser import parse_message
from tests.telephony.sip.kit import ANSWER, OFFER, Call, Network, answering_offers


@pytest.mark.parametrize("direction", ["phone", "server"])
def test_an_offer_by_update(direction: str) -> None:
    call = Call()
    one, other = (call.phone, call.server) if direction == "phone" else (call.server, call.phone)
    ours, theirs = (call.ours, call.theirs) if direction == "phone" else (call.theirs, call.ours)
    one.user_agent.update(ours, OFFER, call.network.now)
    call.network.roundtrip()
    assert other.last(OfferReceived) == OfferReceived(theirs, OFFER)
    other.user_agent.answer_offer(theirs, ANSWER, call.network.now)
    call.network.roundtrip()
    assert one.last(OfferAnswered) == OfferAnswered(ours, ANSWER)
    assert other.user_agent._core.sessions[theirs].local_body == ANSWER


def test_before_the_answer_once_the_first_exchange_is_done() -> None:
    network = Network()
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours = phone.call(server, headers=[("Require", "100rel")])
    network.roundtrip()
    theirs = server.incoming()
    server.user_agent.ring(theirs, network.now, status=183, body=ANSWER)
    network.roundtrip()
    answering_offers(phone, ours)
    server.user_agent.update(theirs, OFFER, network.now)
    network.roundtrip()
    assert server.last(OfferAnswered) == OfferAnswered(theirs, ANSWER)
    server.user_agent.answer(theirs, ANSWER, network.now)
    network.roundtrip()
    assert len(phone.of(CallAnswered)) == 1
    phone.user_agent.hang_up(ours, network.now)
    network.roundtrip()
    assert [event.cause for event in server.of(CallEnded)] == [EndCause.REMOTE_BYE]


def test_not_while_an_offer_is_open() -> None:
    network = Network()
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours = phone.call(server)
    network.roundtrip()
    with pytest.raises(LocalProtocolError, match="needs a dialog"):
        phone.user_agent.update(ours, OFFER, network.now)
    theirs = server.incoming()
    server.user_agent.ring(theirs, network.now)
    network.roundtrip()
    for node, session in ((phone, ours), (server, theirs)):
        with pytest.raises(LocalProtocolError, match="another offer is pending"):
            node.user_agent.update(session, OFFER, network.now)


def test_a_peer_without_update() -> None:
    call = Call()
    call.phone.user_agent._core.sessions[call.ours].allows_update = False
    with pytest.raises(LocalProtocolError, match="allows no UPDATE"):
        call.phone.user_agent.update(call.ours, OFFER, call.network.now)


def test_crossing_updates_are_both_made_in_the_end() -> None:
    call = Call()
    answering_offers(call.phone, call.ours)
    answering_offers(call.server, call.theirs)
    call.phone.user_agent.update(call.ours, OFFER, call.network.now)
    call.server.user_agent.update(call.theirs, OFFER, call.network.now)
    call.network.roundtrip()
    assert len(call.network.sent(lambda packet: packet.is_response(491, "UPDATE"))) == 2
    call.network.run(5)
    assert len(call.phone.of(OfferAnswered)) == len(call.server.of(OfferAnswered)) == 1


def test_an_update_during_a_reinvite_is_491() -> None:
    call = Call()
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.server.user_agent.update(call.theirs, OFFER, call.network.now)
    call.network.roundtrip()
    assert len(call.network.sent(lambda packet: packet.is_response(491, "UPDATE"))) == 1
    assert call.phone.of(OfferReceived) == []


def test_a_refused_update_leaves_the_call_and_a_lost_one_ends_it() -> None:
    call = Call()
    call.phone.user_agent.update(call.ours, OFFER, call.network.now)
    call.network.roundtrip()
    call.server.user_agent.reject_offer(call.theirs, 488, call.network.now)
    call.network.roundtrip()
    assert call.phone.of(OfferFailed) == [OfferFailed(call.ours, 488)]
    call.network.loss = 1.0
    call.phone.user_agent.update(call.ours, OFFER, call.network.now)
    call.network.run(33)
    assert [event.cause for event in call.phone.of(CallEnded)] == [EndCause.TRANSPORT_FAILURE]


def test_a_target_refresh_moves_the_call() -> None:
    call = Call()
    session = call.phone.user_agent._core.sessions[call.ours]
    session.contact = "<sip:alice@10.0.0.77:5099>"
    call.phone.user_agent.update(call.ours, b"", call.network.now)
    call.network.roundtrip()
    theirs = call.server.user_agent._core.sessions[call.theirs].dialog
    assert theirs is not None
    assert theirs.remote_target == "sip:alice@10.0.0.77:5099"
    call.server.user_agent.hang_up(call.theirs, call.network.now)
    [bye] = call.server.said()
    assert bye.start_line == "BYE sip:alice@10.0.0.77:5099 SIP/2.0"
    assert bye.destination.host == "10.0.0.77"


def test_one_that_nobody_answers_is_504() -> None:
    call = Call()
    call.phone.user_agent.update(call.ours, OFFER, call.network.now)
    call.network.run(11)
    assert call.phone.of(OfferFailed) == [OfferFailed(call.ours, 504)]
    [refusal] = call.network.sent(lambda packet: packet.is_response(504, "UPDATE"))
    assert parse_message(refusal.data).to_tag is not None


@pytest.mark.parametrize("seed", range(10))
def test_on_a_bad_network(seed: int) -> None:
    call = Call(loss=0.25, duplication=0.2, delay_s=(0.0, 0.3), seed=seed)
    answering_offers(call.server, call.theirs)
    for _ in range(3):
        call.phone.user_agent.update(call.ours, OFFER, call.network.now)
        call.network.run(30)
    assert len(call.phone.of(OfferAnswered)) == len(call.server.of(OfferReceived)) == 3
