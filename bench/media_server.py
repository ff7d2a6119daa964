"""What a second of call costs the whole server: SIPp signals, C ends send and receive 50 packets a second each.

    python -m bench.media_server --calls 50 --seconds 10

On the benchmark configuration, number by number: so many calls are set up, all processes of the server are weighed
while they are up, and the calls end. `cpu_ms_per_call_second` is the CPU of all processes while nothing is set up or
torn down. Then as many calls are up, each for a second only: `setup_ms` is what a second of that costs beyond a second
of the other, divided by the calls set up and torn down in it (for 1000 it holds the prompt, for 2000 the making of the
recording's file). `ramp_ms` is the same as the first run has it, 20 calls a second on a machine with little to do: what
the whole run cost beyond its calls' seconds, divided by the calls; each wake-up finds cold caches then.
`first_audio_ms` is from SIPp's 200 of the agent to the first packet of that agent at the caller. Prints one JSON
object, last line.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.media_ends import HERE, MediaEnds
from bench.server_usage import Usage
from tests.interop.kit.ports import LOOPBACK, free_port
from tests.interop.kit.processes import ProcessFailed, RunningProcess
from tests.interop.kit.server import Server
from tests.interop.kit.software import require_program

BENCHMARK = HERE.parent / "callflows" / "examples" / "benchmark"
NUMBERS = ("1000", "2001", "2000")
RATE = 20
SETTLE_S = 1.5
TALK_S = 1.0  # of the calls whose set-up is weighed
PATIENCE_S = 40.0


def sipp(name: str, folder: Path, scenario: str, audio_port: int, *more: str) -> RunningProcess:
    """SIPp with a scenario whose media port is somebody else's."""
    return RunningProcess(
        name,
        [
            require_program("sipp"), "-sf", str(HERE / "scenarios" / scenario), "-i", LOOPBACK, "-nostdin",
            "-key", "audio_port", str(audio_port), "-buff_size", "4194304", *more,
        ],
        folder,
    )  # fmt: skip


