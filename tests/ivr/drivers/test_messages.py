"""Messages: a real spool, a real store, an exchange that only writes files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ivr.drivers import messages
from ivr.drivers.messages import MessageRecorder
from ivr.effects import StartRecording
from ivr.events import RecordingFinished
from recordings.store import RecordingStore
from telephony.calls.leg import Leg, LegState
from tests.recordings.spools import stream, tone, write_spool


class FakeExchange:
    """Has the spool there, whole, as soon as a recording begins."""

    def __init__(self, spoken_s: float) -> None:
        self.spoken_s = spoken_s
        self.said: list[str] = []

    def start_recording(self, recording_id: str, caller: Leg, agent: Leg | None, path: Path) -> None:
        assert agent is None
        self.said.append("start")
        write_spool(path, stream(0, tone(300, self.spoken_s)))

    async def stop_recording(self, recording_id: str) -> None:
        self.said.append("stop")


class FakeJournal:
    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def append(self, kind: str, **data: Any) -> None:
        self.events.append((kind, data))


class Room:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = RecordingStore(folder / "recordings", folder / "db")
        self.journal = FakeJournal()
        self.recorder = MessageRecorder(folder, self.store, self.journal, new_id=lambda: "m1")  # type: ignore[arg-type]
        self.leg = Leg("caller", LegState.UP, 0.0, "+15550100", "127.0.0.1")
        self.ended: list[RecordingFinished] = []

    def start(self, spoken_s: float, longest_s: float = 60.0, silence_s: float = 30.0) -> FakeExchange:
        exchange = FakeExchange(spoken_s)
        self.recorder.attach(exchange)  # type: ignore[arg-type]
        order = StartRecording("r1", "voicemail", longest_s, silence_s)
        self.recorder.start(order, "call-1", self.leg, self.ended.append)
        return exchange


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path)
    yield made
    await made.store.close()


async def test_a_message_that_is_stopped_is_a_file_of_its_kind(room: Room) -> None:
    exchange = room.start(spoken_s=2.0)
    await asyncio.sleep(0)
    assert list(room.recorder.running) == ["m1"]
    room.recorder.stop("r1")
    await room.recorder.close()
    assert exchange.said == ["start", "stop"]
    assert room.ended == [RecordingFinished("r1", "m1", 2.0)]
    found = room.store.get("m1")
    assert found is not None
    assert (found.kind, found.call, found.agent_dbfs) == ("voicemail", "call-1", None)
    assert found.path.is_file()
    assert [kind for kind, _ in room.journal.events] == ["recording.started", "recording.finished"]
    assert not list(room.recorder.running)


async def test_the_caller_who_hangs_up_has_left_a_message(room: Room) -> None:
    room.start(spoken_s=1.0)
    await asyncio.sleep(0)
    room.recorder.leave(room.leg)
    await room.recorder.close()
    assert room.store.get("m1") is not None


async def test_a_recording_ends_by_itself_when_it_is_too_long(room: Room) -> None:
    room.start(spoken_s=1.0, longest_s=0.01)
    while not room.ended:
        await asyncio.sleep(0.005)
    await room.recorder.close()
    assert room.store.get("m1") is not None


async def test_silence_ends_it(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr("ivr.drivers.silence.SPOOL_DELAY_S", 0.0)
    room.start(spoken_s=0.1, silence_s=0.05)
    async with asyncio.timeout(5):
        while not room.ended:
            await asyncio.sleep(0.005)
    assert room.ended[0].seconds == pytest.approx(0.1, abs=0.03)
    await room.recorder.close()


async def test_where_nobody_spoke_nothing_is_kept(room: Room) -> None:
    room.start(spoken_s=0.0)
    await asyncio.sleep(0)
    room.recorder.stop("r1")
    await room.recorder.close()
    assert room.ended == [RecordingFinished("r1", "m1", 0.0)]
    assert room.store.get("m1") is None
    assert not (room.folder / "m1.spool").exists()
    assert room.journal.events[-1][0] == "recording.empty"
