"""The server as its users start it: a process, a configuration folder, a data folder, and its API."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from tests.interop.kit.ports import LOOPBACK, free_port, free_ports
from tests.interop.kit.processes import ProcessFailed, RunningProcess

CONFIGURATIONS = Path(__file__).resolve().parent.parent / "config"
READY_S = 30.0
STOP_S = 15.0
MEDIA_PORTS = 80
START_ATTEMPTS = 3
PORT_TAKEN = "is used by another program"
"""What the server says then. A port that was free a moment ago may be somebody's when the server asks for it, such as
those of another run of these tests on the same machine."""


def serve_command(config: Path, sip_port: int, http_port: int, data: Path) -> list[str]:
    """`cordboard serve` of this very environment, whatever the path says."""
    program = str(Path(sys.executable).with_name("cordboard"))
    ports = ["--sip-port", str(sip_port), "--http-port", str(http_port)]
    return [program, "serve", "--config", str(config), *ports, "--data", str(data)]


class Server(RunningProcess):
    """`cordboard serve` on free ports of loopback, ready to be called.

    `prompts` is a folder of prompts that several servers may share, so that each need not speak them anew.
    """

    def __init__(
        self,
        config: Path,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        *,
        prompts: Path | None = None,
    ) -> None:
        self.data = folder / "data"
        if prompts is not None:
            prompts.mkdir(exist_ok=True)
            self.data.mkdir(parents=True)
            (self.data / "prompts").symlink_to(prompts)
        for attempt in range(START_ATTEMPTS):
            self._start(config, folder, environment or {})
            try:
                self.wait_healthy()
            except ProcessFailed:
                self.end()
                if attempt == START_ATTEMPTS - 1 or PORT_TAKEN not in self.said():
                    raise
            else:
                break

    def _start(self, config: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self.sip_port, self.http_port = free_port(), free_port()
        low = free_ports(MEDIA_PORTS)
        ports = {"INTEROP_MEDIA_PORTS": f"{low}..{low + MEDIA_PORTS - 1}"}
        command = serve_command(config, self.sip_port, self.http_port, self.data)
        super().__init__("server", command, folder, {**ports, **environment})
        self._http = httpx.Client(base_url=f"http://{LOOPBACK}:{self.http_port}", timeout=5)

    def wait_healthy(self) -> None:
        """Wait until it serves."""
        self.wait_until(self._healthy, READY_S, "answer from /v1/health")

    def _healthy(self) -> bool:
        try:
            return self._http.get("/v1/health").status_code == 200
        except httpx.TransportError:
            return False

    def get(self, path: str) -> Any:
        """One document of the API."""
        response = self._http.get(path)
        assert response.status_code == 200, f"GET {path}: {response.status_code} {response.text[:300]}"
        return response.json()

    def snapshot(self) -> Any:
        return self.get("/v1/snapshot")

    def calls(self) -> list[dict[str, Any]]:
        """All calls the journal knows, newest first."""
        found: list[dict[str, Any]] = self.get("/v1/calls")["calls"]
        return found

    def history(self, call: str) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.get(f"/v1/calls/{call}")["events"]
        return events

    def recordings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/v1/recordings")["recordings"]
        return found

    def journal(self) -> list[dict[str, Any]]:
        """Every event so far, oldest first, as it stands in the database."""
        path = self.data / "cordboard.db"
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as db:
            rows = db.execute("SELECT at, kind, call, data FROM events ORDER BY id").fetchall()
        names = ("at", "kind", "call", "data")
        return [{**dict(zip(names, row, strict=True)), "data": json.loads(row[3])} for row in rows]

    def agent(self, agent_id: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = [a for a in self.snapshot()["agents"] if a["id"] == agent_id]
        assert found, f"the server knows no agent {agent_id}"
        return found[0]

    def eventually(self, holds: Callable[[], bool], what: str, timeout_s: float = 10.0) -> None:
        """Look through the API until something holds; the server tells of an end a moment after the phones
        know."""
        self.wait_until(holds, timeout_s, what)

    def wait_idle(self, timeout_s: float = 10.0) -> None:
        """Nobody calls any more."""
        self.eventually(lambda: self.snapshot()["server"]["calls_now"] == 0, "idle server", timeout_s)

    def end(self) -> None:
        """As every process; and nobody asks it any more."""
        self._http.close()
        super().end()

    def stop(self) -> None:
        """Ctrl-C: must end by itself with status 0, leave no process behind and say nothing of an
        exception."""
        self._http.close()
        if self.exit_code is None:
            self.interrupt()
        code = self.wait(STOP_S)
        left = processes_that_mention(str(self.data))
        if code != 0 or left or re.search(r"Traceback|Task exception|never awaited", self.said()):
            raise ProcessFailed(f"the server ended with {code}, left processes {left}\n{self.tail()}")


def processes_that_mention(text: str) -> list[int]:
    """Processes with a path in their command line: media workers that outlived their server would show
    here."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue  # it ended while we looked
            if text.encode() in line:
                found.append(int(entry.name))
    return found
