"""The worker as a process, over loopback: no stand-ins. Waits are for events, never for time to pass."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
import pytest

from bench.made_audio import as_samples, dtmf
from telephony.media.client import MediaClient
from telephony.media.dtmf import DigitSender, TelephoneEvent
from telephony.media.errors import LocalProtocolError, NoPortAvailable
from telephony.media.g711 import ULAW_TO_LINEAR, linear_to_ulaw
from telephony.media.messages import (
    DigitReceived,
    DigitStarted,
    LegReleased,
    LegStatistics,
    MediaConfig,
    MediaEvent,
    PlaybackFinished,
    RecordingClosed,
    RemoteMedia,
    RtpTimeout,
    SilenceHeard,
    SourceLocked,
    WorkerLost,
)
from telephony.media.rtcp import Goodbye, SenderReport, parse_compound
from telephony.media.rtp import RtpPacket
from telephony.media.spool import read_spool
from telephony.media.worker import main, socket_path

DEADLINE_S = 20.0
HOST = "127.0.0.1"
AUDIO = bytes(range(160))
Kind = TypeVar("Kind")


class Control:
    """A client and the events it was told."""

    def __init__(self, config: MediaConfig) -> None:
        self.config = config
        self.events: list[MediaEvent] = []
        self._told = asyncio.Event()
        self.client = MediaClient(config, self._on_event)

    def _on_event(self, event: MediaEvent) -> None:
        self.events.append(event)
        self._told.set()

    async def event(self, kind: type[Kind]) -> Kind:
        """The next event of that kind; it and all before it are taken off the list."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                for index, event in enumerate(self.events):
                    if isinstance(event, kind):
                        del self.events[: index + 1]
                        return event
                self._told.clear()
                await self._told.wait()


class Phone:
    """A remote: RTP on one port, RTCP on the next."""

    def __init__(self) -> None:
        self.rtp, self.rtcp = self._sockets()
        self.port = self.rtp.getsockname()[1]
        self.to = 0
        self.sequence = 0
        self.timestamp = 0

    @staticmethod
    def _sockets() -> tuple[socket.socket, socket.socket]:
        for port in range(30000, 42000, 2):
            rtp, rtcp = (
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) for _ in "12"
            )
            try:
                rtp.bind((HOST, port))
                rtcp.bind((HOST, port + 1))
            except OSError:
                rtp.close()
                rtcp.close()
            else:
                return rtp, rtcp
        raise AssertionError("no free ports")

    def remote(self, **more: object) -> RemoteMedia:
        return replace(RemoteMedia(HOST, self.port, "PCMU", 0, 101), **more)  # type: ignore[arg-type]

    def say(self, payload: bytes = AUDIO, *, kind: int = 0, timestamp: int | None = None) -> None:
        self.sequence = self.sequence + 1 & 0xFFFF
        self.timestamp += 160
        packet = RtpPacket(
            kind, self.sequence, self.timestamp if timestamp is None else timestamp, 0x77, payload
        )
        self.rtp.sendto(bytes(packet), (HOST, self.to))

    def press(self, digits: str) -> None:
        sender = DigitSender()
        sender.queue(digits)
        while sender.active:
            packet = sender.next_packet(self.timestamp)
            if packet is not None:
                self.say(packet.payload, kind=101, timestamp=packet.timestamp)
            self.timestamp += 160

    async def hear(self) -> RtpPacket:
        async with asyncio.timeout(DEADLINE_S):
            return RtpPacket.parse(await asyncio.get_running_loop().sock_recv(self.rtp, 2000))

    async def hear_until(self, wanted: Callable[[RtpPacket], bool]) -> list[RtpPacket]:
        heard = [await self.hear()]
        while not wanted(heard[-1]):
            heard.append(await self.hear())
        return heard

    def waiting(self) -> list[RtpPacket]:
        found = []
        while True:
            try:
                found.append(RtpPacket.parse(self.rtp.recv(2000)))
            except BlockingIOError:
                return found

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()


@pytest.fixture
def config(tmp_path: Path) -> MediaConfig:
    return MediaConfig(tmp_path / "run", port_min=20000, port_max=29999, host=HOST)


