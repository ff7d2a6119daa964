"""How much a trunk carries: so many calls at once, so many new ones a second."""

from __future__ import annotations

from dataclasses import dataclass

from telephony.sip.defence.bucket import TokenBucket


@dataclass(frozen=True, slots=True)
class Full:
    """Why there is no room, and what a caller on that trunk is told."""

    status: int
    reason: str
    retry_after_s: int | None = None


class Capacity:
    """The calls on one trunk; a `max_calls` or a rate of 0 is no limit."""

    __slots__ = ("_bucket", "_max_calls", "calls", "refused")

    def __init__(self, max_calls: int, rate: float, burst: float, now: float) -> None:
        self._max_calls = max_calls
        self._bucket = TokenBucket(rate, max(1.0, burst), now)
        self.calls = 0
        self.refused = 0

    @property
    def is_full(self) -> bool:
        """Whether as many calls are on it as may be."""
        return bool(self._max_calls) and self.calls >= self._max_calls

    def take(self, now: float) -> Full | None:
        """Take the place of one call; what is in the way if there is none, and then nothing is taken."""
        if self.is_full:
            self.refused += 1
            return Full(486, "all lines of the trunk are busy")  # RFC 3261 section 21.4.24
        if not self._bucket.take(now):
            self.refused += 1
            # Section 21.5.4: 503 with Retry-After sends a proxy elsewhere for so long.
            return Full(503, "too many calls a second", max(1, round(self._bucket.wait_s())))
        self.calls += 1
        return None

    def take_up(self) -> None:
        """A call that was there before this process has its place, whatever the limits are now."""
        self.calls += 1

    def release(self) -> None:
        """A call that had taken a place is over."""
        self.calls -= 1
