"""One control process at a time on a data folder, and how another program asks it for an orderly restart.

The file `control` in the folder is locked by the process that controls it, which the system takes back at its end,
whatever that was. It says who that is, how often it has started, and how often it has refused to restart:

    cordboard restart  >  SIGUSR2  >  configuration checked  >  calls left to the workers  >  the same program anew,
                                      or refused                                              under the same process id
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

RESTART = signal.SIGUSR2
TAKE_S = 10.0
"""How long to wait for one that is just ending."""
LOOK_EVERY_S = 0.1


class Taken(Exception):
    """Another process controls the data folder."""


class NotRunning(Exception):
    """No process controls the data folder, or it has not come back; the text says so."""


@dataclass(frozen=True, slots=True)
class Word:
    """What the file says. `started` counts the starts that came to serve; `problem` is why it refused last."""

    pid: int
    started: int = 0
    refused: int = 0
    problem: str = ""


class Control:
    """The file of one data folder."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = folder / "control"
        self._clock, self._sleep = clock, sleep
        self._descriptor: int | None = None

    def take(self) -> None:
        """Be the one who controls; Taken: another one does, and does not end."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = self._clock() + TAKE_S
        while not _locked(descriptor):
            if self._clock() > deadline:
                os.close(descriptor)
                word = self._read()
                raise Taken(
                    f"process {word.pid} serves {self._path.parent} already" if word else "it is taken"
                )
            self._sleep(LOOK_EVERY_S)
        self._descriptor = descriptor
        self._say(started=0)

    def say_started(self) -> None:
        """Callers are served from now on."""
        self._say(started=1)

    def say_refused(self, problem: str) -> None:
        """There will be no restart: why."""
        self._say(started=0, refused=1, problem=problem)

    def give_up(self) -> None:
        """Another one may take it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def restart(self, deadline_s: float, kill: Callable[[int, int], None] = os.kill) -> str:
        """Ask whoever controls to restart and wait until callers are served again; empty, or why it will not be.
        NotRunning: nobody does, or it did not come back in time."""
        before = self._word()
        kill(before.pid, RESTART)
        deadline = self._clock() + deadline_s
        while self._clock() < deadline:
            self._sleep(LOOK_EVERY_S)
            now = self._read()
            if now is not None and now.refused > before.refused:
                return now.problem
            if now is not None and now.started > before.started:
                return ""
        raise NotRunning(f"the server did not come back within {deadline_s:.0f} s: look at what it says")

    def _word(self) -> Word:
        """What the one who controls says."""
        word = self._read()
        if word is not None:
            descriptor = os.open(self._path, os.O_RDWR)
            try:
                if not _locked(descriptor):
                    return word
            finally:
                os.close(descriptor)
        raise NotRunning(f"no server runs on {self._path.parent}")

    def _read(self) -> Word | None:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Word)
        except (FileNotFoundError, msgspec.DecodeError):
            return None  # none yet, or it is just being written

    def _say(self, *, started: int, refused: int = 0, problem: str = "") -> None:
        assert self._descriptor is not None
        before = self._read() or Word(0)
        word = Word(os.getpid(), before.started + started, before.refused + refused, problem)
        data = msgspec.json.encode(word)
        os.pwrite(self._descriptor, data.ljust(os.fstat(self._descriptor).st_size), 0)
        os.ftruncate(self._descriptor, len(data))


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