@pytest.fixture
async def new_control(config: MediaConfig) -> AsyncIterator[Callable[..., Control]]:
    controls: list[Control] = []

    def make(**more: object) -> Control:
        controls.append(Control(replace(config, **more)))  # type: ignore[arg-type]
        return controls[-1]

    yield make
    for control in controls:
        await control.client.close()


@pytest.fixture
def new_phone() -> AsyncIterator[Callable[[], Phone]]:
    phones: list[Phone] = []

    def make() -> Phone:
        phones.append(Phone())
        return phones[-1]

    yield make
    for phone in phones:
        phone.close()


async def connect(control: Control, leg_id: str, phone: Phone, **more: object) -> None:
    """A leg whose remote is the phone, which has been heard and locked on to."""
    phone.to = (await control.client.open_leg(leg_id)).port
    control.client.set_remote(leg_id, phone.remote(**more))
    await phone.hear()  # the silence that opens the path
    phone.say()
    locked = await control.event(SourceLocked)
    assert (locked.leg_id, locked.port) == (leg_id, phone.port)


async def test_prompts_gapless_and_finished(new_control, new_phone, tmp_path) -> None:
    control, phone = new_control(), new_phone()
    await control.client.start()
    await connect(control, "a", phone)
    one, two = tmp_path / "one.ul", tmp_path / "two.ul"
    one.write_bytes(b"\x01" * 400)
    two.write_bytes(b"\x02" * 400)
    control.client.play("a", "p1", [one, two])
    assert await control.event(PlaybackFinished) == PlaybackFinished("a", "p1")
    packets = [packet for packet in phone.waiting() if packet.payload != b"\xff" * 160]
    assert b"".join(packet.payload for packet in packets) == b"\x01" * 400 + b"\x02" * 400
    control.client.play("a", "p2", [tmp_path / "none.ul"])
    failed = await control.event(PlaybackFinished)
    assert failed.problem == f"{tmp_path}/none.ul: No such file or directory"


async def test_digits_in_and_out(new_control, new_phone) -> None:
    control, phone = new_control(), new_phone()
    await control.client.start()
    await connect(control, "a", phone)
    phone.press("4#")
    assert await control.event(DigitStarted) == DigitStarted("a", "4")
    assert await control.event(DigitReceived) == DigitReceived("a", "4", 120)
    assert await control.event(DigitReceived) == DigitReceived("a", "#", 120)
    control.client.send_digits("a", "9")
    heard = await phone.hear_until(
        lambda packet: packet.payload_type == 101 and packet.payload[1] & 0x80 != 0
    )
    assert TelephoneEvent.parse(heard[-1].payload).event == 9


async def test_a_digit_of_stop_at_ends_the_prompt(new_control, new_phone, tmp_path) -> None:
    control, phone = new_control(), new_phone()
    await control.client.start()
    await connect(control, "a", phone)
    music = tmp_path / "music.ul"
    music.write_bytes(b"\x01" * 8000)
    control.client.play("a", "p1", [music], loop=True, stop_at="5")
    await phone.hear_until(lambda packet: packet.payload[0] == 1)
    phone.press("5")
    assert await control.event(PlaybackFinished) == PlaybackFinished("a", "p1", stopped_by="5")


async def test_thirty_bridged_pairs_lose_nothing(new_control, new_phone) -> None:
    control = new_control()
    await control.client.start()
    phones = [new_phone() for _ in range(60)]
    for index in range(0, 60, 2):
        for phone, name in ((phones[index], f"a{index}"), (phones[index + 1], f"b{index}")):
            near = f"a{index}" if name[0] == "b" else None
            phone.to = (await control.client.open_leg(name, near=near)).port
            control.client.set_remote(name, phone.remote())
        control.client.bridge(f"a{index}", f"b{index}")
    for phone in phones:
        await phone.hear()
    heard: dict[int, int] = dict.fromkeys(range(60), 0)
    turns = 100
    for _ in range(turns):
        for index, phone in enumerate(phones):
            phone.say(bytes([index]) * 160)
        await asyncio.sleep(0.02)  # the load: a packet every 20 ms at every end
        for index, phone in enumerate(phones):
            heard[index] += sum(packet.payload[0] == index ^ 1 for packet in phone.waiting())
    for index, phone in enumerate(phones):
        while heard[index] < turns:
            heard[index] += (await phone.hear()).payload[0] == index ^ 1
    assert set(heard.values()) == {turns}
    statistics = await control.client.statistics()
    assert (statistics.packets_lost, statistics.packets_dropped) == (0, 0)
    assert statistics.packets_received == 60 * turns
    closed = await control.client.close_leg("a0")
    assert (closed.packets_received, closed.lost, closed.bytes_received) == (turns, 0, turns * 160)
    assert closed.mos is not None


