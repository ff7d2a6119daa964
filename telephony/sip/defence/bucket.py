"""A token bucket: so many at once, so many a second on average."""

from __future__ import annotations


class TokenBucket:
    """Holds up to `burst` tokens and gains `rate` a second; a rate of 0 never refuses."""

    __slots__ = ("_at", "_tokens", "burst", "rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self._tokens = burst
        self._at = now

    def take(self, now: float) -> bool:
        """Take one token; False if there is none, and then nothing is taken."""
        if not self.rate:
            return True
        tokens = self._tokens
        if now > self._at:
            tokens = min(self.burst, tokens + (now - self._at) * self.rate)
            self._at = now
        if tokens < 1.0:
            self._tokens = tokens
            return False
        self._tokens = tokens - 1.0
        return True

    def wait_s(self) -> float:
        """How long until there is one again, as of the last `take`."""
        return 0.0 if self._tokens >= 1.0 or not self.rate else (1.0 - self._tokens) / self.rate
