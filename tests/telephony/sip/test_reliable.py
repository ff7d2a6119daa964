"""Provisional responses that must arrive, and their PRACKs (RFC 3262), with offers wherever RFC 6337 allows."""

from __future__ import annotations

import pytest

from telephony.sip.events import (
    CallAnswered,
    CallConfirmed,
    CallEnded,
    CallFailed,
    CallProgress,
    EndCause,
    OfferAnswered,
    OfferReceived,
    ProvisionalAcknowledged,
    SessionId,
)
from telephony.sip.message import Request
from telephony.sip.parser import parse_message
from tests.telephony.sip.kit import ANSWER, OFFER, Network, Node, Packet, answering_offers, request_text

REQUIRED = [("Require", "100rel")]


def ringing(network: Network, body: bytes = OFFER) -> tuple[Node, SessionId, Node, SessionId]:
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours = phone.call(server, body=body, headers=REQUIRED)
    network.roundtrip()
    return phone, ours, server, server.incoming()


def pracks(network: Network) -> list[Packet]:
    return network.sent(lambda packet: packet.is_a("PRACK"))


def test_the_answer_in_a_183() -> None:
    network = Network()
    phone, ours, server, theirs = ringing(network)
    server.user_agent.ring(theirs, network.now, status=183, body=ANSWER)
    network.roundtrip()
    assert phone.last(CallProgress) == CallProgress(ours, 183, "Session Progress", ANSWER)
    assert server.of(ProvisionalAcknowledged) == [ProvisionalAcknowledged(theirs, None)]
    server.user_agent.answer(theirs, ANSWER, network.now)
    network.roundtrip()
    assert phone.of(CallAnswered) == [CallAnswered(ours, None)]  # RFC 6337 3.1.1: not said twice
    assert len(server.of(CallConfirmed)) == 1
    [prack] = pracks(network)
    rack = parse_message(prack.data).header("rack")
    assert rack is not None
    assert rack.endswith(" 1 INVITE")


def test_every_provisional_one_when_the_caller_insists() -> None:
    network = Network()
    phone, _, server, theirs = ringing(network)
    for _ in range(2):
        server.user_agent.ring(theirs, network.now)
    server.user_agent.ring(theirs, network.now, status=183, body=ANSWER)
    network.roundtrip()
    assert len(pracks(network)) == 3
    assert [event.status for event in phone.of(CallProgress)] == [180, 180, 183]
    numbers = [
        parse_message(packet.data).header("rseq")
        for packet in network.log
        if packet.is_response(180, "INVITE")
    ]
    assert [int(number or 0) for number in numbers][1] == int(numbers[0] or 0) + 1


def test_an_offer_in_the_response_and_its_answer_in_the_prack() -> None:
    network = Network()
    phone, ours, server, theirs = ringing(network, body=b"")
    answering_offers(phone, ours)
    server.user_agent.ring(theirs, network.now, status=183, body=OFFER)
    network.roundtrip()
    assert phone.of(OfferReceived) == [OfferReceived(ours, OFFER)]
    assert server.of(ProvisionalAcknowledged) == [ProvisionalAcknowledged(theirs, ANSWER)]
    server.user_agent.answer(theirs, OFFER, network.now)
    network.roundtrip()
    assert len(phone.of(CallAnswered)) == len(server.of(CallConfirmed)) == 1
    [answer] = [packet for packet in network.log if packet.is_response(200, "INVITE")]
    assert parse_message(answer.data).body == b""


def test_an_offer_in_the_prack_and_its_answer_in_the_200() -> None:
    network = Network()
    _, _, server, theirs = ringing(network)
    server.user_agent.ring(theirs, network.now, status=183, body=ANSWER)
    [_, response] = [parse_message(packet.data) for packet in [*network.log[-1:], *server.said()]][-2:]
    rack = f"RAck: {response.header('rseq')} 1 INVITE\n"
    request = parse_message(network.log[0].data)
    assert isinstance(request, Request)
    prack = request_text(
        "PRACK", to_tag=response.to_tag or "", extra=rack + "Content-Type: application/sdp\n",
        body="offer", branch="z9hG4bKprack", seq=2, call_id=request.call_id, from_tag=request.from_tag or "",
    )  # fmt: skip
    server.hear(prack)
    assert server.of(OfferReceived) == [OfferReceived(theirs, b"offer")]
    server.user_agent.answer(theirs, ANSWER, network.now)  # waits for the exchange to end
    assert server.said() == []
    server.user_agent.answer_offer(theirs, b"reply", network.now)
    sent = server.said()
    assert [packet.start_line for packet in sent] == ["SIP/2.0 200 OK", "SIP/2.0 200 OK"]
    assert [parse_message(packet.data).body for packet in sent] == [b"reply", b""]


