"""The one thread that writes: takes notes from a bounded queue, makes rows of them and commits them in batches.

Nobody who appends ever waits, or wakes the thread: it looks ten times a second. When the disk cannot follow and
the queue is full, rows are dropped, counted, and the gap is written into the log itself (`journal.gap`) as soon
as there is room. A write that fails is tried again while the disk or a lock is the trouble, until it succeeds or
the journal is closed. Any other failure is a defect: it ends the thread, and the next append says so.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from journal.event import Note, Row, to_note, to_rows

BATCH = 2000
RETRY_S = 0.5


class JournalError(OSError):
    """Events could not be written; the message says how many and why."""


class Sink(Protocol):
    """Where rows end up: committed, all of them, when this returns."""

    def __call__(self, rows: list[Row], /) -> None: ...


@dataclass(slots=True)
class _Flush:
    done: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class WriterCounters:
    """`written` rows are committed; `dropped` ones are lost; `retries` counts commits that failed."""

    written: int = 0
    dropped: int = 0
    retries: int = 0
    last_problem: str | None = None


class Writer:
    """Owns the thread. `linger_s` is how long it gathers rows before a commit."""

    def __init__(self, sink: Sink, *, capacity: int, linger_s: float, on_close: Callable[[], None]) -> None:
        self.counters = WriterCounters()
        self._sink = sink
        self._linger_s = linger_s
        self._on_close = on_close
        # Appending to a deque and taking from it are atomic; one that is full only ever drops what comes new.
        self._items: deque[Note | _Flush] = deque()
        self._capacity = capacity
        self._alive = True
        # Of rows dropped: the appending side counts, the writing side notes how many it has reported.
        self._reported = 0
        self._lost = 0
        self._closing = threading.Event()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def put(self, note: Note) -> None:
        """Never blocks; a note for which there is no room is counted and dropped."""
        if not self._alive:
            closed = self._closing.is_set()
            raise JournalError("the journal is closed" if closed else self._behind("the writer has died"))
        if len(self._items) < self._capacity:
            self._items.append(note)
        else:
            self.counters.dropped += 1

    def flush(self, timeout_s: float) -> None:
        """Return when everything put before is committed. TimeoutError: it was not, in time."""
        if self._closing.is_set():
            return
        marker = _Flush()
        self._items.append(marker)
        self._hurry.set()
        if not marker.done.wait(timeout_s):
            raise TimeoutError(self._behind(f"not flushed within {timeout_s} s"))

    def close(self, timeout_s: float) -> None:
        """Write what is left and end the thread. JournalError: some could not be written."""
        if self._closing.is_set():
            return
        self._alive = False
        self._closing.set()
        self._hurry.set()
        self._thread.join(timeout_s)
        left = len(self._items) + self._lost
        if self._thread.is_alive() or left:
            raise JournalError(self._behind(f"{left} events not written"))

    def _behind(self, what: str) -> str:
        return f"journal: {what}: {self.counters.last_problem or 'the disk is too slow'}"

    def _run(self) -> None:
        try:
            while not self._closing.is_set() or self._items:
                rows, markers = self._gather()
                if rows and not self._commit(rows):
                    break
                for marker in markers:
                    marker.done.set()
        finally:
            self._alive = False
        self._on_close()

    def _gather(self) -> tuple[list[Row], list[_Flush]]:
        """Let notes gather unless somebody is in a hurry or there are enough, then take a batch."""
        notes: list[Note] = []
        markers: list[_Flush] = []
        if len(self._items) < BATCH and not self._closing.is_set():
            self._hurry.wait(self._linger_s)
        self._hurry.clear()
        items = self._items
        while items and len(notes) < BATCH:
            item = items.popleft()
            if isinstance(item, _Flush):
                markers.append(item)
            else:
                notes.append(item)
        gap = self.counters.dropped - self._reported
        if gap:
            self._reported += gap
            notes.append(to_note("journal.gap", None, None, {"dropped": gap}))
        return to_rows(notes), markers

    def _commit(self, rows: list[Row]) -> bool:
        """False only when the journal is being closed and the rows could not be written."""
        while True:
            try:
                self._sink(rows)
            except sqlite3.OperationalError as error:
                self.counters.retries += 1
                self.counters.last_problem = str(error)
                if self._closing.wait(RETRY_S):
                    self._lost = len(rows)
                    return False
            except BaseException as error:
                self.counters.last_problem = repr(error)
                raise
            else:
                self.counters.written += len(rows)
                return True
