"""The client with a rtpengine that only keeps what it is asked (the real one: tests/interop/test_rtpengine.py)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telephony.media.errors import LocalProtocolError, WorkerUnavailable
from telephony.media.messages import (
    DigitReceived,
    DigitStarted,
    LegStatistics,
    MediaEvent,
    PlaybackFinished,
    RemoteMedia,
    WorkerLost,
)
from telephony.media.rtpengine.client import RtpengineClient, RtpengineConfig
from tests.telephony.media.rtpengine.fake_rtpengine import FakeRtpengine

REMOTE = RemoteMedia("192.0.2.7", 4000, "PCMU", 0, 101)


class Desk:
    def __init__(self, config: RtpengineConfig, far: FakeRtpengine) -> None:
        self.far = far
        self.events: list[MediaEvent] = []
        self.client = RtpengineClient(config, self.events.append)

    async def settled(self) -> None:
        """All commands given so far are answered, and what followed from them is told."""
        while self.client._tasks:
            await asyncio.gather(*self.client._tasks)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def two_legs(self) -> None:
        await self.client.start()
        await self.client.open_leg("a")
        await self.client.open_leg("b", near="a")
        self.client.set_remote("a", REMOTE)
        self.client.set_remote("b", REMOTE)
        await self.settled()
        self.far.commands.clear()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    far = FakeRtpengine()
    config = RtpengineConfig(await far.open(), ("127.0.0.1", 0), tmp_path / "wav", "test")
    made = Desk(config, far)
    yield made
    await made.client.close()
    far.close()


async def test_a_leg_is_joined_to_its_stand_in(desk: Desk) -> None:
    await desk.client.start()
    assert desk.client.open_leg_at_once("a") is None
    assert (await desk.client.open_leg("a")).port == 40000
    desk.client.set_remote("a", REMOTE)
    await desk.settled()
    assert desk.far.said() == ["offer stand-in:a", "answer stand-in:a a"]
    with pytest.raises(LocalProtocolError, match=r"^leg a is open already$"):
        await desk.client.open_leg("a")
    with pytest.raises(LocalProtocolError, match=r"^no leg x$"):
        await desk.client.open_leg("b", near="x")


async def test_a_bridge_joins_the_two_and_ends_what_plays(desk: Desk, tmp_path: Path) -> None:
    await desk.two_legs()
    prompt = tmp_path / "p.ul"
    prompt.write_bytes(b"\x11" * 160)
    desk.client.play("a", "p1", [prompt], loop=True)
    desk.client.bridge("a", "b")
    desk.client.play("a", "p2", [prompt])
    await desk.settled()
    assert desk.far.said() == ["stop media a", "offer a b", "answer a b"]
    assert desk.events == []
    desk.client.unbridge("b")
    await desk.settled()
    assert desk.far.said()[3:] == [
        "offer stand-in:a a",
        "answer stand-in:a a",
        "offer stand-in:b b",
        "answer stand-in:b b",
    ]


async def test_remotes_and_bridge_in_one_breath(desk: Desk) -> None:
    await desk.client.start()
    await desk.client.open_leg("a")
    await desk.client.open_leg("b", near="a")
    desk.client.set_remote("a", REMOTE)
    desk.client.bridge("a", "b")
    await desk.settled()
    assert desk.far.said()[2:] == ["answer stand-in:a a"]
    desk.client.set_remote("b", REMOTE)
    await desk.settled()
    assert desk.far.said()[3:] == ["answer stand-in:b b", "offer b a", "answer b a"]


async def test_who_is_taken_away_leaves_nobody_listening(desk: Desk) -> None:
    await desk.two_legs()
    await desk.client.open_leg("c", near="a")
    desk.client.set_remote("c", REMOTE)
    desk.client.bridge("a", "b")
    await desk.settled()
    desk.far.commands.clear()
    desk.client.bridge("a", "c")
    await desk.settled()
    assert desk.far.said() == ["offer stand-in:b b", "answer stand-in:b b", "offer a c", "answer a c"]


async def test_legs_of_different_calls_cannot_be_bridged(desk: Desk) -> None:
    await desk.client.start()
    await desk.client.open_leg("a")
    await desk.client.open_leg("b")
    with pytest.raises(LocalProtocolError, match="different calls"):
        desk.client.bridge("a", "b")


async def test_a_change_of_the_remote_on_a_bridge(desk: Desk) -> None:
    await desk.two_legs()
    desk.client.bridge("a", "b")
    await desk.settled()
    desk.far.commands.clear()
    desk.client.set_remote("b", REMOTE)
    await desk.settled()
    assert desk.far.said() == ["offer b a", "answer b a"]


async def test_the_end_of_a_prompt_is_told_when_its_time_is_over(desk: Desk, tmp_path: Path) -> None:
    await desk.two_legs()
    prompt = tmp_path / "p.ul"
    prompt.write_bytes(b"\x11" * 160)
    desk.far.answers["play media"] = {"duration": 1}
    desk.client.play("a", "p1", [prompt])
    async with asyncio.timeout(30):
        while not desk.events:
            await asyncio.sleep(0.001)
    assert desk.events == [PlaybackFinished("a", "p1")]


async def test_a_prompt_that_cannot_be_played(desk: Desk, tmp_path: Path) -> None:
    await desk.two_legs()
    desk.client.play("a", "p1", [tmp_path / "none.ul"])
    await desk.settled()
    prompt = tmp_path / "p.ul"
    prompt.write_bytes(b"\x11" * 160)
    desk.far.refuse["play media"] = "Failed to start"
    desk.client.play("a", "p2", [prompt])
    await desk.settled()
    assert desk.events == [
        PlaybackFinished("a", "p1", problem=f"{tmp_path}/none.ul: No such file or directory"),
        PlaybackFinished(
            "a",
            "p2",
            problem="rtpengine refused play media: Failed to start (can it read the folder of prompts?)",
        ),
    ]


async def test_a_play_behind_a_stop_is_played(desk: Desk, tmp_path: Path) -> None:
    await desk.two_legs()
    prompt = tmp_path / "p.ul"
    prompt.write_bytes(b"\x11" * 160)
    desk.client.play("a", "p1", [prompt], loop=True)
    await desk.settled()
    desk.client.stop_playback("a")
    desk.client.play("a", "p2", [prompt], loop=True)
    await desk.settled()
    assert desk.far.said() == ["play media a", "stop media a", "play media a"]


async def test_digits_are_told_and_end_what_waits_for_them(desk: Desk, tmp_path: Path) -> None:
    await desk.two_legs()
    prompt = tmp_path / "p.ul"
    prompt.write_bytes(b"\x11" * 160)
    desk.client.play("a", "p1", [prompt], loop=True, stop_at="5")
    await desk.settled()
    for tag in ("a", "nobody"):
        desk.client._on_digit("test-a", tag, "5", 60)
    desk.client._on_digit("other", "a", "5", 60)
    await desk.settled()
    assert desk.events == [
        DigitStarted("a", "5"),
        PlaybackFinished("a", "p1", stopped_by="5"),
        DigitReceived("a", "5", 60),
    ]
    assert desk.far.said()[-1] == "stop media a"


async def test_digits_out_come_from_the_peer_and_are_not_told_back(desk: Desk) -> None:
    await desk.two_legs()
    desk.client.bridge("a", "b")
    desk.client.send_digits("b", "12")
    await desk.settled()
    assert desk.far.said()[-2:] == ["play DTMF a", "play DTMF a"]
    for digit in "123":
        desk.client._on_digit("test-a", "a", digit, 100)
    await desk.settled()
    assert desk.events == [DigitStarted("a", "3"), DigitReceived("a", "3", 100)]


async def test_the_last_leg_ends_the_call(desk: Desk) -> None:
    await desk.two_legs()
    desk.client.bridge("a", "b")
    desk.client.release_leg("a")
    await desk.settled()
    assert "delete" not in desk.far.said()
    assert await desk.client.close_leg("b") == LegStatistics()
    await desk.settled()
    assert desk.far.said()[-1] == "delete"
    assert await desk.client.close_leg("gone") == LegStatistics()


async def test_a_leg_that_rtpengine_will_not_have_is_lost(desk: Desk) -> None:
    await desk.two_legs()
    desk.far.refuse["offer"] = "Unknown call-id"
    desk.client.bridge("a", "b")
    await desk.settled()
    assert desk.events == [WorkerLost(0, ("a",))]
    with pytest.raises(LocalProtocolError):
        await desk.client.open_leg("c")
    assert (await desk.client.statistics()).legs == 1


async def test_what_rtpengine_cannot_do(desk: Desk, tmp_path: Path) -> None:
    await desk.two_legs()
    client = desk.client
    client.listen("a")  # nothing asked for is nothing refused
    refused = [
        lambda: client.listen("a", silence_s=2.0),
        lambda: client.announce("a", "p", []),
        lambda: client.pause_playback("a"),
        lambda: client.resume_playback("a"),
        lambda: client.seek_playback("a", 5),
        lambda: client.join_conference("c", "a", "agent"),
        lambda: client.leave_conference("a"),
        lambda: client.start_recording("r", "a", "b", tmp_path),
    ]
    for ask in refused:
        with pytest.raises(LocalProtocolError, match=r"^rtpengine cannot .*: that takes Cordboard's own"):
            ask()
    await client.stop_recording("r")


async def test_digits_cannot_be_listened_for_where_somebody_else_does(desk: Desk, tmp_path: Path) -> None:
    await desk.client.start()
    port = desk.client._digits._transport.get_extra_info("sockname")[1]  # type: ignore[union-attr]
    other = RtpengineClient(
        RtpengineConfig(desk.client._config.address, ("127.0.0.1", port), tmp_path, "x"), lambda _: None
    )
    with pytest.raises(WorkerUnavailable, match="digits cannot be listened for"):
        await other.start()
    await other.close()