async def test_a_supervisor_listens_and_then_barges(new_control, new_phone) -> None:
    control = new_control()
    await control.client.start()
    phones = {role: new_phone() for role in ("caller", "agent", "supervisor")}
    for role, phone in phones.items():
        await connect(control, role, phone)
    said = {"caller": 0x90, "agent": 0xA0, "supervisor": 0xC0}  # mu-law codes whose sums tell who is in them
    join = control.client.join_conference
    join("c1", "caller", "caller")
    join("c1", "agent", "agent")
    join("c1", "supervisor", "supervisor", heard_by=())
    values = {role: int(ULAW_TO_LINEAR[code]) for role, code in said.items()}

    async def hears(role: str, wanted: int) -> None:
        """Until the phone hears that sum; all phones talk meanwhile, a packet for each heard."""

        def is_wanted(packet: RtpPacket) -> bool:
            for name, phone in phones.items():
                phone.say(bytes([said[name]]) * 160)
            return len(packet.payload) == 160 and packet.payload == linear_to_ulaw(
                np.full(160, wanted, dtype=np.int16)
            )

        async with asyncio.timeout(DEADLINE_S):
            await phones[role].hear_until(is_wanted)

    await hears("supervisor", values["caller"] + values["agent"])
    await hears("agent", values["caller"])
    (listed,) = [leg for leg in await control.client.list_legs() if leg.leg_id == "supervisor"]
    assert (listed.source, listed.conference, listed.role) == ("conference", "c1", "supervisor")
    join("c1", "supervisor", "supervisor")
    await hears("agent", values["caller"] + values["supervisor"])
    control.client.leave_conference("caller")
    await hears("agent", values["supervisor"])
    await control.client.close_leg("supervisor")
    control.client.bridge("caller", "agent")
    assert len(await control.client.list_legs()) == 2  # the worker has bridged them by now
    phones["caller"].say()
    await phones["agent"].hear_until(lambda packet: packet.payload == AUDIO)


async def test_a_leg_is_listened_on(new_control, new_phone) -> None:
    control, phone = new_control(), new_phone()
    await control.client.start()
    await connect(control, "a", phone, dtmf_payload_type=None)
    control.client.listen("a", digits=True, silence_s=0.3)
    await control.client.list_legs()
    codes = linear_to_ulaw(as_samples(dtmf("8", 120, 120)))
    for at in range(0, len(codes), 160):
        phone.say(codes[at : at + 160])
    assert (await control.event(DigitStarted)).digit == "8"
    assert (await control.event(SilenceHeard)).leg_id == "a"


async def test_playback_is_paused_moved_and_resumed(new_control, new_phone, tmp_path) -> None:
    control, phone = new_control(), new_phone()
    await control.client.start()
    await connect(control, "a", phone)
    prompt = tmp_path / "p.ul"
    prompt.write_bytes(b"\x01" * 80_000 + b"\x02" * 480)
    control.client.play("a", "p1", [prompt])
    await phone.hear_until(lambda packet: packet.payload[0] == 1)
    control.client.pause_playback("a")
    (leg,) = await control.client.list_legs()
    assert leg.play_id == "p1"
    phone.waiting()
    control.client.seek_playback("a", 10_000)
    control.client.resume_playback("a")
    assert await control.event(PlaybackFinished) == PlaybackFinished("a", "p1")
    assert [packet.payload[0] for packet in phone.waiting()] == [2, 2, 2]


