"""Dialling a phone that wants other audio than it was offered first (trunks' routes: `trunks`)."""

from __future__ import annotations

from typing import Any

import pytest

from telephony.calls.dialling import Dial
from telephony.calls.leg import LegState
from telephony.calls.terms import MediaTerms
from telephony.sip import events as sip
from telephony.sip.sdp import SessionDescription
from telephony.sip.uri import SipUri
from tests.telephony.calls.fakes import Bench
from tests.telephony.calls.test_exchange import settle
from tests.telephony.calls.test_keying import HANDSHAKE, OURS
from tests.telephony.calls.test_sdes import offer

OPEN, SECURE = "sip:alice@127.0.0.1:5062", "sip:alice@127.0.0.1:5062;transport=tls"


def dial(bench: Bench, target: str) -> tuple[Any, list[Any]]:
    heard: list[Any] = []
    leg = bench.exchange.dial(Dial(SipUri.parse(target), "alice", "Sales", "+442079460000"))
    leg.listener = heard.append
    return leg, heard


def offered(bench: Bench) -> tuple[str, set[str]]:
    """Protocol and names of the lines of the last INVITE."""
    (stream,) = SessionDescription.parse(bench.agent.said[-1][2]).media
    return stream.protocol, {line.partition(":")[0] for line in stream.lines}


def terms(**more: Any) -> MediaTerms:
    return MediaTerms(**{"srtp": "offered", "new_key": lambda: bytes(30), "fingerprint": OURS} | more)


async def test_a_phone_that_refuses_a_plain_offer_gets_the_stricter_ones() -> None:
    bench = Bench(terms())
    leg, heard = dial(bench, SECURE)
    await settle()
    assert offered(bench) == ("RTP/AVP", {"a=crypto", "a=setup", "a=fingerprint", "a=rtcp-mux"})
    bench.exchange.on_sip_event(sip.CallFailed(leg.session, 488, "no"))
    assert offered(bench) == ("UDP/TLS/RTP/SAVP", {"a=setup", "a=fingerprint", "a=rtcp-mux"})
    bench.exchange.on_sip_event(sip.CallFailed(leg.session, 488, "no"))
    assert offered(bench) == ("RTP/SAVP", {"a=crypto", "a=rtcp-mux"})
    assert (heard, leg.state) == ([], LegState.DIALLING)
    bench.exchange.on_sip_event(sip.CallFailed(leg.session, 488, "no"))
    assert bench.agent.names() == ["invite"] * 3
    assert heard[0].termination.status == 488


async def test_its_answer_to_the_second_offer_is_taken_and_stands_for_later_ones() -> None:
    bench = Bench(terms())
    leg, _ = dial(bench, OPEN)
    await settle()
    bench.exchange.on_sip_event(sip.CallFailed(leg.session, 488, "no"))
    answer = offer("m=audio 4000 UDP/TLS/RTP/SAVP 0", "a=setup:active", *HANDSHAKE[1:])
    bench.exchange.on_sip_event(sip.CallAnswered(leg.session, answer))
    assert leg.remote.dtls is not None
    assert b"UDP/TLS/RTP/SAVP" in leg.local_description


@pytest.mark.parametrize("status", [480, 486, 503, 603])
async def test_another_refusal_is_of_the_call_and_not_of_its_audio(status: int) -> None:
    bench = Bench(terms())
    leg, heard = dial(bench, SECURE)
    await settle()
    bench.exchange.on_sip_event(sip.CallFailed(leg.session, status, "no"))
    assert bench.agent.names() == ["invite"]
    assert heard[0].termination.status == status


@pytest.mark.parametrize(
    ("more", "target", "invites"),
    [
        ({"srtp": "off"}, SECURE, 1),
        ({"srtp": "dtls"}, SECURE, 1),
        ({"fingerprint": ""}, OPEN, 1),
        ({"fingerprint": ""}, SECURE, 2),
        ({}, OPEN, 2),
    ],
)
async def test_told_keys_are_demanded_on_secure_signalling_alone(
    more: dict[str, Any], target: str, invites: int
) -> None:
    bench = Bench(terms(**more))
    leg, heard = dial(bench, target)
    await settle()
    for _ in range(invites):
        bench.exchange.on_sip_event(sip.CallFailed(leg.session, 488, "no"))
    assert bench.agent.names() == ["invite"] * invites
    assert len(heard) == 1
