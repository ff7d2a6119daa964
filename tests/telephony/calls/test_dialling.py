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

WEB = "sip:alice@browser.invalid;transport=ws"
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


async def test_a_phone_on_a_websocket_is_offered_what_browsers_take_and_then_the_rest() -> None:
    bench = Bench(terms(ice="answered"))
    leg, _ = dial(bench, WEB)
    await settle()
    ice = {"a=ice-ufrag", "a=ice-pwd", "a=candidate"}
    handshake = {"a=setup", "a=fingerprint", "a=rtcp-mux"}
    assert offered(bench) == ("UDP/TLS/RTP/SAVPF", handshake | ice | {"a=mid"})
    assert SessionDescription.parse(bench.agent.said[-1][2]).lines == ("a=group:BUNDLE 0", "a=ice-lite")
    bench.exchange.on_sip_event(sip.CallFailed(leg.session, 488, "no"))
    assert offered(bench) == ("RTP/AVP", handshake | {"a=crypto"})
    bench.exchange.on_sip_event(sip.CallFailed(leg.session, 488, "no"))
    assert offered(bench) == ("UDP/TLS/RTP/SAVP", handshake)


async def test_a_browsers_answer_to_that_is_ice_and_a_handshake() -> None:
    bench = Bench(terms(ice="answered"))
    leg, _ = dial(bench, WEB)
    await settle()
    theirs = ("a=setup:active", *HANDSHAKE[1:], "a=ice-ufrag:abcd", f"a=ice-pwd:{'p' * 24}")
    answer = offer("m=audio 9 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 0.0.0.0", *theirs)
    bench.exchange.on_sip_event(sip.CallAnswered(leg.session, answer))
    assert leg.remote.dtls is not None
    assert leg.remote.ice is not None
    assert leg.remote.ice.remote_ufrag == "abcd"
    assert leg.remote.sending


@pytest.mark.parametrize("more", [{"ice": "off"}, {"ice": "answered", "srtp": "off"}])
async def test_without_ice_or_encryption_it_is_a_phone_like_others(more: dict[str, Any]) -> None:
    bench = Bench(terms(**more))
    dial(bench, WEB)
    await settle()
    assert offered(bench)[0] == "RTP/AVP"


async def test_where_encryption_is_required_a_browser_on_a_secure_websocket_is_offered_its_own_way() -> None:
    bench = Bench(terms(ice="answered", srtp="required"))
    leg, _ = dial(bench, "sip:alice@browser.invalid;transport=wss")
    await settle()
    assert offered(bench)[0] == "UDP/TLS/RTP/SAVPF"
    bench.exchange.on_sip_event(sip.CallFailed(leg.session, 488, "no"))
    assert offered(bench) == ("RTP/SAVP", {"a=crypto"})
