"""The far ends of calls as a process: compiled from media_ends.c, asked for figures over its standard input."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def build(name: str, folder: Path) -> Path:
    """Compile one of the C programs beside this file."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise SystemExit("the media benchmarks need a C compiler for their load generators")
    program = folder / name
    subprocess.run([compiler, "-O2", "-Wall", "-o", program, HERE / f"{name}.c"], check=True)
    return program


class MediaEnds:
    """Two ports that talk to whatever port of a server talks to them: `caller_port` and `agent_port`."""

    def __init__(self, folder: Path, *, sending: bool) -> None:
        program = build("media_ends", folder)
        self._process = subprocess.Popen(
            [program, str(int(sending))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        caller_port, agent_port = self._read().split()
        self.caller_port, self.agent_port = int(caller_port), int(agent_port)

    def count(self) -> None:
        """Forget all figures and count from now on."""
        self._tell("count")
        self._read()

    def report(self) -> dict[str, Any]:
        """What was counted; counting ends."""
        self._tell("report")
        answer: dict[str, Any] = json.loads(self._read())
        return answer

    def end(self) -> None:
        """Idempotent."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def _tell(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"media_ends ended with {self._process.wait()}")
        return line
