"""Processes that a demo starts: each in a session of its own, talking into a log file, ended by Ctrl-C's
signal.

A session of its own, so that the terminal's Ctrl-C reaches the demo alone, which then ends them in order.
None outlives the demo, even a killed one: each holds the other end of a pipe from it, and
`end_with_parent`, called in the process, takes the pipe's end for a Ctrl-C. (PR_SET_PDEATHSIG would do, but
may signal twice, and a second Ctrl-C means haste.)
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path


def end_with_parent() -> None:
    """In a process that `Child.start` started: end as after Ctrl-C when whoever started it is gone."""

    def wait() -> None:
        while os.read(0, 1024):
            pass  # nobody writes
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=wait, name="end with parent", daemon=True).start()


class Child:
    """One process."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process

    @classmethod
    async def start(
        cls, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> Child:
        """Start it; what it says goes to `log`."""
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=out,
                stderr=out,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        return cls(name, process, log)

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.returncode

    async def wait(self, timeout_s: float) -> int | None:
        """Its exit code; None if it still runs after that time."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._process.wait()
        except TimeoutError:
            return None

    async def end(self, patience_s: float) -> int:
        """Ask it to end; after `patience_s` make it, with all that it started."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)
            if await self.wait(patience_s) is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
        return await self._process.wait()

    def last_words(self, lines: int = 3) -> str:
        """The end of its log, for an error's text."""
        said = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return " / ".join(said[-lines:]) or "it said nothing"
