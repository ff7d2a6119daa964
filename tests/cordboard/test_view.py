"""What the API shows of the queues: how long it may take, and how good such estimates were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from acd.estimate import Estimate
from acd.events import AgentPaused, AgentResumed
from cordboard.view import SystemView
from tests.cordboard.switchboard_room import Room


def view_of(room: Room) -> SystemView:
    nothing: Any = None
    return SystemView("Test", lambda: "", room.board, room.router, room.directory, nothing, nothing)


async def test_nothing_is_said_of_a_queue_that_nothing_is_known_of(tmp_path: Path) -> None:
    [sales] = view_of(Room(tmp_path)).snapshot().queues
    assert (sales.estimated_wait_s, sales.estimate_error_s, sales.estimate_covered) == (None, None, None)


async def test_the_estimate_its_error_and_how_often_it_held(tmp_path: Path) -> None:
    room = Room(tmp_path)
    process = room.router.floor.processes["sales"]
    for waited_s in (30.0, 100.0, 31.0):
        process.error.add(Estimate(20.0, 32.0, 50.0), waited_s)
    [sales] = view_of(room).snapshot().queues
    assert (sales.estimate_error_s, sales.estimate_covered) == (24, 0.67)


async def test_looking_twice_at_a_quiet_queue_shows_the_same(tmp_path: Path) -> None:
    """Each difference goes out to every console."""
    room = Room(tmp_path)
    await room.ring_in("2000")
    room.exchange.pick_up(room.exchange.dialled[0])
    await room.ring_in("2000", "+442079460001")
    looked = view_of(room)
    first = looked.snapshot().queues[0]
    second = looked.snapshot().queues[0]
    assert first.model_copy(update={"longest_wait_s": 0.0}) == second.model_copy(
        update={"longest_wait_s": 0.0}
    )
    await room.board.close()


async def test_why_is_said_of_who_is_away_not_of_who_is_there(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.board.feed(AgentPaused("alice", "lunch"))
    assert view_of(room).snapshot().agents[0].reason == "lunch"
    room.board.feed(AgentResumed("alice", "console"))
    assert view_of(room).snapshot().agents[0].reason is None
