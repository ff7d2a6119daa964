"""Every deadline of the router by the second it falls into, so that the owner needs a single timer.

A deadline is named by what it is for and whom; setting it again replaces it. Most are cancelled long before they are
due, so only those of the earliest second are in order (a small heap); the others lie unsorted in the bucket of theirs.
To set and to cancel costs the same however many there are, and nothing is ever rebuilt as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from heapq import heapify, heappop, heappush


class DeadlineKind(StrEnum):
    """What happens when the time has come; the name it is kept under is an offer, agent or contact."""

    RING = "ring"
    WRAP_UP = "wrap-up"
    BACK_OFF = "back-off"
    MAX_WAIT = "max wait"
    RUNG = "rung"
    ANNOUNCE = "announce"
    OVERFLOW = "overflow"
    TICKET_DUE = "ticket due"
    TICKET_EXPIRES = "ticket expires"
    DIAL = "dial"
    VERIFY = "verify"
    VERIFY_ANSWER = "verify answer"


Name = tuple[DeadlineKind, str]

Entry = tuple[float, int, Name]
"""When, the order in which it was set, and what."""

_NONE_OPEN = float("inf")


class Deadlines:
    """Named deadlines in monotonic seconds."""

    __slots__ = ("_buckets", "_counter", "_current", "_front", "_open", "_seconds")

    def __init__(self) -> None:
        self._current: dict[Name, Entry] = {}
        self._counter = 0
        # Names by second, for every second but the open one; and those seconds as a heap (some twice, some empty).
        self._buckets: dict[float, set[Name]] = {}
        self._seconds: list[float] = []
        # The earliest second, in order. Cancelled ones stay in the heap until they surface.
        self._open = _NONE_OPEN
        self._front: list[Entry] = []

    def set(self, kind: DeadlineKind, name: str, when: float) -> None:
        self._counter += 1
        key = (kind, name)
        old = self._current.get(key)
        if old is not None:
            self._leave_bucket(key, old[0])
        entry = self._current[key] = (when, self._counter, key)
        second = when // 1.0
        if second == self._open:
            heappush(self._front, entry)
            return
        if second < self._open:
            self._close()
        self._enter_bucket(key, second)

    def cancel(self, kind: DeadlineKind, name: str) -> None:
        key = (kind, name)
        old = self._current.pop(key, None)
        if old is not None:
            self._leave_bucket(key, old[0])

    def when(self, kind: DeadlineKind, name: str) -> float | None:
        current = self._current.get((kind, name))
        return None if current is None else current[0]

    def next(self) -> float | None:
        self._surface()
        return self._front[0][0] if self._front else None

    def pop_due(self, now: float) -> Name | None:
        """The earliest deadline that is not after `now`, taken out; None when there is none."""
        self._surface()
        if not self._front or self._front[0][0] > now:
            return None
        key = heappop(self._front)[2]
        del self._current[key]
        return key

    def entries(self) -> tuple[list[Entry], int]:
        """Those that stand, and the counter that breaks ties: all there is to be known."""
        return list(self._current.values()), self._counter

    def restore(self, entries: Iterable[Entry], counter: int) -> None:
        """Some of what `entries` said, beside what is there."""
        self._counter = counter
        for entry in entries:
            when, _, key = entry
            self._current[key] = entry
            self._enter_bucket(key, when // 1.0)

    def __len__(self) -> int:
        return len(self._current)

    def _enter_bucket(self, key: Name, second: float) -> None:
        bucket = self._buckets.get(second)
        if bucket is None:
            self._buckets[second] = {key}
            heappush(self._seconds, second)
        else:
            bucket.add(key)

    def _leave_bucket(self, key: Name, when: float) -> None:
        """It may be in the heap of the open second, where it stays until it surfaces."""
        second = when // 1.0
        bucket = self._buckets.get(second)
        if bucket is not None:
            bucket.discard(key)
            if not bucket:
                del self._buckets[second]

    def _close(self) -> None:
        """An earlier second than the open one is wanted: what lives of that goes back into its bucket."""
        for entry in self._front:
            if self._current.get(entry[2]) is entry:
                self._enter_bucket(entry[2], self._open)
        self._open, self._front = _NONE_OPEN, []

    def _surface(self) -> None:
        """The earliest living deadline to the top, opening the next second when this one has none left."""
        front, current = self._front, self._current
        while True:
            while front and current.get(front[0][2]) is not front[0]:
                heappop(front)
            if front or not self._seconds:
                return
            self._open = heappop(self._seconds)
            front = self._front = [current[key] for key in self._buckets.pop(self._open, ())]
            heapify(front)
