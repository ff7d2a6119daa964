"""SIPp with a scenario of ours, in a folder of its own that also holds the sounds it plays.

Sounds are found by relative name: `tone.ulaw` (streamed, looped: `rtp_stream`) and `keys.pcap` (replayed
once: `play_pcap_audio`). Debian's SIPp 3.6.1 takes its RTP ports upwards from `-mp`, two a call, when the
scenario says `[rtpstream_audio_port]`; `[media_port]` is always `-mp` itself and is what a capture is sent
from."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.interop.kit.captures import Sound, write_capture
from tests.interop.kit.ports import LOOPBACK, free_port, free_ports
from tests.interop.kit.processes import ProcessFailed, RunningProcess
from tests.interop.kit.software import require_program, require_raw_sockets
from tests.interop.kit.tones import mulaw, sine

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"


@dataclass(frozen=True)
class SippOrder:
    """Which scenario to run, how often, towards whom, and what it sounds like."""

    scenario: str
    calls: int = 1
    remote: int | None = None
    """The server's SIP port; None for a scenario that waits to be called."""
    remote_host: str = LOOPBACK
    number: str = "1000"
    port: int = 0
    tone_hz: float = 440.0
    keys: Sequence[Sound] = ()
    callers: Sequence[str] = ()
    """Who calls, one after the other: `[field0]` of the scenario."""
    at_once: int = 1
    per_second: float = 10.0
    talk_ms: int = 2000
    timeout_s: float = 30.0
    trace: bool = True
    """Whether to keep every SIP message; not under load."""


class Sipp(RunningProcess):
    """One SIPp process; `succeed()` waits for its end and fails with its own words if any call went wrong."""

    def __init__(self, order: SippOrder, folder: Path) -> None:
        program = require_program("sipp")
        self.order = order
        self.port = order.port or free_port()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tone.ulaw").write_bytes(mulaw(sine(order.tone_hz, 2.0)))
        if order.keys:
            require_raw_sockets()
            write_capture(folder / "keys.pcap", list(order.keys))
        if order.callers:
            (folder / "callers.csv").write_text("\n".join(["SEQUENTIAL", *order.callers, ""]))
        super().__init__(f"sipp-{order.scenario}", [program, *self._arguments()], folder)

    def _arguments(self) -> list[str]:
        order = self.order
        target = [f"{order.remote_host}:{order.remote}"] if order.remote else []
        if order.remote:
            target += ["-r", str(order.per_second), "-l", str(order.at_once), "-s", order.number]
        if order.callers:
            target += ["-inf", "callers.csv"]
        media = ["-mi", LOOPBACK, "-mp", str(free_ports(2 * max(order.at_once, 2)))]
        logs = [
            "-trace_err",
            "-error_file",
            "errors.log",
            "-trace_stat",
            "-stf",
            "statistics.csv",
            "-fd",
            "1",
        ]
        if order.trace:
            logs += ["-trace_msg", "-message_file", "messages.log"]
        return [
            *target, "-sf", str(SCENARIOS / f"{order.scenario}.xml"), "-m", str(order.calls),
            "-i", LOOPBACK, "-p", str(self.port), *media, "-d", str(order.talk_ms), "-nostdin",
            "-timeout", f"{order.timeout_s:.0f}s", "-timeout_error", *logs,
        ]  # fmt: skip

    def succeed(self) -> None:
        """Every call went as the scenario says."""
        code = self.wait(self.order.timeout_s + 10)
        if code != 0:
            raise ProcessFailed(
                f"{self.name} exited {code}\n{self.errors()}\n{self.messages()[-6000:]}\n{self.tail(25)}"
            )

    def messages(self) -> str:
        """Every SIP message it sent and received."""
        log = self.folder / "messages.log"
        return log.read_text(errors="replace").replace("\r", "") if log.exists() else ""

    def statistics(self) -> dict[str, str]:
        """SIPp's own counters as they stood last; `(C)` in a name means since the start."""
        log = self.folder / "statistics.csv"
        rows = list(csv.DictReader(log.read_text().splitlines(), delimiter=";")) if log.exists() else []
        return {name: value for name, value in rows[-1].items() if name} if rows else {}

    def errors(self) -> str:
        log = self.folder / "errors.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def received(self, start: str) -> int:
        """How many messages it received whose first line begins with `start`, such as `CANCEL` or `SIP/2.0
        487`."""
        return len(re.findall(rf"message received \[\d+\] bytes ?:\n\n{re.escape(start)}", self.messages()))

    def moments(self, way: str, start: str) -> list[datetime]:
        """When it had `sent` or `received` messages whose first line begins with `start`."""
        size = r"(?:\[\d+\] bytes|\(\d+ bytes\))"
        pattern = rf"-+ (\d[\d-]+ [\d:.]+)\n\w+ message {way} {size} ?:\n\n{re.escape(start)}"
        return [datetime.fromisoformat(moment) for moment in re.findall(pattern, self.messages())]

    def wait_for(self, start: str, timeout_s: float = 10.0) -> None:
        """Wait until it has received such a message."""
        self.wait_until(lambda: self.received(start) > 0, timeout_s, f"{start} received")