async def test_recording_holds_both_sides(new_control, new_phone, tmp_path) -> None:
    control, caller, agent = new_control(), new_phone(), new_phone()
    await control.client.start()
    await connect(control, "caller", caller)
    await connect(control, "agent", agent)
    path = tmp_path / "deep" / "call.spool"
    control.client.bridge("caller", "agent")
    control.client.start_recording("r1", "caller", "agent", path)
    await control.client.list_legs()  # commands are done in order: the recording runs now
    for _ in range(20):
        caller.say(b"\x01" * 160)
        agent.say(b"\x02" * 160)
    await caller.hear_until(lambda packet: packet.payload[0] == 2 and packet.sequence > 0)
    while (await control.client.list_legs())[0].statistics.packets_received < 21:
        await asyncio.sleep(0)
    while (await control.client.list_legs())[1].statistics.packets_received < 21:
        await asyncio.sleep(0)
    await control.client.stop_recording("r1")
    packets = list(read_spool(path))
    assert [packet.payload[0] for packet in packets if packet.channel == 0] == [1] * 20
    assert [packet.payload[0] for packet in packets if packet.channel == 1] == [2] * 20
    assert await control.event(RecordingClosed) == RecordingClosed("r1", "stopped")
    await control.client.stop_recording("r1")  # again: it is complete


async def test_a_recording_ends_with_its_legs_or_with_the_disk(new_control, new_phone, tmp_path) -> None:
    control, caller = new_control(), new_phone()
    await control.client.start()
    await connect(control, "caller", caller)
    control.client.start_recording("r1", "caller", "gone", tmp_path / "a.spool")
    await control.client.close_leg("caller")
    assert (await control.event(RecordingClosed)).reason == "legs closed"
    await connect(control, "other", new_phone())
    control.client.start_recording("r2", "other", "gone", tmp_path / "a.spool" / "b.spool")
    closed = await control.event(RecordingClosed)
    assert closed.reason == f"{tmp_path}/a.spool/b.spool: File exists"


async def test_garbage_is_counted_and_dropped(new_control, new_phone) -> None:
    control, phone, stranger = new_control(), new_phone(), new_phone()
    await control.client.start()
    await connect(control, "a", phone)
    source = random.Random(7)
    for sender in (phone, stranger):
        for _ in range(200):
            data = bytes([source.choice((0, 0x40, 0xC0))]) + source.randbytes(source.randrange(60))
            sender.rtp.sendto(data, (HOST, phone.to))
    phone.rtp.sendto(b"\x80\x00" + bytes(1600), (HOST, phone.to))  # longer than any packet
    phone.rtcp.sendto(b"\x80\xc9\xff\xff", (HOST, phone.to + 1))
    phone.rtp.sendto(b"", (HOST, phone.to))
    statistics = LegStatistics()
    async with asyncio.timeout(DEADLINE_S):
        while statistics.malformed + statistics.refused < 403:
            statistics = (await control.client.list_legs())[0].statistics
    assert (statistics.malformed, statistics.refused) == (203, 200)
    assert statistics.packets_received == 1


async def test_rtcp_is_sent_read_and_ended(new_control, new_phone) -> None:
    control, phone = new_control(), new_phone()
    await control.client.start()
    await connect(control, "a", phone)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(DEADLINE_S):
        data, source = await loop.sock_recvfrom(phone.rtcp, 2000)
    assert source == (HOST, phone.to + 1)
    report = parse_compound(data)[0]
    assert isinstance(report, SenderReport)
    assert report.blocks[0].ssrc == 0x77
    middle = report.ntp_time >> 16 & 0xFFFFFFFF
    answer = replace(report, ssrc=0x77, blocks=(replace(report.blocks[0], ssrc=report.ssrc, lost=3),))
    answer = replace(
        answer, blocks=(replace(answer.blocks[0], last_sender_report=middle, delay_since_last=0),)
    )
    phone.rtcp.sendto(bytes(answer), (HOST, phone.to + 1))
    statistics = LegStatistics()
    async with asyncio.timeout(DEADLINE_S):
        while statistics.round_trip_ms is None:
            statistics = (await control.client.list_legs())[0].statistics
    assert statistics.remote_lost == 3
    await control.client.close_leg("a")
    async with asyncio.timeout(DEADLINE_S):
        while True:
            packets = parse_compound(await loop.sock_recv(phone.rtcp, 2000))
            if isinstance(packets[-1], Goodbye):
                break


async def test_a_silent_remote_is_reported_once(new_control, new_phone) -> None:
    control, phone = new_control(rtp_timeout_s=0.2), new_phone()
    await control.client.start()
    await connect(control, "a", phone)
    timeout = await control.event(RtpTimeout)
    assert timeout.leg_id == "a"
    assert timeout.silent_s >= 0.2
    phone.say()
    await control.event(RtpTimeout)  # heard anew, silent anew


