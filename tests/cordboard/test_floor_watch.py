"""Router and world apart: found, repaired, told."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from acd.events import AgentUnreachable, ContactEnded, ContactQueued
from acd.invariants import sampled_violations
from acd.model import Presence
from cordboard.floor_watch import BROKEN, CHECK_EVERY_S, FloorWatch
from telephony.calls.leg import ignore
from telephony.sip.events import BindingsChanged
from tests.cordboard.switchboard_room import Room, settle
from tests.cordboard.test_callbacks import Desk
from tests.cordboard.test_directory import binding

AGENTS = """\
name: Test
numbers: {"1000": main, "2000": line}
unreachable_timeout: 10m
queues: {sales: {wrap_up: 1s}}
agents: {alice: {queues: [sales]}}
static_agents: [{id: bob, contact: "sip:bob@127.0.0.1:5091", queues: [sales]}]
"""


class Watch:
    """A switchboard that is looked at from a later time on, when everything in it has settled."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.later_s = 60.0
        self.watch = FloorWatch(
            room.router,
            room.board,
            room.directory,
            room.board.alerts,
            clock=lambda: time.monotonic() + self.later_s,
        )

    def look(self) -> list[tuple[str, str]]:
        """The alerts that came of it."""
        before = len(self.room.board.alerts.newest)
        self.watch.look()
        return [(each.kind, each.about) for each in self.room.board.alerts.newest[before:]]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Watch]:
    room = Room(tmp_path, settings=AGENTS)
    for away in room.directory.away():
        room.board.feed(away)
    yield Watch(room)
    await room.board.close()


async def test_where_all_is_well_nothing_is_said(world: Watch) -> None:
    room = world.room
    for event in room.directory.on_bindings(BindingsChanged("alice", (binding(1, 10.0),))):
        room.board.feed(event)
    for caller in ("+442079460000", "+442079460001", "+442079460002"):
        await room.ring_in("2000", caller)
    room.exchange.pick_up(room.exchange.dialled[0])
    world.later_s = 2 * CHECK_EVERY_S
    assert world.look() == []


async def test_a_talk_that_the_router_still_believes_in_is_ended(world: Watch) -> None:
    """OpenSIPS#3123: a lost BYE that locks an agent."""
    room = world.room
    leg = await room.ring_in("2000")
    room.exchange.pick_up(room.exchange.dialled[0])
    [call] = room.board.calls
    leg.listener = ignore
    del room.board.calls[call]
    assert world.look() == [("repaired", call)]
    assert room.presence("bob") is Presence.WRAP_UP


async def test_a_caller_of_whom_the_router_does_not_know_stands_in_line_again(world: Watch) -> None:
    room = world.room
    await room.ring_in("2000")
    room.exchange.pick_up(room.exchange.dialled[0])
    await room.ring_in("2000", "+442079460001")
    waiting = list(room.board.calls)[1]
    room.router.handle(ContactEnded(waiting), time.monotonic())
    assert room.router.position(waiting) is None
    assert world.look() == [("repaired", waiting)]
    assert room.router.position(waiting) == 1


async def test_a_contact_without_a_call_leaves_the_line(world: Watch) -> None:
    room = world.room
    await room.ring_in("2000")
    room.exchange.pick_up(room.exchange.dialled[0])
    room.board.feed(ContactQueued("ghost", "sales"))
    assert world.look() == [("repaired", "ghost")]
    assert room.router.position("ghost") is None


async def test_an_agent_whose_phone_is_registered_is_reachable(world: Watch) -> None:
    room = world.room
    for event in room.directory.on_bindings(BindingsChanged("alice", (binding(1, 10.0),))):
        room.board.feed(event)
    room.board.feed(AgentUnreachable("alice"))
    assert room.presence("alice") is Presence.UNREACHABLE
    assert world.look() == [("repaired", "alice")]
    assert room.presence("alice") is Presence.AVAILABLE


async def test_who_has_been_without_a_phone_for_too_long_is_logged_out(world: Watch) -> None:
    room = world.room
    for asked, bindings in ((True, (binding(1, 10.0),)), (False, ())):
        for event in room.directory.on_bindings(BindingsChanged("alice", bindings, asked)):
            room.board.feed(event)
    world.look()
    assert room.presence("alice") is Presence.UNREACHABLE
    world.later_s = 601.0
    assert world.look() == []  # no fault of anybody's
    assert room.presence("alice") is Presence.OFFLINE


async def test_a_broken_promise_is_an_alert_that_counts(world: Watch) -> None:
    room = world.room
    world.later_s += CHECK_EVERY_S + 1
    room.router.floor.agents["bob"].contact = "nobody"
    assert world.look() == [(BROKEN, "router"), (BROKEN, "router")]
    assert world.look() == []  # not before the next minute
    world.later_s += CHECK_EVERY_S + 1
    world.look()
    assert [each.times for each in room.board.alerts.newest] == [2, 2]
    room.router.floor.agents["bob"].contact = None


async def test_a_callback_that_nobody_makes_is_tried_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "caller first")
    phone = await desk.occupy()
    await desk.ask()
    desk.exchange.end(phone)
    await desk.written()
    world = Watch(desk.room)
    assert world.look() == []  # the caller's phone rings
    attempt = desk.callbacks.ring_backs.attempts.popitem()[1]
    assert attempt.leg is not None
    attempt.leg.listener = ignore
    [ticket] = desk.callbacks.tickets
    assert world.look() == [("repaired", ticket)]
    await desk.written()
    assert desk.row()["status"] == "resting"
    assert desk.room.presence("alice") is Presence.AVAILABLE
    await desk.board.close()
    desk.store.close()


async def test_a_part_is_checked_at_a_time_and_everybody_in_turn(tmp_path: Path) -> None:
    agents = ", ".join(f"a{n}: {{queues: [sales]}}" for n in range(10))
    room = Room(tmp_path, settings=AGENTS.replace("alice: {queues: [sales]}", agents))
    for broken in ("a2", "a7"):
        room.router.floor.agents[broken].ready = True
    found = [sampled_violations(room.router, start, 4) for start in (0, 4, 8)]
    assert ["a2" in " ".join(each) for each in found] == [True, False, False]
    assert ["a7" in " ".join(each) for each in found] == [False, True, False]
    await settle()
