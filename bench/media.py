"""The media plane in one run: `make bench-media`.

    python -m bench.media [--calls 100] [--seconds 20] [--legs 1000] [--server-calls 50] [--rounds 1]

    relay      N bridged calls, 20 ms PCMU both ways: CPU a packet of our worker, of the minimal C relay compiled on
               the spot, and of rtpengine in userspace where it is installed; loss and added jitter at the receivers
    recorded   the same with every call spooled; `ratio_relay` against our own relaying
    busy       many bridged calls on one worker while a server on the same cores takes 100 new calls a second
    playback   one prompt to many legs of one worker: CPU a packet, pacing error at the receivers
    server     the whole server on callflows/examples/benchmark, by number

All on loopback, one after the other; the JSON object is the last line. A figure that could not be had is null and
`reason` says why. `machine` tells how late a plain C program wakes from 1 ms of sleep on this machine now: no pacing
figure can be better than that.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import media_busy, media_play, media_rtpengine, media_server
from bench.media_ends import build
from bench.media_relay import measure_c, measure_ours, middle

Figures = dict[str, Any]


def relays(options: argparse.Namespace, folder: Path) -> dict[str, list[Figures]]:
    """Ours, recorded, C, rtpengine: in turn, so that all see the same machine."""
    found: dict[str, list[Figures]] = {"ours": [], "recorded": [], "c": [], "rtpengine": []}
    for turn in range(options.rounds):
        here = folder / str(turn)
        here.mkdir()
        load, relay = build("media_load", here), build("media_c_relay", here)
        calls, seconds = options.calls, options.seconds
        for name, record in (("ours", False), ("recorded", True)):
            figures = asyncio.run(measure_ours(calls, seconds, load, here / name, record=record))
            found[name].append(tell(f"relay {name}", figures))
        found["c"].append(tell("relay c", measure_c(calls, seconds, load, relay)))
        if media_rtpengine.is_installed():
            figures = asyncio.run(media_rtpengine.measure(calls, seconds, load, here / "rtpengine"))
            found["rtpengine"].append(tell("relay rtpengine", figures))
    return found


def relay_section(found: dict[str, list[Figures]]) -> tuple[Figures, Figures]:
    """`relay` and `recorded` of the answer; the round with the median cost counts."""
    ours, recorded, c = (middle(found[name]) for name in ("ours", "recorded", "c"))
    rtpengine = middle(found["rtpengine"]) if found["rtpengine"] else None
    relay = {
        "ours_us": ours["us"],
        "c_us": c["us"],
        "rtpengine_us": rtpengine["us"] if rtpengine is not None else None,
        "ratio_c": round(ours["us"] / c["us"], 3),
        "loss_pct": ours["loss_pct"],
        "jitter_ms": ours["jitter_ms"],
        "c_jitter_ms": c["jitter_ms"],
        "kb_per_leg": ours["kb_per_leg"],
    }
    if rtpengine is None:
        relay["reason"] = "rtpengine is not installed (Debian: apt-get install rtpengine-daemon)"
    else:
        relay |= {"ratio_rtpengine": round(ours["us"] / rtpengine["us"], 3)}
        relay |= {f"rtpengine_{name}": rtpengine[name] for name in ("loss_pct", "jitter_ms")}
    return relay, {
        "ours_us": recorded["us"],
        "ratio_relay": round(recorded["us"] / ours["us"], 3),
        "ratio_c": round(recorded["us"] / c["us"], 3),
        "loss_pct": recorded["loss_pct"],
        "spool_dropped": recorded["spool_dropped"],
        "jitter_ms": recorded["jitter_ms"],
    }


def server_section(options: argparse.Namespace, folder: Path) -> Figures:
    """By number; without SIPp there is nobody to call."""
    if shutil.which("sipp") is None:
        reason = "SIPp is needed (Debian: apt-get install sip-tester)"
        return dict.fromkeys(media_server.NUMBERS) | {"reason": reason}
    return media_server.measure(folder, options.server_calls, options.server_seconds)


def busy_section(options: argparse.Namespace, folder: Path) -> Figures | None:
    """Without SIPp there is nobody to keep control busy."""
    if shutil.which("sipp") is None:
        return None
    return media_busy.measure(options.busy_calls, options.busy_rate, options.seconds / 2, folder)


def machine(folder: Path) -> Figures:
    """How late a C program wakes here."""
    said = subprocess.run([build("media_wake", folder)], capture_output=True, check=True, text=True).stdout
    answer: Figures = json.loads(said)
    return answer


def tell(what: str, figures: Figures) -> Figures:
    """On standard error, as it comes."""
    sys.stderr.write(f"{what}: {json.dumps(figures)}\n")
    return figures


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="The media plane in one run.")
    add = parser.add_argument
    add("--calls", type=int, default=100, help="bridged calls for relay and recorded")
    add("--seconds", type=float, default=20, help="of each relay run and of playback")
    add("--rounds", type=int, default=1, help="of the relay runs, in turn; the median counts")
    add("--busy-calls", type=int, default=400, help="bridged calls beside a busy control")
    add("--busy-rate", type=int, default=100, help="new calls a second that keep it busy")
    add("--legs", type=int, default=1000, help="that hear a prompt")
    add("--server-calls", type=int, default=50)
    add("--server-seconds", type=float, default=10)
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    options = read_arguments()
    with tempfile.TemporaryDirectory(prefix="cordboard-bench-") as name:
        folder = Path(name)
        for part in ("busy", "play", "server"):
            (folder / part).mkdir()
        wakes = tell("machine", machine(folder))
        relay, recorded = relay_section(relays(options, folder))
        busy = tell("busy", busy_section(options, folder / "busy") or {})
        playback = tell(
            "playback", asyncio.run(media_play.measure(options.legs, options.seconds, folder / "play"))
        )
        server = tell("server", server_section(options, folder / "server"))
    answer = {
        "relay": relay,
        "recorded": recorded,
        "busy": busy or None,
        "playback": playback,
        "server": server,
        "machine": wakes,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