def free_pair() -> int:
    """An even port that is free with the next one."""
    for port in random.sample(range(30000, 60000, 2), 200):
        with socket.socket(type=socket.SOCK_DGRAM) as even, socket.socket(type=socket.SOCK_DGRAM) as odd:
            try:
                even.bind((HOST, port))
                odd.bind((HOST, port + 1))
            except OSError:
                continue
            return port
    pytest.fail("no two free ports in a row")


async def test_what_cannot_be(new_control, new_phone) -> None:
    first = free_pair()
    control = new_control(port_min=first, port_max=first + 1)
    await control.client.start()
    await control.client.open_leg("a")
    with pytest.raises(NoPortAvailable):
        await control.client.open_leg("b")
    with pytest.raises(LocalProtocolError, match=r"^leg a is open already$"):
        await control.client.open_leg("a")
    with pytest.raises(LocalProtocolError, match=r"^no leg x$"):
        await control.client.open_leg("c", near="x")
    control.client.set_remote("a", RemoteMedia("phone.example.com", 4, "PCMU", 0, None))
    control.client.play("gone", "p", [])
    control.client.bridge("a", "gone")
    assert (await control.client.statistics()).ignored_commands == 2
    assert await control.client.close_leg("gone") == LegStatistics()


async def test_legs_are_spread_over_workers_and_kept_together_for_a_bridge(new_control) -> None:
    control = new_control(workers=2)
    await control.client.start()
    for name in "abcd":
        await control.client.open_leg(name)
    await control.client.open_leg("near-b", near="b")
    homes = {leg.leg_id: leg.worker for leg in await control.client.list_legs()}
    assert sorted(homes[name] for name in "abcd") == [0, 0, 1, 1]
    assert homes["near-b"] == homes["b"]
    ports = {leg.worker: leg.port for leg in await control.client.list_legs()}
    assert ports[0] < 25000 <= ports[1]
    apart = next(name for name in "acd" if homes[name] != homes["b"])
    with pytest.raises(LocalProtocolError, match="are in different workers"):
        control.client.bridge("b", apart)
    assert (await control.client.statistics()).workers == 2


