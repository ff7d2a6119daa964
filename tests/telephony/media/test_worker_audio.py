"""What phones hear and say, over loopback with the worker as a process: no stand-ins."""

import asyncio
import random
from dataclasses import replace

import numpy as np
import pytest

from bench.made_audio import as_samples, dtmf
from telephony.media.dtmf import TelephoneEvent
from telephony.media.g711 import ULAW_TO_LINEAR, linear_to_ulaw
from telephony.media.messages import (
    DigitReceived,
    DigitStarted,
    LegStatistics,
    PlaybackFinished,
    RtpTimeout,
    SilenceHeard,
)
from telephony.media.rtcp import Goodbye, SenderReport, parse_compound
from telephony.media.rtp import RtpPacket
from tests.telephony.media.worker_kit import AUDIO, DEADLINE_S, HOST, connect


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


@pytest.mark.alone
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
