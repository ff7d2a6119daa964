"""Offers that cross, come too soon or are never answered (RFC 3261 section 14)."""

from __future__ import annotations

import pytest

from telephony.sip.cancel import cancel_of
from telephony.sip.errors import LocalProtocolError
from telephony.sip.events import (
    CallEnded,
    EndCause,
    OfferAnswered,
    OfferFailed,
    OfferReceived,
    OfferWithdrawn,
)
from telephony.sip.message import Request
from telephony.sip.parser import parse_message
from telephony.sip.reinvite import back_off_s
from tests.telephony.sip.kit import ANSWER, OFFER, Call, answering_offers


@pytest.mark.parametrize(("fraction", "owner", "other"), [(0.0, 2.1, 0.0), (0.5, 3.05, 1.0), (1.0, 4.0, 2.0)])
def test_the_back_off_of_section_14_1(fraction: float, owner: float, other: float) -> None:
    assert back_off_s(fraction, owner=True) == owner
    assert back_off_s(fraction, owner=False) == other


def test_offers_that_cross_are_both_made_in_the_end() -> None:
    call = Call()
    answering_offers(call.phone, call.ours)
    answering_offers(call.server, call.theirs)
    began = call.network.now
    call.phone.user_agent.reoffer(call.ours, OFFER, began)
    call.server.user_agent.reoffer(call.theirs, OFFER, began)
    call.network.roundtrip()
    assert len(call.network.sent(lambda packet: packet.is_response(491, "INVITE"))) == 2
    assert call.phone.of(OfferFailed) == call.server.of(OfferFailed) == []
    call.network.run(2.05)
    assert len(call.server.of(OfferAnswered)) == 1  # the callee is no owner of the Call-ID: it comes first
    assert call.phone.of(OfferAnswered) == []
    call.network.run(2)
    assert len(call.phone.of(OfferAnswered)) == 1
    assert call.phone.of(CallEnded) == call.server.of(CallEnded) == []


@pytest.mark.parametrize("seed", range(20))
def test_crossing_offers_on_a_bad_network(seed: int) -> None:
    call = Call(loss=0.2, duplication=0.2, delay_s=(0.0, 0.2), seed=seed)
    answering_offers(call.phone, call.ours)
    answering_offers(call.server, call.theirs)
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.server.user_agent.reoffer(call.theirs, OFFER, call.network.now)
    call.network.run(60)
    assert len(call.phone.of(OfferAnswered)) == len(call.server.of(OfferAnswered)) == 1
    call.phone.user_agent.hang_up(call.ours, call.network.now)
    call.network.run(100)
    assert call.phone.open_sessions == call.server.open_sessions == 0
    assert call.phone.open_transactions == call.server.open_transactions == 0


def test_an_endless_glare_is_given_up() -> None:
    call = Call()
    call.server.user_agent._core.sessions[call.theirs].reoffering = True
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.network.run(30)
    assert call.phone.of(OfferFailed) == [OfferFailed(call.ours, 491)]
    assert call.phone.open_sessions == 1


def test_no_second_offer_during_the_back_off_and_no_retry_after_the_end() -> None:
    call = Call()
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.server.user_agent.reoffer(call.theirs, OFFER, call.network.now)
    call.network.roundtrip()
    with pytest.raises(LocalProtocolError, match="another offer is pending"):
        call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.phone.user_agent.hang_up(call.ours, call.network.now)
    call.network.roundtrip()
    before = len(call.network.sent(lambda packet: packet.is_a("INVITE")))
    call.network.run(40)
    assert len(call.network.sent(lambda packet: packet.is_a("INVITE"))) == before


def test_too_soon_is_tried_again_after_retry_after() -> None:
    call = Call()
    for _ in range(3):
        call.network.drop(lambda packet: packet.is_a("ACK"))
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.network.roundtrip()
    call.server.user_agent.answer_offer(call.theirs, ANSWER, call.network.now)
    call.network.roundtrip()
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)  # its ACK is lost: 500, Retry-After: 2
    call.network.roundtrip()
    assert len(call.network.sent(lambda packet: packet.is_response(500, "INVITE"))) == 1
    call.network.run(10)
    assert call.phone.of(OfferFailed) == []
    assert len(call.server.of(OfferReceived)) == 2


def test_an_offer_that_the_application_forgets_is_refused() -> None:
    call = Call()
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.network.run(10.1)
    assert call.phone.of(OfferFailed) == [OfferFailed(call.ours, 504)]
    assert call.server.of(OfferWithdrawn) == [OfferWithdrawn(call.theirs)]
    with pytest.raises(LocalProtocolError, match="no offer is pending"):
        call.server.user_agent.answer_offer(call.theirs, ANSWER, call.network.now)
    assert call.phone.open_sessions == call.server.open_sessions == 1


def test_an_offer_of_ours_that_is_never_answered_is_cancelled() -> None:
    call = Call()
    # The peer goes on with provisional responses for ever: its user agent is told of nothing else.
    session = call.phone.user_agent._core.sessions[call.ours]
    call.network.drop_all(lambda packet: packet.is_response(504, "INVITE"))
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.network.run(31)
    assert session.reoffering
    call.network.run(2)
    assert len(call.network.sent(lambda packet: packet.is_a("CANCEL"))) >= 1
    call.network.run(33)
    assert call.phone.of(OfferFailed) == [OfferFailed(call.ours, 408)]
    assert [event.cause for event in call.phone.of(CallEnded)] == [EndCause.TRANSPORT_FAILURE]


def test_their_cancel_of_their_offer() -> None:
    call = Call()
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.network.roundtrip()
    [invite] = [packet for packet in call.network.log if packet.is_a("INVITE")][-1:]
    request = parse_message(invite.data)
    assert isinstance(request, Request)
    call.server.hear(bytes(cancel_of(request, [])), call.phone.address)
    call.network.roundtrip()
    assert call.server.of(OfferWithdrawn) == [OfferWithdrawn(call.theirs)]
    assert call.phone.of(OfferFailed) == [OfferFailed(call.ours, 487)]
    assert call.phone.open_sessions == call.server.open_sessions == 1


def test_an_offer_without_sdp_is_answered_in_the_ack() -> None:
    call = Call()
    call.phone.user_agent.reoffer(call.ours, b"", call.network.now)
    call.network.roundtrip()
    call.server.user_agent.answer_offer(call.theirs, OFFER, call.network.now)
    call.network.roundtrip()
    assert call.phone.last(OfferReceived) == OfferReceived(call.ours, OFFER)
    call.phone.user_agent.answer_offer(call.ours, ANSWER, call.network.now)
    call.network.roundtrip()
    assert call.server.last(OfferAnswered) == OfferAnswered(call.theirs, ANSWER)
    call.network.run(40)
    assert call.phone.of(CallEnded) == call.server.of(CallEnded) == []


def test_a_503_to_an_offer_leaves_the_call() -> None:
    call = Call()
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.network.roundtrip()
    call.server.user_agent.reject_offer(call.theirs, 503, call.network.now)
    call.network.roundtrip()
    assert call.phone.of(OfferFailed) == [OfferFailed(call.ours, 503)]
    assert call.phone.open_sessions == 1
