"""Calls over lines to the outside: routes one after the other, places taken and given back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from telephony.calls.dialling import Dial
from telephony.calls.leg import LegAnswered, LegEnded, Outcome
from telephony.calls.lines import Arrival, NoLines, Route, TurnedAway, goes_on_elsewhere
from telephony.calls.negotiation import party
from telephony.sip import events as sip
from telephony.sip.uri import SipUri
from tests.telephony.calls.fakes import OFFER, Bench


class FakeLines(NoLines):
    """Routes by name; places as many as a test allows."""

    def __init__(self) -> None:
        self.ways: list[str] = []
        self.full: set[str] = set()
        self.said: list[tuple[Any, ...]] = []
        self.turns_away: TurnedAway | None = None

    def arrival(self, event: sip.IncomingCall) -> Arrival | TurnedAway:
        return self.turns_away or Arrival("+441614960000", None, "+442079460000", "carrier")

    def routes(
        self, number: str, caller_number: str, caller_name: str, trunk: str | None = None
    ) -> Sequence[Route]:
        self.said.append(("routes", number, caller_number, *([trunk] if trunk else [])))
        to = party("", number, "x.example")
        return [Route(SipUri.parse(f"sip:{number}@{way}.example"), to, to, trunk=way) for way in self.ways]

    def begin(self, trunk: str) -> bool:
        self.said.append(("begin", trunk))
        return trunk not in self.full

    def ended(self, trunk: str, status: int | None) -> None:
        self.said.append(("ended", trunk, status))


@pytest.fixture
def lines() -> FakeLines:
    return FakeLines()


@pytest.fixture
def bench(lines: FakeLines) -> Bench:
    return Bench(lines=lines)


async def dial(bench: Bench) -> tuple[Any, list[Any]]:
    heard: list[Any] = []
    leg = bench.exchange.dial(Dial(SipUri.parse("tel:+442079460000"), "rosa", "Sales", "+441614960000"))
    leg.listener = heard.append
    for _ in range(5):
        await asyncio.sleep(0)
    return leg, heard


def targets(bench: Bench) -> list[str]:
    return [said[1] for said in bench.agent.said if said[0] == "invite"]


def fail(bench: Bench, leg: Any, status: int) -> None:
    bench.exchange.on_sip_event(sip.CallFailed(leg.session, status, "No"))


async def test_audio_is_exchanged_on_the_side_where_the_trunk_is(bench: Bench, lines: FakeLines) -> None:
    """Not on that of the default route: a trunk may be on loopback or in another network."""
    lines.ways = ["a", "b"]
    leg, _ = await dial(bench)
    assert leg.peer_host == "a.example"


async def test_a_trunk_that_is_named_is_the_only_way(bench: Bench, lines: FakeLines) -> None:
    lines.ways = ["a"]
    order = Dial(SipUri.parse("tel:+442079460000"), "rosa", "", "+441614960000", trunk="a")
    bench.exchange.dial(order)
    for _ in range(5):
        await asyncio.sleep(0)
    assert lines.said[0] == ("routes", "+442079460000", "+441614960000", "a")


async def test_a_route_that_fails_hands_the_call_to_the_next(bench: Bench, lines: FakeLines) -> None:
    lines.ways = ["a", "b"]
    leg, heard = await dial(bench)
    fail(bench, leg, 503)
    bench.exchange.on_sip_event(sip.CallAnswered(leg.session, OFFER))
    assert targets(bench) == ["sip:+442079460000@a.example", "sip:+442079460000@b.example"]
    assert [type(event) for event in heard] == [LegAnswered]
    assert leg.call_ids == ["call-id-of-out-1", "call-id-of-out-2"]
    bench.exchange.hang_up(leg, "done")
    assert lines.said[1:] == [("begin", "a"), ("begin", "b"), ("ended", "a", 503), ("ended", "b", None)]
    assert bench.media.names().count("open_leg") == 1


async def test_the_callees_own_answer_is_final(bench: Bench, lines: FakeLines) -> None:
    lines.ways = ["a", "b"]
    leg, heard = await dial(bench)
    fail(bench, leg, 486)
    assert len(targets(bench)) == 1
    assert heard[-1].termination.outcome is Outcome.REFUSED
    assert lines.said[-1] == ("ended", "a", 486)


async def test_full_trunks_are_passed_over_and_the_last_failure_counts(
    bench: Bench, lines: FakeLines
) -> None:
    lines.ways, lines.full = ["a", "b"], {"a"}
    leg, heard = await dial(bench)
    assert targets(bench) == ["sip:+442079460000@b.example"]
    fail(bench, leg, 408)
    assert heard[-1].termination.outcome is Outcome.NO_ANSWER
    assert [said for said in lines.said if said[0] == "ended"] == [("ended", "b", 408)]


@pytest.mark.parametrize("full", [set(), {"a"}])
async def test_no_way_out_ends_the_leg(bench: Bench, lines: FakeLines, full: set[str]) -> None:
    lines.ways, lines.full = ["a"] if full else [], full
    _, heard = await dial(bench)
    assert [type(event) for event in heard] == [LegEnded]
    assert heard[0].termination.outcome is Outcome.UNREACHABLE
    assert targets(bench) == []
    assert [said for said in lines.said if said[0] == "ended"] == []
    assert bench.media.names()[-1] == "close_leg"


async def test_a_caller_who_hangs_up_between_two_routes_stops_the_hunt(
    bench: Bench, lines: FakeLines
) -> None:
    lines.ways = ["a", "b"]
    leg, _ = await dial(bench)
    session = leg.session
    bench.exchange.hang_up(leg, "gone")
    bench.exchange.on_sip_event(sip.CallFailed(session, 503, "No"))
    assert len(targets(bench)) == 1
    assert lines.said[-1] == ("ended", "a", None)


def test_a_caller_on_a_trunk_is_who_the_trunk_says(bench: Bench, lines: FakeLines) -> None:
    leg = bench.invite()
    assert (leg.peer, leg.dialled, leg.trunk, leg.call_ids) == (
        "+441614960000",
        "+442079460000",
        "carrier",
        ["1"],
    )
    bench.exchange.reject(leg, 404, "no such number")
    assert lines.said == [("ended", "carrier", None)]


def test_a_call_that_is_turned_away_makes_no_leg(bench: Bench, lines: FakeLines) -> None:
    lines.turns_away = TurnedAway(503, "full", (("Retry-After", "2"),))
    with pytest.raises(IndexError):
        bench.invite()
    assert bench.exchange.legs == ()
    assert bench.agent.said[-1][0] == "reject"
    assert bench.agent.said[-1][2] == 503
    assert bench.agent.said[-1][-1] == {"headers": (("Retry-After", "2"),)}


def test_which_failures_another_trunk_may_mend() -> None:
    assert all(goes_on_elsewhere(status) for status in (403, 408, 500, 503, 504))
    assert not any(goes_on_elsewhere(status) for status in (404, 480, 484, 486, 487, 600, 603))
