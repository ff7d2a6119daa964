"""One bounded load of INVITE-200-ACK-BYE calls by SIPp, and what came of it.

SIPp runs once per load: so many calls, at such a rate, each up for so long, all on loopback and from one UDP
port. What it counts is read from its own statistics; what the server paid, from the operating system.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from bench.server_usage import Usage
from tests.interop.kit.ports import LOOPBACK, free_port
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import Server
from tests.interop.kit.software import require_program

SCENARIO = Path(__file__).resolve().parent / "scenarios" / "call.xml"
BUFFER_BYTES = 4 * 1024 * 1024
PATIENCE_S = 40.0
"""A call whose INVITE is never answered ends after 64*T1 (32 s); then SIPp has counted it."""


@dataclass(frozen=True)
class Load:
    """`calls` at `rate` a second, each up for `hold_ms` after its answer."""

    rate: int
    calls: int
    hold_ms: int = 0
    number: str = "1001"


@dataclass(frozen=True)
class Outcome:
    """What came of a load. `offering_s` is how long SIPp took to place the calls (longer than asked for when it
    got no CPU), `completing_s` until the last call was completed; the server's CPU is over the whole run."""

    load: Load
    offering_s: float
    completing_s: float
    completed: int
    refused: int
    failed: int
    failed_accepted: int
    retransmissions: int
    control_s: float
    media_s: float
    other_s: float

    @property
    def clean(self) -> bool:
        """No call failed or was refused, and fewer than one message in a thousand calls came twice."""
        return not self.failed and not self.refused and self.retransmissions < self.load.calls / 1000

    @property
    def cpu_ms_per_call(self) -> float:
        """Of all processes of the server, for each call that was completed."""
        return 1000 * (self.control_s + self.media_s + self.other_s) / max(1, self.completed)

    @property
    def completed_a_second(self) -> float:
        """Until the last one was: what waits when SIPp has placed its last call is not gained."""
        return self.completed / max(self.offering_s, self.completing_s)

    @property
    def offered_a_second(self) -> float:
        """What SIPp really did."""
        return self.load.calls / self.offering_s


class SippLoad(RunningProcess):
    """SIPp under way with a load."""

    def __init__(self, load: Load, sip_port: int, folder: Path) -> None:
        self.load = load
        at_once = load.calls
        super().__init__(
            "sipp",
            [
                require_program("sipp"), f"{LOOPBACK}:{sip_port}", "-sf", str(SCENARIO), "-s", load.number,
                "-r", str(load.rate), "-l", str(at_once), "-m", str(load.calls), "-d", str(load.hold_ms),
                "-i", LOOPBACK, "-p", str(free_port()), "-mi", LOOPBACK, "-mp", str(free_port()),
                "-buff_size", str(BUFFER_BYTES), "-nostdin", "-trace_stat", "-stf", "statistics.csv",
                "-fd", "100ms", "-timeout", f"{self.longest_s:.0f}s", "-timeout_error",
            ],
            folder,
        )  # fmt: skip

    @property
    def longest_s(self) -> float:
        """When it gives up, whatever the server does."""
        return self.load.calls / self.load.rate + self.load.hold_ms / 1000 + PATIENCE_S

    def statistics(self) -> list[dict[str, str]]:
        """SIPp's counters as they stood, ten times a second; `(C)` in a name means since the start."""
        log = self.folder / "statistics.csv"
        return list(csv.DictReader(log.read_text().splitlines(), delimiter=";")) if log.exists() else []


def run(load: Load, server: Server, folder: Path) -> Outcome:
    """Offer the load and wait for its end; `folder` must be new."""
    before = Usage.read(server)
    sipp = SippLoad(load, server.sip_port, folder)
    try:
        sipp.wait(sipp.longest_s + 10)
        after = Usage.read(server)
    finally:
        sipp.end()
    rows = sipp.statistics()
    accepted, ended, refused = (_counter(rows[-1], name) for name in ("accepted", "ended", "refused"))
    return Outcome(
        load=load,
        offering_s=_offering_s(rows, load),
        completing_s=_completing_s(rows, ended),
        completed=ended,
        refused=refused,
        failed=load.calls - ended - refused,
        failed_accepted=accepted - ended,
        retransmissions=int(rows[-1]["Retransmissions(C)"]),
        control_s=after.control_s - before.control_s,
        media_s=after.media_s - before.media_s,
        other_s=after.other_s - before.other_s,
    )


def _counter(counted: dict[str, str], name: str) -> int:
    """A counter of the scenario since the start."""
    found = [value for key, value in counted.items() if key and name in key and "(C)" in key]
    if len(found) != 1:
        raise KeyError(f"SIPp did not count {name!r}: {sorted(key for key in counted if key)}")
    return int(found[0])


def _offering_s(rows: list[dict[str, str]], load: Load) -> float:
    """From SIPp's start until the last call was placed."""
    for row in rows:
        if int(row["TotalCallCreated"]) >= load.calls:
            return max(_seconds(row["ElapsedTime(C)"]), load.calls / load.rate)
    return load.calls / load.rate


def _completing_s(rows: list[dict[str, str]], ended: int) -> float:
    """From SIPp's start until the last call that was completed had ended."""
    return next(_seconds(row["ElapsedTime(C)"]) for row in rows if _counter(row, "ended") == ended)


def _seconds(clock: str) -> float:
    """SIPp's `00:00:04:521000` (or, in other releases, `00:00:04.521`) in seconds."""
    hours, minutes, rest = clock.split(":", 2)
    seconds, _, fraction = rest.replace(".", ":").partition(":")
    return 3600 * int(hours) + 60 * int(minutes) + int(seconds) + float(f"0.{fraction or 0}")
