"""One foreign process with a time limit: started in a folder, heard through a file, ended by its own id."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class ProcessFailed(AssertionError):
    """A process did not do what the test needs of it; the text carries the end of what it said."""


class RunningProcess:
    """A process in a session of its own, so that ending it ends what it started and nothing else."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        *,
        typed: bool = False,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.folder = folder
        self.output = folder / f"{name}.out"
        self.output.touch()
        self._command = list(command)
        self._environment = {**os.environ, **(environment or {})}
        self._typed = typed
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        with self.output.open("ab") as out:
            return subprocess.Popen(
                self._command,
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.PIPE if self._typed else subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """What a crash does: this process only, and nothing that it started."""
        self._process.kill()
        self._process.wait()

    def start_again(self) -> None:
        """The same command once more, after its end."""
        assert self._process.poll() is not None
        self._process = self._started()

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def said(self) -> str:
        """All that the process has written so far."""
        return self.output.read_text(errors="replace")

    def wait(self, timeout_s: float) -> int:
        """Its exit code; a process that outlives `timeout_s` is ended and the test fails."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.end()
            raise ProcessFailed(f"{self.name} still ran after {timeout_s:.0f} s\n{self.tail()}") from None

    def wait_until(self, ready: Callable[[], bool], timeout_s: float, what: str) -> None:
        """Look until `ready()`; fails when time is up or the process ends first."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            if self.exit_code is not None:
                raise ProcessFailed(f"{self.name} ended with {self.exit_code} before {what}\n{self.tail()}")
            if time.monotonic() > deadline:
                raise ProcessFailed(f"{self.name}: no {what} after {timeout_s:.0f} s\n{self.tail()}")
            time.sleep(0.02)

    def type(self, line: str) -> None:
        """Give a line to a process that was started with `typed`."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> None:
        """End it and its session now; ending twice is nothing."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(3)

    def tail(self, lines: int = 40) -> str:
        """The end of what it said, for a failure's text."""
        return "\n".join(self.said().replace("\r", "\n").splitlines()[-lines:])
