"""Transfers between a user agent and whoever decides on them."""

from __future__ import annotations

from typing import Any

from telephony.calls.leg import LegTransferAsked, LegTransferProgress
from telephony.sip import events as sip
from telephony.sip.events import ReferralId
from telephony.sip.replaces import Replaces
from telephony.sip.uri import SipUri
from tests.telephony.calls.fakes import Bench

TARGET = SipUri.parse("sip:bob@127.0.0.1")
REFERRAL = ReferralId("r1")


async def up(bench: Bench, session: str = "in-1") -> tuple[Any, list[Any]]:
    leg, heard = bench.invite(session=session), []
    assert await bench.exchange.answer(leg)
    leg.listener = heard.append
    return leg, heard


async def test_a_blind_transfer() -> None:
    bench = Bench()
    leg, heard = await up(bench)
    bench.exchange.on_sip_event(sip.ReferReceived(leg.session, REFERRAL, TARGET, None, None, None))
    [asked] = heard
    assert asked == LegTransferAsked(REFERRAL, TARGET, None, False)
    transfers = bench.exchange.transfers
    assert transfers.accept(asked)
    assert transfers.progress(asked, 180)
    assert transfers.progress(asked, 200)
    assert bench.agent.names()[-3:] == ["accept_refer", "refer_progress", "refer_progress"]
    assert transfers.reject(asked, 603)


async def test_an_attended_one_names_the_other_leg() -> None:
    bench = Bench()
    leg, heard = await up(bench)
    other, _ = await up(bench, "in-2")
    replaces = Replaces("c", "a", "b")
    bench.exchange.on_sip_event(
        sip.ReferReceived(leg.session, REFERRAL, TARGET, replaces, other.session, None)
    )
    assert heard == [LegTransferAsked(REFERRAL, TARGET, other, True)]


async def test_one_that_we_ask_for() -> None:
    bench = Bench()
    leg, heard = await up(bench)
    assert bench.exchange.transfers.ask(leg, TARGET)
    assert bench.agent.said[-1][0] == "refer"
    for event in (
        sip.ReferAccepted(leg.session),
        sip.ReferProgress(leg.session, 180, "Ringing", False),
        sip.ReferProgress(leg.session, 200, "OK", True),
        sip.ReferFailed(leg.session, 603),
    ):
        bench.exchange.on_sip_event(event)
    assert heard == [
        LegTransferProgress(202, False), LegTransferProgress(180, False), LegTransferProgress(200, True),
        LegTransferProgress(603, True),
    ]  # fmt: skip


async def test_not_of_a_leg_that_is_not_up() -> None:
    bench = Bench()
    assert not bench.exchange.transfers.ask(bench.invite(), TARGET)


async def test_what_an_incoming_call_says_of_itself() -> None:
    bench = Bench()
    leg = bench.invite()
    assert leg.caller is not None
    assert (leg.caller.number, leg.caller.anonymous) == ("+442079460000", False)
    assert leg.replaces is None


async def test_a_party_is_asked_to_take_our_place_in_another_call() -> None:
    bench = Bench()
    leg, _ = await up(bench)
    other, _ = await up(bench, "in-2")
    assert bench.exchange.transfers.ask_to_replace(leg, other)
    assert bench.agent.said[-1][0] == "refer"
    assert bench.agent.said[-1][-1] == {"replaces": other.session}
    assert not bench.exchange.transfers.ask_to_replace(leg, bench.invite(session="in-3"))
