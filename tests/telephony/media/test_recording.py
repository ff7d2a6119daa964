"""Recordings, over loopback with the worker as a process: no stand-ins."""

import asyncio
import os
import signal

from telephony.media.messages import (
    RecordingClosed,
)
from telephony.media.spool import read_spool
from telephony.media.worker import socket_path
from tests.telephony.media.worker_kit import DEADLINE_S, connect


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
