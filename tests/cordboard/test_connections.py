"""Callers whom a flow brings together with somebody itself: dial, blind and attended transfer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from acd.events import AgentPaused
from acd.model import Presence
from cordboard.connections import TRANSFERRED
from cordboard.live_call import CallState, LiveCall
from cordboard.parties import CALLED_BY_A_FLOW, NotThere, Parties
from ivr.effects import Party as WhomToCall
from telephony.calls.leg import (
    Leg,
    LegAnswered,
    LegEnded,
    LegState,
    LegTransferAsked,
    LegTransferProgress,
    Outcome,
    Party,
    Termination,
)
from telephony.calls.lines import NoLines, Route
from telephony.calls.negotiation import party
from telephony.sip.events import ReferralId
from telephony.sip.uri import SipUri
from tests.cordboard.switchboard_room import SETTINGS, Room, settle

TRUNKS = SETTINGS + 'trunks:\n  carrier: {uri: "sip:192.0.2.1", outgoing: ["*"]}\n'
DIALS = """\
flow: line
start: main
sections:
  main:
    - dial: WHOM
      hear: nothing
      timeout: 20s
      longest: 10m
      after: thanks
      busy: engaged
      no_answer: patience
    - hangup: unavailable
  thanks:
    - say: Thank you.
    - hangup: normal
  engaged:
    - hangup: busy
  patience:
    - hangup: congestion
"""
TRANSFERS = """\
flow: line
start: main
sections:
  main:
    - transfer: WHOM
      how: HOW
      hear: nothing
      busy: engaged
    - hangup: unavailable
  engaged:
    - hangup: busy
"""
ALICE, OUTSIDE = "{agent: alice}", '"+442079460100"'


class Carrier(NoLines):
    def routes(
        self, number: str, caller_number: str, caller_name: str, trunk: str | None = None
    ) -> Sequence[Route]:
        to = party("", number, "carrier.example")
        return [Route(SipUri.parse(f"sip:{number}@carrier.example"), to, to, trunk=trunk or "carrier")]


class Referrals:
    """The exchange's transfers: what the caller's phone is asked."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.takes_refers = True

    def ask(self, leg: Leg, target: SipUri) -> bool:
        if self.takes_refers:
            self.said.append(("refer", str(target)))
        return self.takes_refers

    def ask_to_replace(self, leg: Leg, other: Leg) -> bool:
        self.said.append(("replace", other.peer))
        return True

    def reject(self, asked: LegTransferAsked, status: int) -> bool:
        self.said.append(("reject", str(status)))
        return True


class World:
    """A caller in a flow that calls somebody, and everything that is said about it."""

    def __init__(self, folder: Path, flow: str, whom: str, how: str = "blind") -> None:
        self.room = Room(folder, settings=TRUNKS, line=flow.replace("WHOM", whom).replace("HOW", how))
        self.exchange = self.room.exchange
        self.referrals = Referrals()
        self.exchange.lines, self.exchange.transfers = Carrier(), self.referrals  # type: ignore[attr-defined]
        self.caller: Leg
        self.call: LiveCall

    async def ring_in(self, trunk: str | None = None) -> World:
        leg = Leg("caller", LegState.INVITED, 0.0, "+442079460000", "127.0.0.1")
        leg.dialled, leg.trunk = "2000", trunk
        self.room.board.on_incoming(leg)
        self.caller = leg
        for call in self.room.board.calls.values():  # none, if it is over already
            self.call = call
        await settle()
        return self

    @property
    def other(self) -> Leg:
        return self.exchange.dialled[-1]

    async def picks_up(self) -> World:
        self.exchange.pick_up(self.other)
        await settle()
        return self

    async def refuses(self, status: int, outcome: Outcome = Outcome.REFUSED) -> None:
        self.other.state = LegState.ENDED
        self.other.listener(LegEnded(Termination(outcome, Party.REMOTE, "test", status)))
        await settle()

    async def phone_says(self, status: int, *, done: bool = False) -> None:
        self.caller.listener(LegTransferProgress(status, done))
        await settle()

    async def hangs_up(self, leg: Leg) -> None:
        self.exchange.end(leg)
        await settle()

    def told(self, kind: str) -> dict[str, Any]:
        return [data for said, data in self.room.journal.events if said == kind][-1]

    def cause(self) -> str:
        return str(self.told("flow.ended")["cause"])