CONTROL_THAT_DIES = """
import asyncio, sys
import msgspec
from pathlib import Path
from telephony.media.client import MediaClient
from telephony.media.messages import MediaConfig, RemoteMedia

async def main():
    ports = [int(port) for port in sys.argv[2:4]]
    client = MediaClient(MediaConfig(Path(sys.argv[1]), port_min=20000, port_max=29999, host="127.0.0.1"), print)
    await client.start()
    for name, port in zip("ab", ports):
        print((await client.open_leg(name)).port, flush=True)
        client.set_remote(name, RemoteMedia("127.0.0.1", port, "PCMU", 0, 101))
    client.bridge("a", "b")
    client.start_recording("r", "a", "b", Path(sys.argv[1]) / "r.spool")
    await client.list_legs()
    print("ready", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_audio_outlives_control_and_is_found_again(new_control, new_phone, config) -> None:
    a, b = new_phone(), new_phone()
    arguments = [str(config.runtime_dir), str(a.port), str(b.port)]
    with subprocess.Popen(
        [sys.executable, "-c", CONTROL_THAT_DIES, *arguments], stdout=subprocess.PIPE, text=True
    ) as dying:
        assert dying.stdout is not None
        a.to, b.to = int(dying.stdout.readline()), int(dying.stdout.readline())
        assert dying.stdout.readline() == "ready\n"
        heard: list[RtpPacket] = []
        control = new_control()
        for turn in range(60):
            a.say(bytes([turn]) * 160)
            heard.append(await b.hear())
            while heard[-1].payload != bytes([turn]) * 160:
                heard.append(await b.hear())
            if turn == 20:
                dying.send_signal(signal.SIGKILL)
                dying.wait()
            if turn == 40:
                await control.client.start()
    audio = [packet for packet in heard if packet.payload != b"\xff" * 160]
    assert [packet.payload[0] for packet in audio] == list(range(60))
    assert {packet.sequence - heard[0].sequence & 0xFFFF for packet in heard} == set(range(len(heard)))
    assert len({packet.ssrc for packet in heard}) == 1
    legs = {leg.leg_id: leg for leg in await control.client.list_legs()}
    assert (legs["a"].bridged_with, legs["a"].source, legs["a"].recording_id) == ("b", "bridge", "r")
    assert (legs["a"].port, legs["a"].remote.port, legs["a"].locked) == (a.to, a.port, (HOST, a.port))
    await control.client.stop_recording("r")
    recorded = [packet.payload[0] for packet in read_spool(config.runtime_dir / "r.spool")]
    assert recorded == list(range(60))
    assert (await control.client.close_leg("a")).packets_received == 60


async def test_events_wait_for_the_next_control(new_control, new_phone) -> None:
    first, phone = new_control(orphan_timeout_s=1.0), new_phone()
    await first.client.start()
    await connect(first, "a", phone)
    await first.client.close(stop_workers=False)
    phone.press("8")
    async with asyncio.timeout(DEADLINE_S):  # goodbye: the leg was released
        while not isinstance(
            parse_compound(await asyncio.get_running_loop().sock_recv(phone.rtcp, 2000))[-1], Goodbye
        ):
            pass
    second = new_control()
    await second.client.start()
    assert await second.event(DigitReceived) == DigitReceived("a", "8", 120)
    assert (await second.event(LegReleased)).leg_id == "a"
    assert await second.client.list_legs() == []


async def test_a_second_control_replaces_the_first(new_control) -> None:
    first, second = new_control(), new_control()
    await first.client.start()
    await first.client.open_leg("a")
    assert (
        len(await first.client.list_legs()) == 1
    )  # the worker has heard of it: what is told leaves in batches
    first.client._closing = True  # it hangs: it would come back otherwise
    await second.client.start()
    assert [leg.leg_id for leg in await second.client.list_legs()] == ["a"]


async def test_a_worker_that_dies_is_told_and_replaced(new_control, config) -> None:
    control = new_control()
    await control.client.start()
    await control.client.open_leg("a")
    os.kill(control.client._links[0].hello.pid, signal.SIGKILL)
    assert await control.event(WorkerLost) == WorkerLost(0, ("a",))
    assert await control.client.close_leg("a") == LegStatistics()
    async with asyncio.timeout(DEADLINE_S):
        while not control.client._links:
            await asyncio.sleep(0.01)
    await control.client.open_leg("a")


async def test_a_worker_that_nobody_needs_ends_itself(new_control, config) -> None:
    control = new_control(idle_exit_s=0.1)
    await control.client.start()
    pid = control.client._links[0].hello.pid
    await control.client.close(stop_workers=False)
    async with asyncio.timeout(DEADLINE_S):
        while socket_path(config, 0).exists():
            await asyncio.sleep(0.01)
        while Path(f"/proc/{pid}").exists():
            await asyncio.sleep(0.01)


async def test_terminated_workers_complete_their_recordings(new_control, new_phone, tmp_path) -> None:
    control, phone = new_control(), new_phone()
    await control.client.start()
    await connect(control, "a", phone)
    path = tmp_path / "r.spool"
    control.client.start_recording("r", "a", "none", path)
    await control.client.list_legs()
    phone.say(b"\x05" * 160)
    async with asyncio.timeout(DEADLINE_S):
        while (await control.client.list_legs())[0].statistics.packets_received < 2:
            pass
    os.kill(control.client._links[0].hello.pid, signal.SIGTERM)
    assert (await control.event(RecordingClosed)).reason == "legs closed"
    assert [packet.payload[0] for packet in read_spool(path)] == [5]
    await control.client.close()  # while the worker's successor is on its way up: it must not stay behind
    async with asyncio.timeout(DEADLINE_S):
        while socket_path(control.config, 0).exists():
            await asyncio.sleep(0.01)


async def test_the_runtime_folder_may_lie_deep(new_control, tmp_path) -> None:
    control = new_control(runtime_dir=tmp_path / ("d" * 100) / "run")
    await control.client.start()
    await control.client.open_leg("a")


async def test_only_one_worker_of_a_number(new_control, config, capsys) -> None:
    control = new_control()
    await control.client.start()
    options = msgspec.json.encode(config, enc_hook=str).decode()
    assert main(["--number=0", f"--config={options}"]) == 1
    assert f"another one holds {config.runtime_dir}/media-0.lock" in capsys.readouterr().err
