"""How busy an agent has been lately: the share of time on contacts and paperwork, forgotten exponentially."""

from __future__ import annotations

import math
from typing import NamedTuple

FORGETTING_S = 1800.0
"""What was so long ago counts for 1/e of what is now."""


class LoadState(NamedTuple):
    """A `Load` as data."""

    at: float
    share: float
    busy: bool
    worked_s: float


class Load:
    """`share` (0 to 1) is as of `at`; it moves towards 1 while busy and towards 0 while not."""

    __slots__ = ("_forgetting_s", "_worked_s", "at", "busy", "share")

    def __init__(self, at: float, forgetting_s: float) -> None:
        self.at = at
        self.share = 0.0
        self.busy = False
        self._worked_s = 0.0
        self._forgetting_s = forgetting_s

    def turn(self, busy: bool, now: float) -> None:
        """From `now` on the agent is busy, or not."""
        self._worked_s = self.worked_until(now)
        kept = math.exp((self.at - now) / self._forgetting_s)
        self.share = self.share * kept + (1.0 - kept if self.busy else 0.0)
        self.at = now
        self.busy = busy

    def worked_until(self, now: float) -> float:
        """All seconds that the agent was busy, since the router began."""
        return self._worked_s + (now - self.at if self.busy else 0.0)

    def state(self) -> LoadState:
        return LoadState(self.at, self.share, self.busy, self._worked_s)

    def restore(self, state: LoadState) -> None:
        self.at, self.share, self.busy, self._worked_s = state