async def test_an_agent_is_rung_and_joined_and_the_flow_goes_on_afterwards(tmp_path: Path) -> None:
    world = await World(tmp_path, DIALS, ALICE).ring_in()
    assert ("dial", "alice", "+442079460000") in world.exchange.said
    assert world.room.presence("alice") is Presence.PAUSED  # no queue rings her now
    await world.picks_up()
    assert world.call.state is CallState.TALKING
    assert world.exchange.said[-1] == ("bridge", "caller", world.other.id)
    assert world.room.recorder.said == ["start"]  # as her queues' talks are
    connected = world.told("call.connected")
    assert (connected["agent"], connected["queue"]) == ("alice", None)
    await world.hangs_up(world.other)
    assert world.room.recorder.said == ["start", "stop"]
    assert world.room.presence("alice") is Presence.AVAILABLE
    assert world.exchange.names()[-1] == "play"  # Thank you.
    assert world.told("party.left")["outcome"] == "answered"
    assert world.call.served_by == "alice"
    assert not world.caller.is_over


async def test_a_number_is_called_and_its_talk_not_recorded(tmp_path: Path) -> None:
    world = await World(tmp_path, DIALS, OUTSIDE).ring_in()
    await world.picks_up()
    assert world.call.agent == "+442079460100"
    assert world.room.recorder.said == []
    await world.hangs_up(world.caller)
    assert world.other.is_over
    assert world.room.board.calls == {}
    assert "talk.ended" in world.room.journal.kinds()


@pytest.mark.parametrize(
    ("status", "cause"), [(486, "busy"), (603, "busy"), (480, "congestion"), (503, "unavailable")]
)
async def test_what_came_of_it_leads_on(tmp_path: Path, status: int, cause: str) -> None:
    world = await World(tmp_path, DIALS, OUTSIDE).ring_in()
    await world.refuses(status, Outcome.UNREACHABLE if status == 503 else Outcome.REFUSED)
    assert world.cause() == cause


async def test_nobody_is_rung_longer_than_the_flow_says(tmp_path: Path) -> None:
    world = await World(tmp_path, DIALS, OUTSIDE).ring_in()
    connection = world.call.connection
    assert connection is not None
    assert connection.timer is not None
    world.room.board.connections._time_is_up(connection)
    await settle()
    assert world.other.is_over
    assert world.cause() == "congestion"  # no answer


async def test_a_talk_ends_when_its_time_is_over_and_counts_as_one(tmp_path: Path) -> None:
    world = await (await World(tmp_path, DIALS, OUTSIDE).ring_in()).picks_up()
    connection = world.call.connection
    world.room.board.connections._time_is_up(connection)
    await settle()
    assert world.told("party.left")["outcome"] == "answered"
    assert world.exchange.names()[-1] == "play"


async def test_an_agent_who_talks_is_busy_and_who_is_away_cannot_be_called(tmp_path: Path) -> None:
    world = World(tmp_path, DIALS, ALICE)
    world.room.board.feed(AgentPaused("alice", CALLED_BY_A_FLOW))
    await world.ring_in()
    assert world.cause() == "busy"
    nobody = await World(tmp_path, DIALS, "{agent: \"{{ 'nobody' }}\"}").ring_in()
    assert nobody.cause() == "unavailable"
    assert nobody.told("party.left")["reason"] == 'there is no agent "nobody"'


async def test_a_trunk_that_is_gone_since_the_flow_was_checked_is_said(tmp_path: Path) -> None:
    world = await World(tmp_path, DIALS, OUTSIDE).ring_in()
    parties = Parties(world.room.router, world.room.directory, ["carrier"])
    gone = parties.dial(WhomToCall(trunk="gone"), world.call)
    assert gone == NotThere("failed", 'there is no trunk "gone"')


async def test_an_agent_can_be_called_again_when_the_talk_is_over(tmp_path: Path) -> None:
    world = await (await World(tmp_path, DIALS, ALICE).ring_in()).picks_up()
    second = Leg("second", LegState.INVITED, 0.0, "+442079460001", "127.0.0.1")
    second.dialled = "2000"
    world.room.board.on_incoming(second)
    await settle()
    assert second.is_over  # she talks
    await world.hangs_up(world.caller)
    assert world.room.presence("alice") is Presence.AVAILABLE
    rung = len(world.exchange.dialled)
    third = Leg("third", LegState.INVITED, 0.0, "+442079460002", "127.0.0.1")
    third.dialled = "2000"
    world.room.board.on_incoming(third)
    await settle()
    assert len(world.exchange.dialled) == rung + 1


async def test_an_agent_paused_by_themselves_is_rung_and_stays_paused(tmp_path: Path) -> None:
    world = World(tmp_path, DIALS, ALICE)
    world.room.board.feed(AgentPaused("alice", "lunch"))
    await world.ring_in()
    await world.refuses(486)
    assert world.room.presence("alice") is Presence.PAUSED


async def test_a_caller_who_hangs_up_lets_go_of_whom_we_ring(tmp_path: Path) -> None:
    world = await World(tmp_path, DIALS, ALICE).ring_in()
    await world.hangs_up(world.caller)
    assert world.other.is_over
    assert world.room.presence("alice") is Presence.AVAILABLE
    assert world.told("party.left")["outcome"] == "the caller hung up"


