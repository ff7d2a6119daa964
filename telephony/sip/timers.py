"""SIP's timers: the RFC's values and the queue of those that run (RFC 3261 table 4, RFC 6026 section 7).

The queue knows no clock: `now` comes in. A timer is never taken out before its time; when it fires in a state
that it does not concern, the transaction's table says so. That makes starting one a single heap push.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Timers:
    """T1 (round trip), T2 (longest retransmission interval), T4 (longest life of a message); seconds."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    trying_s: float = 0.2  # section 17.2.1: 100 is sent unless the user answers within 200 ms; 0: at once
    timer_d_unreliable: float = 32.0  # "at least 32 seconds"

    @property
    def sixty_four_t1(self) -> float:
        """64*T1: timers B, F, H, J, L and M."""
        return 64 * self.t1


class Timed(Protocol):
    """What a timer can be started for."""

    def timer_fired(self, timer: int, now: float) -> None:
        """`timer` is the number that it was started with."""


class TimerQueue:
    """Running timers, the next one first."""

    __slots__ = ("_count", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timed, int]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._heap)

    def start(self, at: float, target: Timed, timer: int) -> None:
        """Have `target.timer_fired(timer, now)` called at `at` or soon after."""
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, target, timer))

    def next(self) -> float | None:
        """When the next one is due."""
        return self._heap[0][0] if self._heap else None

    def fire(self, now: float) -> None:
        """Fire all that are due, in order; those started meanwhile and due already fire too."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            _, _, target, timer = heapq.heappop(heap)
            target.timer_fired(timer, now)
