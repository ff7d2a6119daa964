"""How many calls a second, at which cost: SIPp against a server on the benchmark configuration.

    python -m bench.sip_calls [--rate 400] [--dialogs 1000] [--long 100000]

Calls number 1001 (INVITE, 200, ACK, BYE) on loopback and free ports. In this order, each bounded in calls:

    memory      so many dialogs held up at once on a fresh server: what each adds to all its processes (PSS)
    cost        CPU of all processes of the server for a call, at a rate far from its peak
    peak        rising rates until two in a row are not clean; the highest clean one, run again for longer, is `cps`
    overload    twice the peak: what is still completed, what is refused with 503, which accepted calls fail
    long        (asked for) so many calls at half the peak, with memory before and after

Clean means: no failed and no refused call, and fewer than 0.1 % retransmissions. Prints what it does as it goes, and
one JSON object on the last line.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench.server_usage import Usage
from bench.sip_load import Load, Outcome, SippLoad, run
from tests.interop.kit.processes import ProcessFailed
from tests.interop.kit.server import Server

BENCHMARK = Path(__file__).resolve().parent.parent / "callflows" / "examples" / "benchmark"
FIRST_RATE, STEP, LAST_RATE = 300, 1.25, 4000
STEP_S, CONFIRM_S, OVERLOAD_S = 3, 8, 8
AFTERMATH_S = 60.0
WARM_UP = Load(rate=100, calls=200)


@dataclass(frozen=True)
class Peak:
    """The highest rate that was clean in a longer run, that run, and the most calls a second ever completed."""

    clean: Outcome
    completed: float


class Bench:
    """One server, and the loads it gets one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self.server = Server(BENCHMARK, folder)
        self.load(WARM_UP)

    def load(self, load: Load) -> Outcome:
        """One load, told on standard error."""
        outcome = run(load, self.server, self._folder / f"load{next(self._numbers)}")
        sys.stderr.write(
            f"{load.rate:5d} calls/s for {load.calls} calls: completed {outcome.completed}, refused {outcome.refused},"
            f" failed {outcome.failed}, retransmissions {outcome.retransmissions};"
            f" {outcome.cpu_ms_per_call:.2f} ms a call\n"
        )
        return outcome

    def cost_ms(self, rate: int, runs: int = 3) -> float:
        """CPU for each call: the median of some runs."""
        return statistics.median(self.load(Load(rate, 4 * rate)).cpu_ms_per_call for _ in range(runs))

    def peak(self) -> Peak:
        """Rise until two rates in a row are not clean; then find the highest that is clean for longer."""
        clean, completed, misses, rate = [FIRST_RATE // 2], 0.0, 0, float(FIRST_RATE)
        while misses < 2 and rate <= LAST_RATE:
            outcome = self.load(Load(int(rate), int(rate) * STEP_S))
            completed = max(completed, outcome.completed_a_second)
            misses = 0 if outcome.clean else misses + 1
            if outcome.clean:
                clean.append(int(rate))
            rate *= STEP
        for candidate in reversed(clean):
            outcome = self.load(Load(candidate, candidate * CONFIRM_S))
            completed = max(completed, outcome.completed_a_second)
            if outcome.clean:
                break
        return Peak(outcome, completed)

    def kb_per_dialog(self, dialogs: int) -> float:
        """What `dialogs` calls held up at once add to the memory of all processes, divided by their number."""
        before = Usage.read(self.server).proportional_kb
        load = Load(rate=200, calls=dialogs, hold_ms=1000 * (dialogs // 200 + 8))
        sipp = SippLoad(load, self.server.sip_port, self._folder / "held")
        try:
            self.server.wait_until(
                lambda: self.server.snapshot()["server"]["calls_now"] >= dialogs,
                60,
                f"{dialogs} calls at once",
            )
            added = Usage.read(self.server).proportional_kb - before
            sipp.wait(sipp.longest_s)
        finally:
            sipp.end()
        self.server.wait_idle()
        return added / dialogs


def measure(arguments: argparse.Namespace, bench: Bench) -> dict[str, object]:
    """Everything, in order."""
    kb_per_dialog = bench.kb_per_dialog(arguments.dialogs)
    cost_ms = bench.cost_ms(arguments.rate)
    peak = bench.peak()
    offered = int(2 * peak.completed)
    over = bench.load(Load(offered, offered * OVERLOAD_S))
    result: dict[str, object] = {
        "cps": peak.clean.load.rate if peak.clean.clean else 0,
        "failed": peak.clean.failed,
        "retransmissions": peak.clean.retransmissions,
        "cpu_ms_per_call": round(cost_ms, 3),
        "overload": {
            "offered_cps": round(over.offered_a_second),
            "completed_cps": round(over.completed_a_second),
            "peak_cps": round(peak.completed),
            "failed_accepted": over.failed_accepted,
        },
        "kb_per_dialog": round(kb_per_dialog, 1),
    }
    if arguments.long:
        result["long"] = endure(bench, arguments.long, peak)
    return result


def endure(bench: Bench, calls: int, peak: Peak) -> dict[str, object]:
    """Many calls at half the peak, in tenths: memory and cost must stay flat."""
    rate = max(50, int(peak.completed / 2))
    kb, cost_ms, failed = [], [], 0
    for _ in range(10):
        outcome = bench.load(Load(rate, calls // 10))
        failed += outcome.failed
        cost_ms.append(round(outcome.cpu_ms_per_call, 3))
        time.sleep(1)
        kb.append(Usage.read(bench.server).proportional_kb)
    return {"calls": calls, "rate": rate, "failed": failed, "memory_kb": kb, "cpu_ms_per_call": cost_ms}


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Calls a second, and what each costs the server.")
    add = parser.add_argument
    add("--rate", type=int, default=400, help="calls a second at which CPU is measured")
    add("--dialogs", type=int, default=1000, help="calls held up at once to measure memory")
    add("--long", type=int, default=0, help="then so many calls more, to see that nothing grows")
    return parser.parse_args()


def main() -> int:
    """Start a server, measure, end it, print."""
    if shutil.which("sipp") is None:
        sys.stderr.write("SIPp is needed (Debian: apt-get install sip-tester)\n")
        return 1
    arguments, folder = read_arguments(), Path(tempfile.mkdtemp(prefix="cordboard-bench-"))
    try:
        bench = Bench(folder)
    except ProcessFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    try:
        result = measure(arguments, bench)
        bench.server.wait_idle(AFTERMATH_S)
        bench.server.stop()
    except ProcessFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        bench.server.end()
    shutil.rmtree(folder)
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