async def test_blind_the_callers_phone_is_asked(tmp_path: Path) -> None:
    world = await World(tmp_path, TRANSFERS, OUTSIDE).ring_in()
    assert world.referrals.said == [("refer", "sip:+442079460100@carrier.example")]
    assert world.exchange.dialled == []
    await world.phone_says(202)
    await world.phone_says(180)
    assert not world.caller.is_over
    await world.phone_says(200, done=True)
    assert world.cause() == TRANSFERRED
    assert world.caller.is_over


async def test_a_phone_that_hangs_up_when_it_has_taken_the_transfer_on_was_transferred(
    tmp_path: Path,
) -> None:
    world = await World(tmp_path, TRANSFERS, OUTSIDE).ring_in()
    await world.phone_says(202)
    await world.hangs_up(world.caller)
    assert world.cause() == TRANSFERRED


@pytest.mark.parametrize("status", [405, 403, 501])
async def test_a_phone_that_does_not_do_transfers_is_joined_here(tmp_path: Path, status: int) -> None:
    world = await World(tmp_path, TRANSFERS, OUTSIDE).ring_in()
    await world.phone_says(status, done=True)
    await world.picks_up()
    assert world.exchange.said[-1] == ("bridge", "caller", world.other.id)
    await world.hangs_up(world.other)
    assert world.cause() == TRANSFERRED


async def test_a_transfer_that_finds_them_busy_comes_back(tmp_path: Path) -> None:
    world = await World(tmp_path, TRANSFERS, OUTSIDE).ring_in()
    await world.phone_says(202)
    await world.phone_says(486, done=True)
    assert world.cause() == "busy"
    assert world.exchange.dialled == []


async def test_a_late_success_of_a_transfer_that_was_given_up_ends_our_call(tmp_path: Path) -> None:
    flow = TRANSFERS.replace("- hangup: unavailable", "- wait: 60s\n    - hangup: normal")
    world = await World(tmp_path, flow, OUTSIDE).ring_in()
    await world.phone_says(202)
    connection = world.call.connection
    world.room.board.connections._time_is_up(connection)
    await settle()
    assert not world.caller.is_over
    await world.phone_says(200, done=True)
    assert world.caller.is_over


async def test_an_agents_phone_is_never_shown_to_the_caller(tmp_path: Path) -> None:
    world = await World(tmp_path, TRANSFERS, ALICE).ring_in()
    assert world.referrals.said == []
    assert world.other.peer == "alice"


async def test_attended_the_trunk_that_has_both_is_asked_to_join_them(tmp_path: Path) -> None:
    world = await World(tmp_path, TRANSFERS, OUTSIDE, "attended").ring_in("carrier")
    assert world.referrals.said == []
    world.other.trunk = "carrier"
    await world.picks_up()
    assert world.exchange.said[-1] == ("bridge", "caller", world.other.id)  # meanwhile they hear each other
    assert world.referrals.said == [("replace", "+442079460100")]
    await world.phone_says(202)
    await world.phone_says(200, done=True)
    assert world.cause() == TRANSFERRED
    assert world.other.is_over
    assert world.caller.is_over


async def test_attended_a_trunk_that_refuses_leaves_them_with_us(tmp_path: Path) -> None:
    world = await World(tmp_path, TRANSFERS, OUTSIDE, "attended").ring_in("carrier")
    world.other.trunk = "carrier"
    await world.picks_up()
    await world.phone_says(405, done=True)
    assert world.call.state is CallState.TALKING
    await world.hangs_up(world.other)
    assert world.cause() == TRANSFERRED


async def test_whoever_replaces_the_other_side_talks_on(tmp_path: Path) -> None:
    world = await (await World(tmp_path, DIALS, ALICE).ring_in()).picks_up()
    first = world.other
    new = await world.room.ring_in("bob", "bob", replaces=first)
    await settle()
    assert first.is_over
    assert world.call.agent_leg is new
    assert world.exchange.said.index(("bridge", "caller", new.id)) > 0
    await world.hangs_up(new)
    assert world.told("party.left")["outcome"] == "answered"
    assert not world.caller.is_over


async def test_the_other_side_may_not_send_the_caller_away(tmp_path: Path) -> None:
    world = await (await World(tmp_path, DIALS, ALICE).ring_in()).picks_up()
    world.other.listener(LegTransferAsked(ReferralId("r"), SipUri.parse("sip:x@y"), None, False))
    assert world.referrals.said == [("reject", "403")]


async def test_an_answer_and_a_flow_that_waits_no_longer_cross(tmp_path: Path) -> None:
    world = await World(tmp_path, DIALS, OUTSIDE).ring_in()
    leg, listener = world.other, world.other.listener
    connection = world.call.connection
    world.room.board.connections._cancel(world.call, connection.order.request_id)
    assert leg.is_over
    listener(LegAnswered())
    assert world.call.state is not CallState.TALKING
