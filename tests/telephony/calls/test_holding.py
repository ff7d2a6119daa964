"""Hold and resume, by us and by them."""

from __future__ import annotations

from typing import Any

import pytest

from telephony.calls.leg import LegDigit, LegHeld, Party
from telephony.media.messages import DigitReceived
from telephony.sip import events as sip
from telephony.sip.sdp import SessionDescription
from tests.telephony.calls.fakes import OFFER, Bench


async def up(bench: Bench) -> tuple[Any, list[Any]]:
    leg, heard = bench.invite(), []
    assert await bench.exchange.answer(leg)
    leg.listener = heard.append
    return leg, heard


def direction(body: bytes) -> tuple[str, int]:
    description = SessionDescription.parse(body)
    return description.media[0].direction, int(description.origin.version)


async def test_hold_and_resume_by_us() -> None:
    bench = Bench()
    leg, heard = await up(bench)
    for held, expected in ((True, ("sendonly", 2)), (False, ("sendrecv", 3))):
        assert (bench.exchange.hold if held else bench.exchange.resume)(leg)
        command, session, body, _ = bench.agent.said[-1]
        assert (command, direction(body)) == ("reoffer", expected)
        assert leg.held is not held  # not before they agree
        bench.exchange.on_sip_event(sip.OfferAnswered(session, OFFER))
        assert leg.held is held
        assert heard[-1] == LegHeld(held, Party.LOCAL)
        assert leg.local_description == body


async def test_a_refused_hold_changes_nothing() -> None:
    bench = Bench()
    leg, heard = await up(bench)
    before = leg.local_description
    bench.exchange.hold(leg)
    bench.exchange.on_sip_event(sip.OfferFailed(leg.session, 488))
    assert (leg.held, leg.local_description, heard) == (False, before, [])


@pytest.mark.parametrize(("theirs", "ours", "held"), [
    (b"a=sendonly\r\n", "recvonly", True),
    (b"a=inactive\r\n", "inactive", True),
    (b"", "sendrecv", False),
])  # fmt: skip
async def test_hold_by_them(theirs: bytes, ours: str, held: bool) -> None:
    bench = Bench()
    leg, heard = await up(bench)
    bench.exchange.on_sip_event(sip.OfferReceived(leg.session, OFFER + theirs))
    assert direction(bench.agent.said[-1][2]) == (ours, 2)
    assert leg.held_by_peer is held
    assert heard == ([LegHeld(True, Party.REMOTE)] if held else [])
    bench.exchange.on_sip_event(sip.OfferReceived(leg.session, OFFER))
    assert not leg.held_by_peer
    assert heard[-1:] == ([LegHeld(False, Party.REMOTE)] if held else [])


async def test_our_hold_outlasts_their_offers() -> None:
    bench = Bench()
    leg, _ = await up(bench)
    bench.exchange.hold(leg)
    bench.exchange.on_sip_event(sip.OfferAnswered(leg.session, OFFER))
    bench.exchange.on_sip_event(sip.OfferReceived(leg.session, OFFER))
    assert direction(bench.agent.said[-1][2])[0] == "sendonly"
    bench.exchange.on_sip_event(sip.OfferReceived(leg.session, OFFER + b"a=sendonly\r\n"))
    assert direction(bench.agent.said[-1][2])[0] == "inactive"
    bench.exchange.on_sip_event(sip.OfferRequested(leg.session))
    assert direction(bench.agent.said[-1][2])[0] == "sendonly"


async def test_asked_for_an_offer_we_make_our_whole_one() -> None:
    bench = Bench()
    leg, _ = await up(bench)
    bench.exchange.on_sip_event(sip.OfferReceived(leg.session, OFFER + b"a=sendonly\r\n"))
    bench.exchange.on_sip_event(sip.OfferRequested(leg.session))
    assert direction(bench.agent.said[-1][2]) == ("sendrecv", 3)


async def test_an_offer_without_common_audio_is_488() -> None:
    bench = Bench()
    leg, heard = await up(bench)
    bench.exchange.on_sip_event(sip.OfferReceived(leg.session, OFFER.replace(b"0 8 101", b"9 101")))
    assert bench.agent.said[-1][0:3:2] == ("reject_offer", 488)
    assert heard == []


async def test_keys_come_by_one_way_only() -> None:
    for first in ("rtp", "info"):
        bench = Bench()
        leg, heard = await up(bench)
        ways = [
            lambda digit, bench=bench, leg=leg: bench.exchange.on_media_event(
                DigitReceived(leg.id, digit, 100)
            ),
            lambda digit, bench=bench, leg=leg: bench.exchange.on_sip_event(
                sip.DigitSignalled(leg.session, digit, 100)
            ),
        ]
        if first == "info":
            ways.reverse()
        for digit in "12":
            for press in ways:
                press(digit)
        assert heard == [LegDigit("1"), LegDigit("2")]


async def test_no_hold_of_a_leg_that_is_not_up() -> None:
    bench = Bench()
    leg = bench.invite()
    assert not bench.exchange.hold(leg)
    assert bench.agent.names() == []
