"""The worker's life, over loopback with the worker as a process: no stand-ins."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from telephony.media import worker
from telephony.media.messages import (
    DigitReceived,
    LegReleased,
)
from telephony.media.rtcp import Goodbye, parse_compound
from telephony.media.rtp import RtpPacket
from telephony.media.spool import read_spool
from telephony.media.worker import main, socket_path
from tests.telephony.media.worker_kit import DEADLINE_S, HOST, connect

CONTROL_THAT_DIES = """
import asyncio, sys
import msgspec
from pathlib import Path
from telephony.media.client import MediaClient
from telephony.media.messages import MediaConfig, RemoteMedia

async def main():
    ports = [int(port) for port in sys.argv[2:4]]
    low, high = int(sys.argv[4]), int(sys.argv[5])
    client = MediaClient(MediaConfig(Path(sys.argv[1]), port_min=low, port_max=high, host="127.0.0.1"), print)
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
    arguments = [str(each) for each in (config.runtime_dir, a.port, b.port, config.port_min, config.port_max)]
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


def test_a_worker_goes_first_as_far_as_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def refuse(*arguments: object) -> None:
        asked.append(arguments)
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", lambda *arguments: asked.append(arguments))
    monkeypatch.setattr(os, "setpriority", refuse)
    worker._go_first()
    assert [arguments[1] for arguments in asked] == [os.SCHED_RR]
    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    worker._go_first()  # neither is granted: it runs like any other process
    assert asked[-1] == (os.PRIO_PROCESS, 0, worker.NICENESS)
