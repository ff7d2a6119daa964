"""pyVoIP as a caller, in a process of its own: the script lives with the demo and speaks JSON lines."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.interop.kit.ports import LOOPBACK, free_port, free_ports
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.software import require_pyvoip

SCRIPT = "cordboard.demo.pyvoip_phone"


@dataclass(frozen=True)
class PyVoipOrder:
    """Whom to call, which keys to press (`seconds:key` after the answer) and how long to talk."""

    server_port: int
    number: str
    keys: str = ""
    talk_after_s: float = 0.0
    talk_s: float = 3.0
    tone_hz: float = 440.0
    user: str = "pyvoip"
    password: str | None = None


class PyVoip(RunningProcess):
    """One call by pyVoIP."""

    def __init__(self, order: PyVoipOrder, folder: Path) -> None:
        require_pyvoip()
        rtp = free_ports(10)
        arguments = {
            "--server": f"{LOOPBACK}:{order.server_port}",
            "--number": order.number,
            "--user": order.user,
            "--local-port": free_port(),
            "--rtp-ports": f"{rtp}-{rtp + 8}",
            "--keys": order.keys,
            "--talk-after": order.talk_after_s,
            "--talk": order.talk_s,
            "--tone": order.tone_hz,
        }
        if order.password is not None:
            arguments["--password"] = order.password
        flat = [str(part) for pair in arguments.items() for part in pair]
        super().__init__("pyvoip", [sys.executable, "-m", SCRIPT, *flat], folder)

    def events(self) -> list[dict[str, object]]:
        """What it has told so far."""
        return [json.loads(line) for line in self.said().splitlines() if line.startswith("{")]

    def event(self, name: str) -> dict[str, object] | None:
        """The event of that name, if it was told."""
        return next((event for event in self.events() if event["event"] == name), None)

    def wait_for(self, name: str, timeout_s: float = 10.0) -> dict[str, object]:
        """Wait until it tells that event."""
        self.wait_until(lambda: self.event(name) is not None, timeout_s, f'event "{name}"')
        found = self.event(name)
        assert found is not None
        return found
