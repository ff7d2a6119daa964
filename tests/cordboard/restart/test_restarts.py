"""A server's restarts as a whole: what is read, what is given up, what waits, what is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cordboard.flow_versions import FlowVersions
from cordboard.restart.left import ATTEMPTS
from cordboard.restart.restarts import MOST_ATTEMPTS, Restarts
from telephony.calls.leg import Leg
from telephony.media.messages import DigitReceived
from tests.cordboard.restart.kit import Process, media_of
from tests.cordboard.switchboard_room import FakeJournal


class Disk:
    """A data folder, and processes that read it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = FakeJournal()
        self.open: list[Any] = []

    def restarts(self) -> Restarts:
        journal: Any = self.journal
        made = Restarts(self.folder / "db", self.folder / "key", journal)
        self.open.append(made)
        return made

    async def read(self) -> Restarts:
        versions = FlowVersions(self.folder / "db")
        self.open.append(versions)
        made = self.restarts()
        await made.read(versions, self.folder)
        return made

    async def left_by_a_caller(self) -> Leg:
        """One caller in a flow, whose server dies."""
        process = Process(self.folder)
        leg = await process.ring_in("1000")
        process.left()  # keeps the flows' versions
        process.die()
        return leg

    def ids(self) -> set[str]:
        return {state.id for state in self.open[-1]._states.left()}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path)
    yield made
    for each in made.open:
        each.close()


async def test_a_call_that_servers_die_of_is_given_up_after_some(disk: Disk) -> None:
    await disk.left_by_a_caller()
    for number in range(MOST_ATTEMPTS):
        restarts = await disk.read()
        assert restarts.owes_calls, number
        assert ATTEMPTS in disk.ids()
    restarts = await disk.read()
    assert not restarts.owes_calls
    assert disk.journal.kinds() == ["call.lost"]


async def test_a_first_start_owes_nobody_anything(disk: Disk) -> None:
    restarts = await disk.read()
    assert not restarts.owes_calls
    assert disk.ids() == set()


async def test_workers_events_wait_until_the_legs_are_there_and_strange_legs_go(disk: Disk) -> None:
    restarts = await disk.read()
    delivered: list[object] = []
    digit = DigitReceived("leg-1", "5", 100)
    restarts.on_media_event(digit, delivered.append)
    assert delivered == []
    closed: list[str] = []

    async def close_leg(leg_id: str) -> None:
        closed.append(leg_id)

    async def stop_recording(recording_id: str) -> None:
        closed.append(recording_id)

    media: Any = SimpleNamespace(close_leg=close_leg, stop_recording=stop_recording)
    legs = list(media_of([SimpleNamespace(id="leg-9")], recording="r1").values())  # type: ignore[list-item]
    await restarts.let_go(media, legs, delivered.append)
    assert (delivered, closed) == ([digit], ["r1", "leg-9"])
    restarts.on_media_event(digit, delivered.append)
    assert delivered == [digit, digit]
