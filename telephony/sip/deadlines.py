"""Deadlines that are far away and are mostly taken back: session expiry, subscriptions (RFC 4028, 6665).

`TimerQueue` never takes a timer out; at hundreds of calls a second, half-hour timers of calls long gone would pile up.
Here a deadline is in a bucket of its whole second, and taking it back is one dictionary removal.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from telephony.sip.timers import TimerQueue

Due = Callable[[float], None]


class Deadlines:
    """What is due when, by key; each key has one deadline. A deadline is met up to a second late, never early."""

    __slots__ = ("_bucket_of", "_buckets", "_queue")

    def __init__(self, queue: TimerQueue) -> None:
        self._queue = queue
        self._bucket_of: dict[str, int] = {}
        self._buckets: dict[int, dict[str, Due]] = {}

    def __len__(self) -> int:
        return len(self._bucket_of)

    def set(self, key: str, at: float, due: Due) -> None:
        """Have `due(now)` called at `at`, in place of what was set for `key`."""
        self.clear(key)
        second = math.ceil(at)
        bucket = self._buckets.get(second)
        if bucket is None:
            bucket = self._buckets[second] = {}
            self._queue.start(second, self, second)
        bucket[key] = due
        self._bucket_of[key] = second

    def clear(self, key: str) -> None:
        """Take a deadline back; an unknown one is ignored."""
        second = self._bucket_of.pop(key, None)
        if second is not None:
            del self._buckets[second][key]

    def due_at(self, key: str) -> float | None:
        """When a key's deadline is."""
        return self._bucket_of.get(key)

    def timer_fired(self, timer: int, now: float) -> None:
        """A second has come."""
        for key, due in self._buckets.pop(timer, {}).items():
            del self._bucket_of[key]
            due(now)
