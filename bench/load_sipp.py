"""Load from outside: SIPp calls the benchmark configuration at a rate; calls are counted, the server's CPU
is read.

    python -m bench.load_sipp --number 1001 --rate 50 --calls 1000 --hold-ms 5000

Numbers 1000 and 1001 need a caller alone; 2000 and 2001 get SIPp agents too. `--audio` lets callers (and
agents) stream a tone the whole time, which is what loads the media workers; without it the calls are
silent. Prints one JSON object. CPU is user plus system time of the server's processes between the first
call and the last, from /proc, in seconds and in percent of one core.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.server_usage import Usage
from tests.interop.kit.ports import free_port
from tests.interop.kit.processes import ProcessFailed
from tests.interop.kit.server import Server
from tests.interop.kit.sipp import Sipp, SippOrder

BENCHMARK = Path(__file__).resolve().parent.parent / "callflows" / "examples" / "benchmark"
WITH_AGENTS = ("2000", "2001")


@dataclass(frozen=True)
class Load:
    """What to do to the server."""

    number: str
    rate: float
    calls: int
    hold_ms: int
    audio: bool


@dataclass(frozen=True)
class Result:
    """What came of it."""

    number: str
    calls: int
    successful: int
    failed: int
    retransmissions: int
    rate: float
    seconds: float
    control_cpu_percent: float
    media_cpu_percent: float
    other_cpu_percent: float
    server_resident_kb: int
    server_processes: int
    media_packets_lost: int


def run(load: Load, server: Server, folder: Path, agent_port: int) -> Result:
    """Call the server `load.calls` times; agents first where the number needs them."""
    at_once = math.ceil(load.rate * (load.hold_ms / 1000 + 5))
    timeout_s = load.calls / load.rate + load.hold_ms / 1000 + 60
    agents = None
    if load.number in WITH_AGENTS:
        scenario = "agent-answers-and-talks" if load.audio else "agent-answers-and-is-silent"
        agents = Sipp(
            SippOrder(scenario, calls=load.calls, port=agent_port, timeout_s=timeout_s, trace=False),
            folder / "agents",
        )
    before, started = Usage.read(server), time.monotonic()
    scenario = "caller-talks-then-hangs-up" if load.audio else "caller-is-silent-then-hangs-up"
    callers = Sipp(
        SippOrder(
            scenario,
            calls=load.calls,
            remote=server.sip_port,
            number=load.number,
            at_once=at_once,
            per_second=load.rate,
            talk_ms=load.hold_ms,
            timeout_s=timeout_s,
            trace=False,
        ),
        folder / "callers",
    )
    try:
        callers.wait(timeout_s + 30)
        seconds = time.monotonic() - started
        after = Usage.read(server)
    finally:
        callers.end()
        if agents is not None:
            agents.end()
    return _result(load, callers.statistics(), before, after, seconds, server)


def _result(
    load: Load, statistics: dict[str, str], before: Usage, after: Usage, seconds: float, server: Server
) -> Result:
    def percent(before_s: float, after_s: float) -> float:
        return round(100 * (after_s - before_s) / seconds, 1)

    return Result(
        number=load.number,
        calls=load.calls,
        successful=int(statistics["SuccessfulCall(C)"]),
        failed=int(statistics["FailedCall(C)"]),
        retransmissions=int(statistics["Retransmissions(C)"]),
        rate=load.rate,
        seconds=round(seconds, 2),
        control_cpu_percent=percent(before.control_s, after.control_s),
        media_cpu_percent=percent(before.media_s, after.media_s),
        other_cpu_percent=percent(before.other_s, after.other_s),
        server_resident_kb=after.resident_kb,
        server_processes=after.processes,
        media_packets_lost=server.snapshot()["server"]["media_packets_lost"],
    )


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Load the benchmark configuration with SIPp.")
    add = parser.add_argument
    add("--number", default="1001", choices=("1000", "1001", "2000", "2001"))
    add("--rate", type=float, default=20.0, help="new calls a second")
    add("--calls", type=int, default=200)
    add("--hold-ms", type=int, default=2000, help="how long a call lasts after its answer")
    add("--audio", action="store_true", help="stream a tone the whole time")
    return parser.parse_args()


def main() -> int:
    """Start a server, load it, end it, print."""
    if shutil.which("sipp") is None:
        sys.stderr.write("SIPp is needed (Debian: apt-get install sip-tester)\n")
        return 1
    arguments = read_arguments()
    load = Load(arguments.number, arguments.rate, arguments.calls, arguments.hold_ms, arguments.audio)
    folder, agent_port = Path(tempfile.mkdtemp(prefix="cordboard-load-")), free_port()
    try:
        server = Server(BENCHMARK, folder, {"CORDBOARD_AGENT_PORT": str(agent_port)})
    except ProcessFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    try:
        result = run(load, server, folder, agent_port)
        server.stop()
    finally:
        server.end()
    print(json.dumps(asdict(result)))
    return 0 if result.failed == 0 and result.successful == load.calls else 1


if __name__ == "__main__":
    sys.exit(main())
