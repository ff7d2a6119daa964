"""Legs between a fake user agent and a fake media worker: who is told what, in which order, whatever comes between."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from telephony.calls.dialling import Dial
from telephony.calls.leg import LegAnswered, LegDigit, LegEnded, LegState, Outcome, Party
from telephony.calls.terms import MediaTerms
from telephony.media.messages import DigitReceived, EncryptionFailed, RtpTimeout, WorkerLost
from telephony.sip import events as sip
from telephony.sip.uri import SipUri
from tests.telephony.calls.fakes import OFFER, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def settle() -> None:
    """Let background work run until it waits for somebody."""
    for _ in range(5):
        await asyncio.sleep(0)


def dial(bench: Bench, heard: list[Any]) -> Any:
    leg = bench.exchange.dial(
        Dial(SipUri.parse("sip:alice@127.0.0.1:5062"), "alice", "Sales", "+442079460000")
    )
    leg.listener = heard.append
    return leg


async def test_an_incoming_leg_is_answered_with_media_that_is_already_open(bench: Bench) -> None:
    leg = bench.invite()
    assert (leg.peer, leg.dialled, leg.state) == ("+442079460000", "1000", LegState.INVITED)
    assert await bench.exchange.answer(leg)
    assert bench.media.names() == ["open_leg", "set_remote"]
    assert bench.agent.names() == ["answer"]
    assert b"m=audio 20002 RTP/AVP 0" in bench.agent.said[0][2]


async def test_with_a_port_in_reserve_the_answer_is_sent_at_once(bench: Bench) -> None:
    leg = bench.invite()
    assert not bench.exchange.answer_at_once(leg)
    bench.media.reserve = 1
    assert bench.exchange.answer_at_once(leg)
    assert bench.media.names() == ["open_leg", "set_remote"]
    assert bench.agent.names() == ["answer"]
    assert leg.is_up
    assert bench.exchange.answer_at_once(leg)
    assert bench.agent.names() == ["answer"]


async def test_a_caller_who_gives_up_while_media_is_being_opened_leaves_nothing_open(bench: Bench) -> None:
    leg = bench.invite()
    heard: list[Any] = []
    leg.listener = heard.append
    bench.media.gate = asyncio.Event()
    answering = asyncio.create_task(bench.exchange.answer(leg))
    await settle()
    bench.exchange.on_sip_event(sip.CallEnded(sip.SessionId("in-1"), sip.EndCause.REMOTE_CANCEL, None))
    bench.media.gate.set()
    assert not await answering
    await settle()
    assert bench.media.names() == ["open_leg", "close_leg"]
    assert bench.agent.names() == []
    assert [type(event) for event in heard] == [LegEnded]
    assert heard[0].termination.outcome is Outcome.CANCELLED


async def test_a_caller_who_has_gone_before_the_news_came_is_not_answered(bench: Bench) -> None:
    leg = bench.invite()
    heard: list[Any] = []
    leg.listener = heard.append
    bench.agent.forgotten.add(leg.session)
    assert not await bench.exchange.answer(leg)
    bench.exchange.on_sip_event(sip.CallEnded(leg.session, sip.EndCause.REMOTE_CANCEL, None))
    await settle()
    assert bench.agent.names() == []
    assert bench.media.names() == ["open_leg", "close_leg"]
    assert [event.termination.outcome for event in heard] == [Outcome.CANCELLED]


async def test_an_offer_without_a_codec_of_ours_is_refused_with_488(bench: Bench) -> None:
    leg = bench.invite(OFFER.replace(b"0 8 101", b"97").replace(b"101 telephone-event", b"97 opus"))
    assert not await bench.exchange.answer(leg)
    await settle()
    assert bench.agent.said[0][0:3] == ("reject", "in-1", 488)
    assert bench.media.names() == ["open_leg", "close_leg"]


async def test_no_free_port_refuses_the_caller_with_503(bench: Bench) -> None:
    leg = bench.invite()
    bench.media.refuse = True
    assert not await bench.exchange.answer(leg)
    assert bench.agent.said[0][0:3] == ("reject", "in-1", 503)
    assert leg.is_over


async def test_a_dialled_leg_tells_of_its_answer_and_its_end_once(bench: Bench) -> None:
    heard: list[Any] = []
    leg = dial(bench, heard)
    await settle()
    assert bench.agent.names() == ["invite"]
    bench.exchange.on_sip_event(sip.CallAnswered(leg.session, OFFER))
    bench.exchange.on_media_event(DigitReceived(leg_id=leg.id, digit="5", duration_ms=80))
    bench.exchange.on_sip_event(sip.CallEnded(leg.session, sip.EndCause.REMOTE_BYE, None))
    bench.exchange.hang_up(leg, "again")
    assert heard[:2] == [LegAnswered(), LegDigit("5")]
    assert [type(event) for event in heard[2:]] == [LegEnded]
    assert heard[2].termination.by is Party.REMOTE
    await settle()
    assert bench.media.names()[-1] == "close_leg"


def test_messages_waiting_are_published_and_sent(bench: Bench) -> None:
    bench.exchange.publish_messages("sip:sales@cordboard", 2, 1, readers=["rosa"])
    [(command, aor, new, old, _now, named)] = bench.agent.said
    assert (command, aor, new, old, named) == (
        "publish_messages", "sip:sales@cordboard", 2, 1, {"readers": ["rosa"]},
    )  # fmt: skip
    assert bench.exchange._endpoint.flushed == 1


async def test_hanging_up_before_the_invite_is_sent_sends_none(bench: Bench) -> None:
    heard: list[Any] = []
    bench.media.gate = asyncio.Event()
    leg = dial(bench, heard)
    await settle()
    bench.exchange.hang_up(leg, "the caller has gone")
    bench.media.gate.set()
    await settle()
    assert bench.agent.names() == []
    assert bench.media.names() == ["open_leg", "close_leg"]
    assert heard[0].termination.outcome is Outcome.CANCELLED


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (486, Outcome.REFUSED),
        (603, Outcome.REFUSED),
        (480, Outcome.NO_ANSWER),
        (408, Outcome.NO_ANSWER),
        (404, Outcome.UNREACHABLE),
        (503, Outcome.UNREACHABLE),
        (487, Outcome.CANCELLED),
    ],
)
async def test_a_refused_invite_says_what_came_of_it(bench: Bench, status: int, outcome: Outcome) -> None:
    heard: list[Any] = []
    leg = dial(bench, heard)
    await settle()
    bench.exchange.on_sip_event(sip.CallFailed(leg.session, status, "no"))
    assert heard[0].termination.outcome is outcome
    assert heard[0].termination.status == status


async def test_an_answer_that_cannot_be_used_is_hung_up(bench: Bench) -> None:
    heard: list[Any] = []
    leg = dial(bench, heard)
    await settle()
    bench.exchange.on_sip_event(sip.CallAnswered(leg.session, b"not a session description"))
    assert bench.agent.names() == ["invite", "hang_up"]
    assert [type(event) for event in heard] == [LegEnded]


async def test_a_silent_leg_is_hung_up_as_lost(bench: Bench) -> None:
    leg = bench.invite()
    await bench.exchange.answer(leg)
    bench.exchange.on_media_event(RtpTimeout(leg_id=leg.id, silent_s=30.0))
    assert bench.agent.names() == ["answer", "hang_up"]
    assert leg.termination is not None
    assert leg.termination.outcome is Outcome.LOST


async def test_a_lost_media_worker_ends_its_legs_and_asks_it_for_nothing_more(bench: Bench) -> None:
    leg = bench.invite()
    await bench.exchange.answer(leg)
    bench.exchange.on_media_event(WorkerLost(worker=0, legs=(leg.id,)))
    await settle()
    assert leg.is_over
    assert "close_leg" not in bench.media.names()


async def test_hold_by_reinvite_is_answered_and_stops_our_sending(bench: Bench) -> None:
    leg = bench.invite()
    await bench.exchange.answer(leg)
    bench.exchange.on_sip_event(sip.OfferReceived(leg.session, OFFER + b"a=sendonly\r\n"))
    assert bench.agent.names() == ["answer", "answer_offer"]
    assert b"a=recvonly" in bench.agent.said[1][2]
    remote = bench.media.said[-1][2]
    assert (remote.sending, remote.receiving) == (False, True)


async def test_an_invite_without_an_offer_gets_ours_and_the_ack_brings_the_answer(bench: Bench) -> None:
    leg = bench.invite(offer=None)
    assert await bench.exchange.answer(leg)
    assert bench.media.names() == ["open_leg"]
    bench.exchange.on_sip_event(sip.CallConfirmed(leg.session, OFFER))
    assert bench.media.names() == ["open_leg", "set_remote"]


async def test_closing_hangs_up_everybody(bench: Bench) -> None:
    await bench.exchange.answer(bench.invite())
    bench.invite(session="in-2")
    await bench.exchange.close()
    assert bench.exchange.legs == ()
    assert bench.agent.names() == ["answer", "hang_up", "hang_up"]
    assert bench.media.names()[-1] == "close_leg"
    assert len(bench.released) == 1


async def test_an_agent_is_offered_the_callers_codec_and_packet_time_first(bench: Bench) -> None:
    caller = bench.invite(OFFER.replace(b"AVP 0 8 101", b"AVP 8 101") + b"a=ptime:30\r\n")
    assert await bench.exchange.answer(caller)
    order = Dial(SipUri.parse("sip:alice@127.0.0.1:5062"), "alice", "Sales", "+442079460000", near=caller)
    bench.exchange.dial(order)
    await settle()
    body = bench.agent.said[-1][2]
    assert b" RTP/AVP 8 0 101\r\n" in body
    assert b"a=ptime:30\r\n" in body


async def test_a_handshake_that_comes_to_nothing_ends_the_call() -> None:
    bench, heard = Bench(), []
    leg = bench.invite()
    leg.listener = heard.append
    assert await bench.exchange.answer(leg)
    bench.exchange.on_media_event(EncryptionFailed(leg_id=leg.id, why="no handshake in time"))
    assert heard[-1].termination.reason == "its audio cannot be encrypted: no handshake in time"
    bench.exchange.on_media_event(EncryptionFailed(leg_id="gone", why="late"))
    assert len(heard) == 1


async def test_keys_that_are_required_do_not_travel_on_open_signalling() -> None:
    bench = Bench(MediaTerms(srtp="required", new_key=lambda: bytes(30)))
    key = b"A" * 40
    offer = (
        OFFER.replace(b"RTP/AVP", b"RTP/SAVP") + b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key + b"\r\n"
    )
    assert not await bench.exchange.answer(bench.invite(offer))
    assert [said[:3] for said in bench.agent.said] == [("reject", sip.SessionId("in-1"), 488)]
    heard: list[Any] = []
    dial(bench, heard)
    await settle()
    assert bench.agent.names() == ["reject"]
    assert "encrypted" in heard[0].termination.reason