class Bench:
    """A server, its agents, and the ends of all calls."""

    def __init__(self, folder: Path, agents: int) -> None:
        self._folder = folder
        agent_port = free_port()
        environment = {"CORDBOARD_AGENT_PORT": str(agent_port), "CORDBOARD_AGENT_COUNT": str(agents)}
        self.ends = MediaEnds(folder, sending=True)
        self.agents = sipp(
            "agents", folder / "agents", "media_agent.xml", self.ends.agent_port,
            "-p", str(agent_port), "-trace_shortmsg", "-shortmessage_file", "messages.csv",
        )  # fmt: skip
        self.server = Server(BENCHMARK, folder, environment)

    def close(self) -> None:
        """End everything."""
        self.server.end()
        self.agents.end()
        self.ends.end()

    @contextmanager
    def calls(
        self, name: str, number: str, calls: int, rate: int, hold_s: float, *, of: int = 0
    ) -> Iterator[RunningProcess]:
        """So many callers of a number at once, each up for `hold_s`; `of` so many in all, if more."""
        process = sipp(
            name, self._folder / name, "media_call.xml", self.ends.caller_port,
            f"{LOOPBACK}:{self.server.sip_port}", "-s", number, "-r", str(rate), "-l", str(calls),
            "-m", str(of or calls), "-d", str(round(1000 * hold_s)), "-p", str(free_port()),
        )  # fmt: skip
        try:
            yield process
        finally:
            process.end()

    def cost(self, number: str, calls: int, seconds: float) -> dict[str, Any]:
        """Set up, weigh, tear down; after two calls that start whatever is started once (the recordings' process)."""
        with self.calls(f"warm-{number}", number, 2, 2, 0.5) as callers:
            callers.wait(PATIENCE_S)
        self._wait_done()
        ramp_s = calls / RATE
        before, began = Usage.read(self.server), time.monotonic()
        hold_s = ramp_s + SETTLE_S + seconds + 2
        with self.calls(f"cost-{number}", number, calls, RATE, hold_s) as callers:
            self._wait_up(callers, calls, ramp_s + 20)
            time.sleep(SETTLE_S)
            self.ends.count()
            first, from_s = Usage.read(self.server), time.monotonic()
            time.sleep(seconds)
            last, to_s = Usage.read(self.server), time.monotonic()
            heard = self.ends.report()
            failed = callers.wait(hold_s + PATIENCE_S)
        self._wait_done()
        whole_s = Usage.read(self.server).cpu_s - before.cpu_s
        rate_s = (last.cpu_s - first.cpu_s) / (to_s - from_s)  # CPU seconds a second with all calls up
        return {
            "calls": calls,
            "cpu_ms_per_call_second": round(1000 * rate_s / calls, 3),
            "media_ms_per_call_second": round(
                1000 * (last.media_s - first.media_s) / (to_s - from_s) / calls, 3
            ),
            "ramp_ms": round(1000 * (whole_s - rate_s * hold_s) / calls, 2),
            "failed": failed,
            "packets_received": heard["received"],
            "loss_pct": round(100 * heard["lost"] / max(1, heard["expected"]), 4),
            "jitter_ms": heard["way_ms"] if heard["bridged"] else None,
            "seconds": round(time.monotonic() - began, 1),
        }

    def setup_ms(self, number: str, calls: int, seconds: float, steady: float) -> float:
        """CPU for each call set up and torn down, beyond that of `calls` that are up (`steady`, CPU s a second)."""
        rate = round(calls / TALK_S)
        many = round(rate * (seconds + 2 * TALK_S + SETTLE_S))
        with self.calls(f"setup-{number}", number, 2 * calls, rate, TALK_S, of=many) as callers:
            time.sleep(TALK_S + SETTLE_S)
            first, from_s = Usage.read(self.server), time.monotonic()
            time.sleep(seconds)
            last, to_s = Usage.read(self.server), time.monotonic()
            callers.wait(PATIENCE_S)
        self._wait_done()
        return 1000 * ((last.cpu_s - first.cpu_s) / (to_s - from_s) - steady) / rate

    def first_audio_ms(self, number: str, calls: int = 8) -> dict[str, float] | None:
        """From the agent's 200 to his first packet at the caller, one call after the other."""
        known = len(self._answers())
        self.ends.count()
        with self.calls(f"first-{number}", number, calls, 2, 1.0) as callers:
            callers.wait(calls / 2 + PATIENCE_S)
        self.server.wait_idle()
        answers, first = self._answers()[known:], sorted(self.ends.report()["first"])[-calls:]
        if len(answers) != len(first):
            sys.stderr.write(f"{number}: {len(answers)} answers, but audio at {len(first)} callers\n")
            return None
        waits = sorted(1000 * (heard - said) for said, heard in zip(answers, first, strict=True))
        return {"median": round(statistics.median(waits), 1), "max": round(waits[-1], 1)}

    def _wait_done(self) -> None:
        """Calls over, and recordings made into files."""
        self.server.wait_idle()
        deadline = time.monotonic() + PATIENCE_S
        while any((self.server.data / "spool").glob("*.spool")):
            if time.monotonic() > deadline:
                raise ProcessFailed("recordings were not made into files")
            time.sleep(0.1)

    def _wait_up(self, callers: RunningProcess, calls: int, patience_s: float) -> None:
        """By what the ends hear: asking the server would cost the server."""
        deadline = time.monotonic() + patience_s
        while (up := self.ends.report()["callers"]) < calls:
            if time.monotonic() > deadline or callers.exit_code is not None:
                raise ProcessFailed(f"{up} of {calls} calls came up\n{callers.tail()}")
            time.sleep(0.1)

    def _answers(self) -> list[float]:
        """When the agents' SIPp sent its 200s for an INVITE, in seconds since 1970."""
        log = self._folder / "agents" / "messages.csv"
        found = []
        for line in log.read_text().splitlines() if log.exists() else ():
            _, _, said_at, way, _, sequence, first_line = line.split("\t")[:7]
            if way == "S" and sequence == "CSeq:1 INVITE" and first_line.startswith("SIP/2.0 200"):
                found.append(float(said_at))
        return found


def measure(folder: Path, calls: int, seconds: float) -> dict[str, Any]:
    """All numbers in turn, on one server."""
    bench = Bench(folder, agents=calls + 20)
    try:
        result: dict[str, Any] = {}
        for number in NUMBERS:
            try:
                result[number] = bench.cost(number, calls, seconds)
            except (
                ProcessFailed
            ) as error:  # calls were refused: the machine was too busy to say what they cost
                result[number] = {"calls": calls, "reason": str(error).splitlines()[0]}
                continue
            if number != "1000":
                result[number]["first_audio_ms"] = bench.first_audio_ms(number)
        # Last: the ports of so many short calls are used again, and the ends no longer tell whose first packet it was.
        for number, figures in result.items():
            if "reason" not in figures:
                steady = calls * figures["cpu_ms_per_call_second"] / 1000
                figures["setup_ms"] = round(bench.setup_ms(number, calls, seconds, steady), 2)
    finally:
        bench.close()
    return result


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="CPU of the whole server for a second of call.")
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cordboard-bench-") as name:
        print(json.dumps(measure(Path(name), options.calls, options.seconds)))


if __name__ == "__main__":
    main()
