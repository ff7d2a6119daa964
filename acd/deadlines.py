"""Every deadline of the router in one heap, so that the owner needs a single timer.

A deadline is named by what it is for and whom; setting it again replaces it. Cancelled ones stay in the
heap until they surface or outnumber the living, when the heap is rebuilt.
"""

from __future__ import annotations

from enum import StrEnum
from heapq import heapify, heappop, heappush

_SLACK = 64


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


class Deadlines:
    """A heap of named deadlines in monotonic seconds."""

    __slots__ = ("_counter", "_current", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Name]] = []
        self._current: dict[Name, tuple[float, int]] = {}
        self._counter = 0

    def set(self, kind: DeadlineKind, name: str, when: float) -> None:
        self._counter += 1
        key = (kind, name)
        self._current[key] = (when, self._counter)
        heappush(self._heap, (when, self._counter, key))
        if len(self._heap) > 2 * len(self._current) + _SLACK:
            self._rebuild()

    def cancel(self, kind: DeadlineKind, name: str) -> None:
        self._current.pop((kind, name), None)

    def when(self, kind: DeadlineKind, name: str) -> float | None:
        current = self._current.get((kind, name))
        return None if current is None else current[0]

    def next(self) -> float | None:
        self._surface()
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: float) -> Name | None:
        """The earliest deadline that is not after `now`, taken out; None when there is none."""
        self._surface()
        if not self._heap or self._heap[0][0] > now:
            return None
        key = heappop(self._heap)[2]
        del self._current[key]
        return key

    def entries(self) -> tuple[list[tuple[float, int, Name]], int]:
        """Those that stand, and the counter that breaks ties: all there is to be known."""
        return [(when, order, key) for key, (when, order) in self._current.items()], self._counter

    def restore(self, entries: list[tuple[float, int, Name]], counter: int) -> None:
        self._current = {key: (when, order) for when, order, key in entries}
        self._counter = counter
        self._rebuild()

    def __len__(self) -> int:
        return len(self._current)

    def _surface(self) -> None:
        heap = self._heap
        while heap and self._current.get(heap[0][2]) != heap[0][:2]:
            heappop(heap)

    def _rebuild(self) -> None:
        self._heap = [(when, counter, key) for key, (when, counter) in self._current.items()]
        heapify(self._heap)
