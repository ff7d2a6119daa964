"""What a leg in a conference costs: received, mixed and sent to, 50 packets a second each way.

    python -m bench.media_mix --legs 90 --size 3 --seconds 5

With `--codec G722` all are mixed at 16 kHz; with `--wide 2` that many of each conference, and the others are brought
up and down. Prints one JSON object, last line; `us_per_leg_frame` is the worker's CPU for one leg's 20 ms, both ways.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from bench.media_ends import MediaEnds
from telephony.media.client import MediaClient
from telephony.media.messages import Codec, MediaConfig, RemoteMedia


async def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """One worker, conferences of `size`, everybody talks; G.722 packets are as large and as many as those of G.711."""
    legs, size, wide = options.legs, options.size, options.wide
    codecs: list[Codec] = ["G722"] * wide + [options.codec] * (size - wide)
    config = MediaConfig(
        folder / "run", port_min=20000, port_max=39999, host="127.0.0.1", codecs=("PCMU", "G722")
    )
    client, ends = MediaClient(config, lambda _: None), MediaEnds(folder, sending=True)
    await client.start()
    try:
        for leg in range(legs):
            await client.open_leg(f"leg-{leg}")
            client.set_remote(
                f"leg-{leg}", RemoteMedia("127.0.0.1", ends.caller_port, codecs[leg % size], 0, 101)
            )
            client.join_conference(f"c{leg // size}", f"leg-{leg}", "caller")
        await asyncio.sleep(1.0)
        ends.count()
        before = await client.statistics()
        await asyncio.sleep(options.seconds)
        after = await client.statistics()
        heard = ends.report()
    finally:
        await client.close()
        ends.end()
    frames = after.packets_sent - before.packets_sent
    cpu_s = after.cpu_user_s + after.cpu_system_s - before.cpu_user_s - before.cpu_system_s
    return {
        "legs": legs,
        "size": size,
        "codecs": codecs,
        "us_per_leg_frame": round(1e6 * cpu_s / max(1, frames), 2),
        "frames": frames,
        "loss_pct": round(100 * heard["lost"] / max(1, heard["expected"]), 4),
        "pacing_ms": heard["pacing_ms"],
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Conferences: cost of a leg.")
    parser.add_argument("--legs", type=int, default=90)
    parser.add_argument("--size", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--codec", choices=("PCMU", "G722"), default="PCMU")
    parser.add_argument("--wide", type=int, default=0, help="legs of G.722 in each conference")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(asyncio.run(measure(options, Path(name)))))


if __name__ == "__main__":
    main()
