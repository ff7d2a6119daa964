"""Messages: a real spool, a real store, real mailboxes; an exchange that only writes files."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ivr.drivers import messages
from ivr.drivers.mailboxes import MailboxDriver
from ivr.drivers.messages import MessageRecorder
from ivr.effects import StartRecording
from ivr.events import RecordingFinished
from recordings.mailboxes import MailboxStore
from recordings.mailboxes import messages as messages_in
from recordings.store import RecordingStore
from telephony.calls.leg import Leg, LegSilence, LegSpeech, LegState
from tests.recordings.spools import stream, tone, write_spool


class Ears:
    def __init__(self, said: list[str]) -> None:
        self._said = said

    def listen(self, leg: Leg, *, silence_s: float) -> None:
        self._said.append(f"listen {silence_s:g}")

    def stop(self, leg: Leg) -> None:
        self._said.append("listen no more")


class FakeExchange:
    """Has the spool there, whole, as soon as a recording begins."""

    def __init__(self, spoken_s: float) -> None:
        self.spoken_s = spoken_s
        self.said: list[str] = []
        self.hearing = Ears(self.said)

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

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.events]


class Room:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = RecordingStore(folder / "recordings", folder / "db")
        self.journal = FakeJournal()
        self.mailboxes = MailboxDriver(MailboxStore(folder / "db"), self.journal)  # type: ignore[arg-type]
        self.recorder = MessageRecorder(
            folder,
            self.store,
            self.journal,  # type: ignore[arg-type]
            self.mailboxes,
            new_id=lambda: "m1",
        )
        self.leg = Leg("caller", LegState.UP, 0.0, "+15550100", "127.0.0.1")
        self.ended: list[RecordingFinished] = []

    async def start(
        self, spoken_s: float = 1.0, longest_s: float = 60.0, *, mailbox: str | None = None
    ) -> FakeExchange:
        exchange = FakeExchange(spoken_s)
        self.recorder.attach(exchange)  # type: ignore[arg-type]
        order = StartRecording("r1", "voicemail", longest_s, 4.0, mailbox)
        self.recorder.start(order, "call-1", self.leg, self.ended.append)
        await asyncio.sleep(0)
        return exchange

    def speaks(self) -> None:
        self.recorder.heard(self.leg, LegSpeech())

    async def end(self) -> None:
        await self.recorder.close()
        await self.mailboxes._tasks.drain(deadline_s=30.0)


@pytest.fixture
async def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    monkeypatch.setattr(messages, "LAST_WORD_S", 0.01)
    made = Room(tmp_path)
    yield made
    await made.store.close()
    await made.mailboxes.close()


async def test_a_message_that_is_stopped_is_a_mono_file_of_its_kind(room: Room) -> None:
    exchange = await room.start(spoken_s=2.0)
    assert list(room.recorder.running) == ["m1"]
    room.speaks()
    room.recorder.stop("r1")
    await room.end()
    assert exchange.said == ["start", "listen 4", "stop", "listen no more"]
    [ended] = room.ended
    assert (ended.request_id, ended.name) == ("r1", "m1")
    assert ended.seconds >= 0
    found = room.store.get("m1")
    assert found is not None
    assert (found.kind, found.call, found.agent_dbfs) == ("voicemail", "call-1", None)
    with wave.open(str(found.path)) as file:
        assert (file.getnchannels(), file.getnframes()) == (1, 16_000)
    assert room.journal.kinds() == ["recording.started", "recording.finished"]
    assert not list(room.recorder.running)


async def test_the_caller_who_hangs_up_has_left_a_message_in_its_mailbox(room: Room) -> None:
    told: list[tuple[str, int]] = []
    room.mailboxes.on_change = lambda mailbox, counts: told.append((mailbox, counts.new))
    await room.start(mailbox="support")
    room.speaks()
    await asyncio.sleep(0.02)
    room.recorder.leave(room.leg)
    await room.end()
    [message] = messages_in(room.folder / "db", "support")
    assert (message.id, message.caller, message.call, message.is_new) == ("m1", "+15550100", "call-1", True)
    assert message.path is not None
    assert told == [("support", 1)]
    assert room.journal.kinds()[-1] == "voicemail.left"


async def test_a_message_that_the_flow_hears_of_is_the_flows_to_leave(room: Room) -> None:
    await room.start(mailbox="support")
    room.speaks()
    room.recorder.stop("r1")
    await room.end()
    assert messages_in(room.folder / "db") == []


async def test_a_recording_ends_by_itself_when_it_is_too_long(room: Room) -> None:
    await room.start(longest_s=0.01)
    room.speaks()
    async with asyncio.timeout(30):
        while not room.ended:
            await asyncio.sleep(0.005)
    await room.end()
    assert room.store.get("m1") is not None


async def test_silence_that_the_ear_tells_of_ends_it_and_is_no_part_of_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(messages, "monotonic", lambda: now)
    await room.start()
    room.speaks()
    now = 107.0
    room.recorder.heard(room.leg, LegSilence(4.0))
    await room.end()
    assert room.ended == [RecordingFinished("r1", "m1", 3.0)]
    assert room.store.get("m1") is not None


async def test_what_others_say_is_none_of_its_business(room: Room) -> None:
    other = Leg("other", LegState.UP, 0.0, "+15550101", "127.0.0.1")
    await room.start()
    room.recorder.heard(other, LegSpeech())
    room.recorder.heard(other, LegSilence(4.0))
    room.recorder.leave(other)
    assert not room.ended
    room.recorder.stop("r1")
    await room.end()
    assert room.store.get("m1") is None  # nobody spoke on this one


async def test_where_nobody_spoke_nothing_is_kept(room: Room) -> None:
    await room.start(mailbox="support")
    room.recorder.leave(room.leg)
    await room.end()
    assert room.ended == [RecordingFinished("r1", "m1", 0.0)]
    assert room.store.get("m1") is None
    assert not (room.folder / "m1.spool").exists()
    assert room.journal.kinds()[-1] == "recording.empty"
    assert messages_in(room.folder / "db") == []


async def test_what_is_said_after_a_silence_that_ended_it_comes_too_late(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "LAST_WORD_S", 30.0)
    await room.start()
    room.recorder.heard(room.leg, LegSilence(4.0))
    await room.end()
    assert [ended.seconds for ended in room.ended] == [0.0]


async def test_a_word_just_before_the_end_is_heard_a_moment_later(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "LAST_WORD_S", 30.0)
    await room.start()
    room.recorder.stop("r1")
    await asyncio.sleep(0.01)
    room.speaks()
    await room.end()
    assert room.store.get("m1") is not None


async def test_a_message_can_be_heard_back_as_soon_as_its_file_is_made(room: Room) -> None:
    await room.start()
    room.speaks()
    room.recorder.stop("r1")
    async with asyncio.timeout(30):
        while "m1" not in room.recorder._keeping:
            await asyncio.sleep(0.001)
    path = await room.recorder.file_of("m1")
    assert path is not None
    assert path.is_file()
    assert await room.recorder.file_of("none") is None
    await room.end()


async def test_what_the_caller_records_anew_is_deleted(room: Room) -> None:
    await room.start()
    room.speaks()
    room.recorder.stop("r1")
    await room.end()
    found = room.store.get("m1")
    assert found is not None
    room.recorder.discard("m1", "call-1")
    room.recorder.discard("m1", "call-1")
    await room.end()
    assert room.store.get("m1") is None
    assert not found.path.exists()
    assert room.journal.kinds().count("recording.discarded") == 1
