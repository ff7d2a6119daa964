"""The disk side of recording: one thread that writes blocks, so that a slow disk never delays a packet.

The packet loop takes empty blocks and hands over full ones through deques, without a lock and without waking
anybody; the thread looks in ten times a second. Blocks are bounded: when the disk falls behind, `take_block`
gives None, the recording drops packets and counts them.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from telephony.media.spool import BLOCK_SIZE, file_header


@dataclass(frozen=True, slots=True)
class SpoolClosed:
    """A file is complete, or was given up for `problem`; said once a file."""

    recording_id: str
    problem: str | None


@dataclass(slots=True)
class _File:
    path: Path
    descriptor: int | None = None
    failed: bool = False


_Job = Callable[[], None]


class SpoolFiles:
    """Owns the writer thread, the open files and the blocks."""

    PERIOD_S = 0.1

    def __init__(self, notify: Callable[[], None], *, block_limit: int = 4096) -> None:
        """`notify` is called in the thread when `closed` has something new."""
        self.closed: deque[SpoolClosed] = deque()
        self._notify = notify
        self._block_limit = block_limit
        self._blocks_made = 0
        self._empty: deque[bytearray] = deque()
        self._jobs: deque[_Job] = deque()
        self._files: dict[str, _File] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def take_block(self) -> bytearray | None:
        """An empty block, or None when all are waiting for the disk."""
        try:
            return self._empty.popleft()
        except IndexError:
            if self._blocks_made >= self._block_limit:
                return None
        self._blocks_made += 1
        return bytearray(BLOCK_SIZE)

    def open(self, recording_id: str, path: Path, started_at_utc_s: float) -> None:
        """Begin a file; it exists a moment later. What is there already is replaced."""
        self._jobs.append(lambda: self._open(recording_id, path, started_at_utc_s))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
            self._thread.start()

    def hand_over(self, recording_id: str, block: bytearray, size: int) -> None:
        """Append `size` bytes of the block to the file; the block comes back empty."""
        self._jobs.append(lambda: self._write(recording_id, block, size))

    def close(self, recording_id: str) -> None:
        """Finish a file; `closed` tells when that is done."""
        self._jobs.append(lambda: self._close(recording_id))

    def stop(self) -> None:
        """Do all jobs and end the thread."""
        if self._thread is not None:
            self._stop.set()
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stop.is_set():
            time.sleep(self.PERIOD_S)
            self._do_jobs()
        self._do_jobs()

    def _do_jobs(self) -> None:
        while self._jobs:
            self._jobs.popleft()()

    def _open(self, recording_id: str, path: Path, started_at_utc_s: float) -> None:
        file = self._files[recording_id] = _File(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
            os.write(file.descriptor, file_header(started_at_utc_s))
        except OSError as error:
            self._fail(recording_id, file, error)

    def _write(self, recording_id: str, block: bytearray, size: int) -> None:
        file = self._files[recording_id]
        if file.descriptor is not None and not file.failed:
            try:
                written = os.write(file.descriptor, memoryview(block)[:size])
                if written < size:  # a full disk says so only at the next write
                    written += os.write(file.descriptor, memoryview(block)[written:size])
            except OSError as error:
                self._fail(recording_id, file, error)
        self._empty.append(block)

    def _close(self, recording_id: str) -> None:
        file = self._files.pop(recording_id)
        if file.descriptor is not None:
            os.close(file.descriptor)
        if not file.failed:
            self._report(SpoolClosed(recording_id, None))

    def _fail(self, recording_id: str, file: _File, error: OSError) -> None:
        file.failed = True
        self._report(SpoolClosed(recording_id, f"{file.path}: {error.strerror}"))

    def _report(self, closed: SpoolClosed) -> None:
        self.closed.append(closed)
        self._notify()
