"""What a relayed packet costs Debian's rtpengine without its kernel module, under the load of `bench.media_relay`.

It is driven by our own client (`telephony.media.rtpengine`), as a server with `media: engine: rtpengine` would, with
one relaying thread. CPU is its process's user and system time, from /proc.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

from bench.media_relay import Load, summary
from telephony.media.messages import RemoteMedia
from telephony.media.rtpengine.client import RtpengineClient, RtpengineConfig
from tests.interop.kit.rtpengine import Rtpengine

TICKS = os.sysconf("SC_CLK_TCK")
HERE = "127.0.0.1"


def is_installed() -> bool:
    return shutil.which("rtpengine") is not None


async def measure(calls: int, seconds: float, load: Path, folder: Path) -> dict[str, Any]:
    """The same N bridged calls."""
    folder.mkdir(exist_ok=True)
    media_ports = 16 * calls  # each leg is offered with a stand-in first, which has ports too
    rtpengine = await asyncio.to_thread(Rtpengine, folder / "rtpengine", media_ports=media_ports)
    config = RtpengineConfig((HERE, rtpengine.port), (HERE, rtpengine.digits), folder / "wav", "bench")
    client = RtpengineClient(config, lambda _: None)
    try:
        await client.start()
        return await _measure(client, rtpengine, calls, seconds, load)
    finally:
        await client.close()
        rtpengine.end()


async def _measure(
    client: RtpengineClient, rtpengine: Rtpengine, calls: int, seconds: float, load: Path
) -> dict[str, Any]:
    pairs = []
    for call in range(calls):
        caller = await client.open_leg(f"caller-{call}")
        agent = await client.open_leg(f"agent-{call}", near=f"caller-{call}")
        pairs.append((caller.port, agent.port))
    generator = Load(load, seconds, pairs)
    for call, (port_a, port_b) in enumerate(generator.ports):
        for name, port in (("caller", port_a), ("agent", port_b)):
            client.set_remote(f"{name}-{call}", RemoteMedia(HERE, port, "PCMU", 0, 101))
        client.bridge(f"caller-{call}", f"agent-{call}")
    before_s, relayed = _cpu_s(rtpengine.pid), await client.statistics()
    result = await asyncio.to_thread(generator.result)
    cpu_s = _cpu_s(rtpengine.pid) - before_s
    packets = (await client.statistics()).packets_received - relayed.packets_received
    return summary(result, cpu_s, packets or result["received"])


def _cpu_s(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / TICKS
