"""The rtpengine client with the real daemon: relay, play, digits, transfer, silence, and its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from telephony.media.dtmf import TelephoneEvent
from telephony.media.engine import MediaEngine
from telephony.media.errors import LocalProtocolError, WorkerUnavailable
from telephony.media.g711 import ULAW_TO_ALAW
from telephony.media.messages import (
    DigitReceived,
    DigitStarted,
    PlaybackFinished,
    RtpTimeout,
    WorkerLost,
)
from telephony.media.rtpengine.client import RtpengineClient, RtpengineConfig
from tests.interop.kit.asserts import only
from tests.interop.kit.captures import Digit, Silence, Tone
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.rtpengine import Rtpengine
from tests.interop.kit.server import CONFIGURATIONS, Server
from tests.interop.kit.sipp import Sipp, SippOrder
from tests.telephony.media.worker_kit import DEADLINE_S, Phone, Told, made_phones

pytestmark = pytest.mark.interop


class Desk(Told):
    """A client and what it was told."""

    def __init__(self, config: RtpengineConfig) -> None:
        super().__init__()
        self.client = RtpengineClient(config, self._on_event)
        self.engine: MediaEngine = self.client  # the interface holds

    async def connect(self, leg_id: str, phone: Phone, near: str | None = None, **more: object) -> None:
        """A leg whose remote is the phone, known to rtpengine when this returns."""
        phone.to = (await self.engine.open_leg(leg_id, near=near)).port
        self.engine.set_remote(leg_id, phone.remote(**more))
        await self.engine.list_legs()
        async with self.client._parties[leg_id].call.turn:
            pass  # the commands given before are answered


@pytest.fixture
def rtpengine(tmp_path: Path, processes: list[RunningProcess]) -> Rtpengine:
    running = Rtpengine(tmp_path / "rtpengine")
    processes.append(running)
    return running


@pytest.fixture
def config(tmp_path: Path, rtpengine: Rtpengine) -> RtpengineConfig:
    here = "127.0.0.1"
    return RtpengineConfig((here, rtpengine.port), (here, rtpengine.digits), tmp_path / "wav", "test")


@pytest.fixture
async def new_desk(config: RtpengineConfig) -> AsyncIterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def make(**more: object) -> Desk:
        desks.append(Desk(replace(config, **more)))  # type: ignore[arg-type]
        return desks[-1]

    yield make
    for desk in desks:
        await desk.engine.close()


new_phone = pytest.fixture(made_phones)


async def talk(one: Phone, other: Phone, says: bytes = b"\x33" * 160, *, kind: int = 0) -> bytes:
    """One speaks until the other hears him; what is heard then."""
    heard = asyncio.create_task(other.hear_until(lambda packet: packet.payload[:1] != b"\xff"))
    async with asyncio.timeout(DEADLINE_S):
        while not heard.done():
            one.say(says, kind=kind)
            await asyncio.sleep(0.02)
    return (await heard)[-1].payload


async def test_two_legs_hear_each_other_on_the_ports_they_were_told(new_desk, new_phone) -> None:
    desk, a, b = new_desk(), new_phone(), new_phone()
    await desk.engine.start()
    await desk.connect("a", a)
    await desk.connect("b", b, near="a")
    desk.engine.bridge("a", "b")
    assert await talk(a, b, b"\x31" * 160) == b"\x31" * 160
    assert await talk(b, a, b"\x32" * 160) == b"\x32" * 160
    b.rtp.setblocking(False)
    a.say(b"\x34" * 160)
    async with asyncio.timeout(DEADLINE_S):
        _, source = await asyncio.get_running_loop().sock_recvfrom(b.rtp, 2000)
    assert source[1] == b.to
    legs = {leg.leg_id: leg for leg in await desk.engine.list_legs()}
    assert (legs["a"].source, legs["a"].bridged_with, legs["a"].port) == ("bridge", "b", a.to)
    assert (await desk.engine.close_leg("a")).packets_received >= 2


async def test_two_laws_are_transcoded(new_desk, new_phone) -> None:
    desk, a, b = new_desk(), new_phone(), new_phone()
    await desk.engine.start()
    await desk.connect("a", a)
    await desk.connect("b", b, near="a", codec="PCMA", payload_type=8)
    desk.engine.bridge("a", "b")
    assert await talk(a, b, b"\x31" * 160) == (b"\x31" * 160).translate(ULAW_TO_ALAW)


async def test_a_transfer_takes_the_caller_to_somebody_else(new_desk, new_phone) -> None:
    desk, a, b, c = new_desk(), new_phone(), new_phone(), new_phone()
    await desk.engine.start()
    await desk.connect("a", a)
    await desk.connect("b", b, near="a")
    await desk.connect("c", c, near="a")
    desk.engine.bridge("a", "b")
    await talk(a, b)
    desk.engine.bridge("a", "c")
    assert await talk(a, c, b"\x35" * 160) == b"\x35" * 160
    assert await talk(c, a, b"\x36" * 160) == b"\x36" * 160
    b.waiting()
    a.say(b"\x37" * 160)
    await c.hear_until(lambda packet: packet.payload == b"\x37" * 160)
    assert b.waiting() == []


async def test_prompts_are_played_in_a_row_and_their_end_is_told(new_desk, new_phone, tmp_path) -> None:
    desk, phone = new_desk(), new_phone()
    await desk.engine.start()
    await desk.connect("a", phone)
    one, two = tmp_path / "one.ul", tmp_path / "two.ul"
    one.write_bytes(b"\x11" * 1600)
    two.write_bytes(b"\x22" * 1600)
    desk.engine.play("a", "p1", [one, two])
    heard = await phone.hear_until(lambda packet: packet.payload[:1] == b"\x22")
    assert heard[0].payload == b"\x11" * 160
    assert await desk.event(PlaybackFinished) == PlaybackFinished("a", "p1")
    desk.engine.play("a", "p2", [tmp_path / "none.ul"])
    assert (await desk.event(PlaybackFinished)).problem == f"{tmp_path}/none.ul: No such file or directory"


async def test_a_digit_is_told_and_ends_the_music(new_desk, new_phone, tmp_path) -> None:
    desk, phone = new_desk(), new_phone()
    await desk.engine.start()
    await desk.connect("a", phone)
    music = tmp_path / "music.ul"
    music.write_bytes(b"\x11" * 1600)
    desk.engine.play("a", "p1", [music], loop=True, stop_at="5")
    for _ in range(25):
        await phone.hear()  # more than twice around
    phone.say()  # rtpengine takes no event with the timestamp 0
    phone.press("5")
    assert await desk.event(DigitStarted) == DigitStarted("a", "5")
    assert await desk.event(PlaybackFinished) == PlaybackFinished("a", "p1", stopped_by="5")
    assert (await desk.event(DigitReceived)).digit == "5"


async def test_digits_of_ours_reach_the_other_end_only(new_desk, new_phone) -> None:
    desk, a, b = new_desk(), new_phone(), new_phone()
    await desk.engine.start()
    await desk.connect("a", a)
    await desk.connect("b", b, near="a")
    with pytest.raises(LocalProtocolError, match="running talk"):
        desk.engine.send_digits("b", "9")
    desk.engine.bridge("a", "b")
    await talk(a, b)
    desk.engine.send_digits("b", "9")
    pressed = asyncio.create_task(b.hear_until(lambda packet: packet.payload_type == 101))
    async with asyncio.timeout(DEADLINE_S):
        while not pressed.done():
            a.say()
            await asyncio.sleep(0.02)
    assert TelephoneEvent.parse((await pressed)[-1].payload).event == 9
    b.say()
    b.press("3")  # told after whatever rtpengine said of ours
    assert await desk.event(DigitStarted) == DigitStarted("b", "3")


async def test_a_silent_remote_is_told_once(new_desk, new_phone) -> None:
    desk, phone = new_desk(rtp_timeout_s=1.0), new_phone()
    await desk.engine.start()
    await desk.connect("a", phone)
    phone.say()
    told = await desk.event(RtpTimeout)
    assert told.leg_id == "a"
    assert told.silent_s >= 1.0
    assert await desk.engine.list_legs()


async def test_legs_of_an_earlier_control_are_found(new_desk, new_phone, config) -> None:
    earlier, phone = new_desk(), new_phone()
    await earlier.engine.start()
    await earlier.connect("a", phone)
    await earlier.engine.close(stop_workers=False)
    desk = new_desk()
    await desk.engine.start()
    (leg,) = await desk.engine.list_legs()
    assert (leg.leg_id, leg.port) == ("a", phone.to)
    await desk.engine.close_leg("a")
    assert (await desk.engine.statistics()).legs == 0


async def test_the_end_of_a_call_leaves_nothing_in_rtpengine(new_desk, new_phone, rtpengine) -> None:
    desk, a, b = new_desk(), new_phone(), new_phone()
    await desk.engine.start()
    await desk.connect("a", a)
    await desk.connect("b", b, near="a")
    desk.engine.bridge("a", "b")
    await desk.engine.close_leg("a")
    assert rtpengine.ask(command="list")["calls"] == ["test-a"]
    await desk.engine.close_leg("b")
    await desk.engine.close()
    assert rtpengine.ask(command="list")["calls"] == []


async def test_an_rtpengine_that_goes_is_told(new_desk, new_phone, rtpengine) -> None:
    desk, phone = new_desk(), new_phone()
    await desk.engine.start()
    await desk.connect("a", phone)
    rtpengine.end()
    assert await desk.event(WorkerLost) == WorkerLost(0, ("a",))
    with pytest.raises(WorkerUnavailable, match="does not answer"):
        await desk.engine.open_leg("b")


async def test_nobody_there(new_desk, rtpengine) -> None:
    rtpengine.end()
    with pytest.raises(
        WorkerUnavailable, match=rf"^rtpengine at 127.0.0.1:{rtpengine.port} does not answer$"
    ):
        await new_desk().engine.start()


def test_a_caller_goes_by_key_through_menu_and_queue_to_an_agent(
    rtpengine: Rtpengine,
    sipp: Callable[[SippOrder], Sipp],
    processes: list[RunningProcess],
    desk_port: int,
    prompts: Path,
    tmp_path: Path,
) -> None:
    environment = {
        "INTEROP_AGENT_PORT": str(desk_port),
        "RTPENGINE_PORT": str(rtpengine.port),
        "RTPENGINE_DIGITS": str(rtpengine.digits),
    }
    server = Server(CONFIGURATIONS / "relayed", tmp_path / "server", environment, prompts=prompts)
    processes.append(server)
    agent = sipp(SippOrder("agent-answers-and-talks", port=desk_port, tone_hz=880))
    keys = [
        Silence(0.6),
        Digit("2"),
        Silence(2.0),
        Digit("2"),
        Tone(440, 4.0),
    ]  # twice: a busy machine may miss one
    caller = sipp(
        SippOrder(
            "caller-presses-keys-then-hangs-up",
            remote=server.sip_port,
            number="3000",
            keys=keys,
            talk_ms=8000,
        )
    )
    caller.succeed()
    agent.succeed()
    server.wait_idle()
    history = server.history(server.calls()[0]["id"])
    assert only(history, "call.connected")["agent"] == "desk"
    assert rtpengine.relayed() > 100  # of both ends, while they talked
    server.eventually(lambda: rtpengine.ask(command="list")["calls"] == [], "an rtpengine without calls")
    server.stop()
