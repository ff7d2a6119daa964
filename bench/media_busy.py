"""Many bridged calls on one worker while control and another worker are kept busy with new calls.

    python -m bench.media_busy --calls 400 --rate 100 --seconds 10

A server with the benchmark configuration takes `rate` calls a second of number 1001 from SIPp, on the same cores, and
the relay of `bench.media_relay` runs beside it. Loss and added jitter are the relay's, `completed` the server's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from bench.media_ends import HERE, build
from bench.media_relay import measure_ours
from bench.sip_load import Load, run
from tests.interop.kit.server import Server

BENCHMARK = HERE.parent / "callflows" / "examples" / "benchmark"
WARM_S = 2
"""What the relay takes to set up and to warm up."""


def measure(calls: int, rate: int, seconds: float, folder: Path) -> dict[str, Any]:
    """Both at once."""
    server = Server(BENCHMARK, folder / "server")
    try:
        return asyncio.run(_measure(server, calls, rate, seconds, folder))
    finally:
        server.end()


async def _measure(server: Server, calls: int, rate: int, seconds: float, folder: Path) -> dict[str, Any]:
    load = Load(rate, int(rate * (seconds + WARM_S)))
    busy = asyncio.create_task(asyncio.to_thread(run, load, server, folder / "sipp"))
    relay = await measure_ours(calls, seconds, build("media_load", folder), folder / "relay", record=False)
    outcome = await busy
    return {
        "calls": calls,
        "us": relay["us"],
        "loss_pct": relay["loss_pct"],
        "dropped": relay["dropped"],
        "jitter_ms": relay["jitter_ms"],
        "new_calls": load.calls,
        "completed": outcome.completed,
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Relaying while control is busy.")
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--rate", type=int, default=100, help="new calls a second")
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cordboard-bench-") as name:
        print(json.dumps(measure(options.calls, options.rate, options.seconds, Path(name))))


if __name__ == "__main__":
    main()
