"""Offers in a call that stands: theirs, ours, and those that cross."""

from __future__ import annotations

import pytest

from telephony.sip.errors import LocalProtocolError
from telephony.sip.events import (
    CallEnded,
    EndCause,
    OfferAnswered,
    OfferFailed,
    OfferReceived,
    OfferRequested,
)
from tests.telephony.sip.kit import ANSWER, OFFER, Call


@pytest.fixture
def call() -> Call:
    return Call()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_hold_and_resume(transport: str) -> None:
    call = Call(transport)
    for offer in (b"hold", b"resume"):
        call.phone.user_agent.reoffer(call.ours, offer, call.network.now)
        call.network.roundtrip()
        assert call.server.last(OfferReceived) == OfferReceived(call.theirs, offer)
        call.server.user_agent.answer_offer(call.theirs, b"yes " + offer, call.network.now)
        call.network.roundtrip()
        assert call.phone.last(OfferAnswered) == OfferAnswered(call.ours, b"yes " + offer)
    call.server.user_agent.hang_up(call.theirs, call.network.now)
    call.network.roundtrip()
    assert [event.cause for event in call.phone.of(CallEnded)] == [EndCause.REMOTE_BYE]


def test_without_sdp_an_offer_is_asked_for(call: Call) -> None:
    call.server.user_agent.reoffer(call.theirs, b"", call.network.now)
    call.network.roundtrip()
    assert call.phone.of(OfferRequested) == [OfferRequested(call.ours)]


def test_a_refused_offer_leaves_the_call(call: Call) -> None:
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.network.roundtrip()
    call.server.user_agent.reject_offer(call.theirs, 488, call.network.now)
    call.network.roundtrip()
    assert call.phone.of(OfferFailed) == [OfferFailed(call.ours, 488)]
    assert call.phone.open_sessions == call.server.open_sessions == 1
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)


def test_a_lost_ack_of_a_reinvite_is_made_up_for(call: Call) -> None:
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.network.roundtrip()
    call.network.drop(lambda packet: packet.is_a("ACK"))
    call.server.user_agent.answer_offer(call.theirs, ANSWER, call.network.now)
    call.network.run(40)
    assert call.phone.of(CallEnded) == call.server.of(CallEnded) == []
    assert len(call.phone.of(OfferAnswered)) == 1


def test_an_ack_of_a_reinvite_that_never_comes_ends_the_call(call: Call) -> None:
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.network.roundtrip()
    for _ in range(30):
        call.network.drop(lambda packet: packet.is_a("ACK"))
    call.server.user_agent.answer_offer(call.theirs, ANSWER, call.network.now)
    call.network.run(40)
    assert [event.cause for event in call.server.of(CallEnded)] == [EndCause.ACK_TIMEOUT]
    assert [event.cause for event in call.phone.of(CallEnded)] == [EndCause.REMOTE_BYE]


def test_hanging_up_while_an_offer_is_open(call: Call) -> None:
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.network.roundtrip()
    call.server.user_agent.hang_up(call.theirs, call.network.now)
    call.network.roundtrip()
    assert [event.cause for event in call.phone.of(CallEnded)] == [EndCause.REMOTE_BYE]
    call.network.run(70)
    assert call.phone.open_transactions == call.server.open_transactions == 0


def test_a_peer_that_lost_the_dialog_ends_the_call(call: Call) -> None:
    call.server.user_agent._core.dialogs.clear()
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    call.network.roundtrip()
    assert call.phone.of(OfferFailed) == [OfferFailed(call.ours, 481)]
    assert [event.cause for event in call.phone.of(CallEnded)] == [EndCause.REMOTE_BYE]
    assert call.phone.open_sessions == 0


def test_one_offer_at_a_time(call: Call) -> None:
    call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    with pytest.raises(LocalProtocolError, match="another offer is pending"):
        call.phone.user_agent.reoffer(call.ours, OFFER, call.network.now)
    with pytest.raises(LocalProtocolError, match="no offer is pending"):
        call.phone.user_agent.answer_offer(call.ours, ANSWER, call.network.now)