def test_a_prack_that_fits_nothing_is_481() -> None:
    network = Network()
    _, _, server, theirs = ringing(network)
    server.user_agent.ring(theirs, network.now, status=183, body=ANSWER)
    [sent] = server.said()
    response, request = parse_message(sent.data), parse_message(network.log[0].data)
    prack = request_text(
        "PRACK", to_tag=response.to_tag or "", extra="RAck: 1 1 INVITE\n", branch="z9hG4bKprack", seq=2,
        call_id=request.call_id, from_tag=request.from_tag or "",
    )  # fmt: skip
    server.hear(prack)
    assert [packet.start_line for packet in server.said()] == ["SIP/2.0 481 Call/Transaction Does Not Exist"]


def test_an_answer_waits_for_the_prack() -> None:
    network = Network()
    phone, _, server, theirs = ringing(network)
    network.drop(lambda packet: packet.is_response(183, "INVITE"))
    server.user_agent.ring(theirs, network.now, status=183, body=ANSWER)
    server.user_agent.answer(theirs, ANSWER, network.now)
    network.roundtrip()
    assert phone.of(CallAnswered) == []
    network.run(1)
    assert len(phone.of(CallAnswered)) == 1
    assert [event.body for event in phone.of(CallProgress)] == [ANSWER]


def test_no_prack_ends_the_call_with_504() -> None:
    network = Network()
    phone, ours, server, theirs = ringing(network)
    network.drop_all(lambda packet: packet.is_a("PRACK"))
    server.user_agent.ring(theirs, network.now, status=183, body=ANSWER)
    network.run(33)
    assert [event.cause for event in server.of(CallEnded)] == [EndCause.PRACK_TIMEOUT]
    assert [event.status for event in phone.of(CallFailed)] == [504]
    # Section 3: T1 doubling without a cap: at 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s
    assert len(network.sent(lambda packet: packet.is_response(183, "INVITE"))) == 7
    assert ours in [event.session for event in phone.of(CallFailed)]


def test_a_caller_that_knows_no_100rel_gets_plain_ones() -> None:
    network = Network()
    server = network.node("10.0.0.2")
    server.hear(request_text("INVITE", body="offer", extra="Content-Type: application/sdp\n"))
    server.user_agent.ring(server.incoming(), network.now, status=183, body=ANSWER)
    response = parse_message(server.said()[-1].data)
    assert (response.header("require"), response.header("rseq")) == (None, None)


def test_the_cancel_of_a_call_that_rings_reliably() -> None:
    network = Network()
    phone, ours, server, theirs = ringing(network)
    server.user_agent.ring(theirs, network.now, status=183, body=ANSWER)
    network.roundtrip()
    phone.user_agent.hang_up(ours, network.now)
    network.run(100)
    assert [event.cause for event in server.of(CallEnded)] == [EndCause.REMOTE_CANCEL]
    assert phone.open_sessions == server.open_sessions == 0
    assert phone.user_agent._core.dialogs == server.user_agent._core.dialogs == {}
    assert phone.open_transactions == server.open_transactions == 0


@pytest.mark.parametrize("seed", range(25))
def test_on_a_bad_network(seed: int) -> None:
    network = Network(loss=0.25, duplication=0.2, delay_s=(0.0, 0.3), seed=seed)
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    ours = phone.call(server, headers=REQUIRED)
    network.run(20)
    theirs = server.incoming()
    server.user_agent.ring(theirs, network.now)
    server.user_agent.ring(theirs, network.now, status=183, body=ANSWER)
    server.user_agent.answer(theirs, ANSWER, network.now)
    network.run(32)
    assert [event.body for event in phone.of(CallProgress) if event.status == 183] == [ANSWER]
    assert len(phone.of(CallAnswered)) == len(server.of(CallConfirmed)) == 1
    phone.user_agent.hang_up(ours, network.now)
    network.run(110)
    assert phone.open_sessions == server.open_sessions == 0
    assert phone.open_transactions == server.open_transactions == 0
    assert phone.of(OfferAnswered) == []
