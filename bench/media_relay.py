"""What a relayed packet costs, and what the relay adds to its way.

    python -m bench.media_relay --calls 100 --seconds 20 [--record] [--with-c]

N bridged calls, 20 ms PCMU in both directions, over loopback; the load generator is a process of its own,
compiled from media_load.c. Prints one JSON object, last line. `us` is CPU time (user and system) of the worker
a packet that it received, from the worker's own rusage. With --with-c the minimal relay of media_c_relay.c
carries the same load in turn with ours, and the ratio of both is printed. On a machine that has other things to
do, several short rounds tell more than one long one.
"""

import argparse
import asyncio
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bench.media_ends import build
from telephony.media.client import MediaClient
from telephony.media.messages import LocalMedia, MediaConfig, RemoteMedia, WorkerStatistics

Pair = tuple[int, int]


class Load:
    """The generator's process: told the relay's ports, it says its own; `run` lets it send."""

    def __init__(self, program: Path, seconds: float, ports: list[Pair]) -> None:
        self._process = subprocess.Popen(
            [program, str(seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("".join(f"{a} {b}\n" for a, b in ports))
        self._process.stdin.close()
        self.ports = read_ports(self._process.stdout)

    def result(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self._process.stdout.close()
        self._process.wait()
        answer: dict[str, Any] = json.loads(line)
        return answer


def read_ports(stream: Any) -> list[Pair]:
    ports = []
    while (line := stream.readline().strip()) != "ready":
        a, b = line.split()
        ports.append((int(a), int(b)))
    return ports


def summary(load: dict[str, Any], cpu_s: float, packets: int) -> dict[str, Any]:
    lost = load["sent"] - load["received"]
    return {
        "us": round(1e6 * cpu_s / packets, 2),
        "packets": packets,
        "loss_pct": round(100 * lost / load["sent"], 4),
        "wrong": load["wrong"],
        "jitter_ms": load["jitter_ms"],
    }


async def measure_ours(
    calls: int, seconds: float, load: Path, folder: Path, *, record: bool
) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    config = MediaConfig(folder / "run", port_min=20000, port_max=49999, host="127.0.0.1")
    client = MediaClient(config, lambda _: None)
    await client.start()
    empty = await client.statistics()
    locals_: list[tuple[LocalMedia, LocalMedia]] = []
    for call in range(calls):
        caller = await client.open_leg(f"caller-{call}")
        locals_.append((caller, await client.open_leg(f"agent-{call}", near=f"caller-{call}")))
    generator = Load(load, seconds, [(a.port, b.port) for a, b in locals_])
    for call, (port_a, port_b) in enumerate(generator.ports):
        for name, port in (("caller", port_a), ("agent", port_b)):
            client.set_remote(f"{name}-{call}", RemoteMedia("127.0.0.1", port, "PCMU", 0, 101))
        client.bridge(f"caller-{call}", f"agent-{call}")
        if record:
            spool = folder / f"{call}.spool"
            client.start_recording(f"r{call}", f"caller-{call}", f"agent-{call}", spool)
    before = await client.statistics()
    result = await asyncio.to_thread(generator.result)
    after = await client.statistics()
    cpu_s = cpu(after) - cpu(before)
    ours = summary(result, cpu_s, after.packets_received - before.packets_received)
    ours |= {
        "user_us": round(1e6 * (after.cpu_user_s - before.cpu_user_s) / ours["packets"], 2),
        "dropped": after.packets_dropped,
        "spool_dropped": after.spool_dropped,
        "resident_mb": round(after.resident_bytes / 2**20, 1),
        "kb_per_leg": round((after.resident_bytes - empty.resident_bytes) / 1024 / (2 * calls), 1),
    }
    await client.close()
    return ours


def cpu(statistics: WorkerStatistics) -> float:
    return statistics.cpu_user_s + statistics.cpu_system_s


def measure_c(calls: int, seconds: float, load: Path, relay: Path) -> dict[str, Any]:
    process = subprocess.Popen([relay, str(calls)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    generator = Load(load, seconds, read_ports(process.stdout))
    process.stdin.write("".join(f"{a} {b}\n" for a, b in generator.ports))
    process.stdin.close()
    result = generator.result()
    process.terminate()
    packets, cpu_s = process.stdout.readline().split()
    process.stdout.close()
    process.wait()
    return summary(result, float(cpu_s), int(packets))


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=1, help="all in turn; the median round counts")
    parser.add_argument("--record", action="store_true", help="the same again with every call recorded")
    parser.add_argument("--with-c", action="store_true")
    options = parser.parse_args()
    rounds: dict[str, list[dict[str, Any]]] = {"relay": [], "recorded": [], "c": []}
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            load = build("media_load", folder)
            calls, seconds = options.calls, options.seconds
            rounds["relay"].append(await measure_ours(calls, seconds, load, folder, record=False))
            if options.record:
                rounds["recorded"].append(await measure_ours(calls, seconds, load, folder, record=True))
            if options.with_c:
                rounds["c"].append(measure_c(calls, seconds, load, build("media_c_relay", folder)))
    answer: dict[str, Any] = {"calls": options.calls}
    answer |= {name: middle(found) for name, found in rounds.items() if found}
    for name, base in (("relay", "c"), ("recorded", "relay")):
        if name in answer and base in answer:
            answer[f"ratio_{name}_{base}"] = round(answer[name]["us"] / answer[base]["us"], 3)
    answer["us_of_rounds"] = {name: [one["us"] for one in found] for name, found in rounds.items() if found}
    print(json.dumps(answer))


def middle(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """The round with the median cost."""
    return sorted(rounds, key=lambda one: float(one["us"]))[len(rounds) // 2]


if __name__ == "__main__":
    asyncio.run(main())
