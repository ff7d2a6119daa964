"""Runs written down and given back: a second server goes on at the step where the first one died."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from callflows.flow import load_flow
from cordboard import run_keeper
from cordboard.flow_versions import FlowText, FlowVersions
from cordboard.run_keeper import RunKeeper, runs_left, states_of
from ivr.effects import Hangup
from ivr.events import CallerArrived, DigitPressed
from ivr.run import CallFacts, FlowRun
from ivr.runner import Runner

FLOW = """\
flow: main
start: main
sections:
  main:
    - collect: PIN?
      digits: 4
      into: pin
      masked: true
    - hangup: normal
"""


class Room:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / "main.yaml"
        path.write_text(FLOW)
        self.flow = load_flow(path)
        self.versions = FlowVersions(folder / "db")
        self.versions.switched([FlowText("main", self.flow.version, FLOW)], [], "test")
        self.states = states_of(folder / "db", folder / "live.key")
        self.keeper = RunKeeper(self.states)
        run = FlowRun.new(self.flow, CallFacts("+15550100", "1000", "call-1"))
        self.runner = Runner(self.flow, run, lambda: "id")
        self.session: Any = SimpleNamespace(call_id="call-1", runner=self.runner)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path)
    yield made
    made.keeper.close()
    made.versions.close()


async def test_a_run_goes_on_where_it_stood_with_what_was_typed(room: Room) -> None:
    room.runner.handle(CallerArrived(), 1.0)
    for digit in "47":
        room.runner.handle(DigitPressed(digit), 1.0)
        room.keeper.moved(room.session)
    room.keeper.gather()
    room.states.flush()
    [left] = runs_left(room.states, room.versions, room.folder)
    assert left.run == room.runner.run
    again = Runner(left.flow, left.run, lambda: "id")
    again.handle(DigitPressed("1"), 2.0)
    assert Hangup("normal") in again.handle(DigitPressed("1"), 2.0)
    assert again.run.variables["pin"] == "4711"


async def test_the_old_version_is_the_one_that_goes_on(room: Room) -> None:
    room.keeper.moved(room.session)
    room.keeper.gather()
    room.states.flush()
    (room.folder / "main.yaml").write_text(FLOW.replace("PIN", "Number"))
    [left] = runs_left(room.states, room.versions, room.folder)
    assert left.flow.version == room.flow.version


async def test_no_digit_is_readable_in_the_database(room: Room) -> None:
    room.runner.handle(CallerArrived(), 1.0)
    for digit in "471":
        room.runner.handle(DigitPressed(digit), 1.0)
    room.keeper.moved(room.session)
    room.keeper.gather()
    room.states.flush()
    files = [path.read_bytes() for path in room.folder.iterdir() if path.name.startswith("db")]
    assert not any(b'"typed"' in data or b'"471"' in data for data in files)
    assert (room.folder / "live.key").stat().st_mode & 0o077 == 0


async def test_a_call_that_is_over_leaves_nothing(room: Room) -> None:
    room.keeper.moved(room.session)
    room.keeper.gather()
    room.states.flush()
    room.keeper.moved(room.session)
    room.keeper.ended("call-1")
    room.keeper.gather()
    room.states.flush()
    assert runs_left(room.states, room.versions, room.folder) == []


async def test_a_call_that_ends_before_it_is_written_down_costs_the_database_nothing(room: Room) -> None:
    removed: list[str] = []
    room.states.remove = removed.append  # type: ignore[method-assign]
    room.keeper.moved(room.session)
    room.keeper.ended("call-1")
    room.keeper.gather()
    room.states.flush()
    assert (removed, room.states.written) == ([], 0)
    room.keeper.moved(room.session)
    room.keeper.gather()
    room.keeper.ended("call-1")
    assert removed == ["call-1"]


async def test_many_moves_are_one_state_and_come_by_themselves(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_keeper, "GATHER_S", 0.0)
    for _ in range(100):
        room.keeper.moved(room.session)
    await asyncio.sleep(0)
    await asyncio.sleep(0.001)
    room.states.flush()
    assert len(room.states.left()) == 1


async def test_what_cannot_go_on_is_passed_over(room: Room) -> None:
    room.states.put("call-2", b"not a run")
    room.keeper.moved(room.session)
    room.keeper.gather()
    room.runner.run.version = "0" * 12
    other: Any = SimpleNamespace(call_id="call-3", runner=room.runner)
    room.keeper.moved(other)
    room.keeper.gather()
    room.states.flush()
    assert [left.run.call.call_id for left in runs_left(room.states, room.versions, room.folder)] == [
        "call-1"
    ]
