"""What playing a prompt to many legs of one worker costs, and how evenly its packets leave.

    python -m bench.media_play --legs 1000 --seconds 10

`pacing_ms` is how late packets arrive for their RTP timestamps, by the kernel's receive time stamps, against the
earliest packet of the same leg. Prints one JSON object, last line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bench.media_ends import MediaEnds
from telephony.media.client import MediaClient
from telephony.media.g711 import linear_to_ulaw
from telephony.media.messages import MediaConfig, RemoteMedia

RAMP_S = 1.0


def tone(folder: Path, seconds: float = 7.3) -> Path:
    """A prompt of no whole number of frames, so that its loop crosses a border."""
    at = np.arange(int(8000 * seconds))
    path = folder / "tone.ulaw"
    path.write_bytes(linear_to_ulaw((8000 * np.sin(2 * np.pi * 440 * at / 8000)).astype(np.int16)))
    return path


async def measure(legs: int, seconds: float, folder: Path) -> dict[str, Any]:
    """One worker, one prompt in a loop on every leg."""
    config = MediaConfig(folder / "run", port_min=20000, port_max=39999, host="127.0.0.1")
    client, ends = MediaClient(config, lambda _: None), MediaEnds(folder, sending=False)
    await client.start()
    empty = await client.statistics()
    try:
        prompt = tone(folder)
        for leg in range(legs):
            await client.open_leg(f"leg-{leg}")
            client.set_remote(f"leg-{leg}", RemoteMedia("127.0.0.1", ends.caller_port, "PCMU", 0, 101))
            client.play(f"leg-{leg}", "p", [prompt], loop=True)
        await asyncio.sleep(RAMP_S)
        ends.count()
        before = await client.statistics()
        await asyncio.sleep(seconds)
        after = await client.statistics()
        heard = ends.report()
    finally:
        await client.close()
        ends.end()
    packets = after.packets_sent - before.packets_sent
    cpu_s = after.cpu_user_s + after.cpu_system_s - before.cpu_user_s - before.cpu_system_s
    return {
        "legs": legs,
        "us": round(1e6 * cpu_s / packets, 2),
        "user_us": round(1e6 * (after.cpu_user_s - before.cpu_user_s) / packets, 2),
        "packets": packets,
        "loss_pct": round(100 * heard["lost"] / max(1, heard["expected"]), 4),
        "pacing_ms": heard["pacing_ms"],
        "late_ticks": after.late_ticks - before.late_ticks,
        "kb_per_leg": round((after.resident_bytes - empty.resident_bytes) / 1024 / legs, 1),
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Playback: cost and pacing.")
    parser.add_argument("--legs", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(asyncio.run(measure(options.legs, options.seconds, Path(name)))))


if __name__ == "__main__":
    main()
