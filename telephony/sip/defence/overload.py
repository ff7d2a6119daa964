"""Whether there is room for new calls, with hysteresis (RFC 3261 section 21.5.4, RFC 6357's thresholds).

Two signs of having fallen behind: how late the control loop comes to what is due, and how many new requests wait
unparsed. Either one past its high mark closes the door for new calls; it opens when both have been below their low
marks for a while. Calls in progress are never refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class OverloadLimits:
    """The marks. `calm_s` is how long both signs must be low before new calls are taken again."""

    lag_high_s: float = 0.4
    lag_low_s: float = 0.1
    waiting_high: int = 200
    waiting_low: int = 50
    calm_s: float = 0.2
    retry_after_s: int = 5


class Door(Enum):
    """Whether new calls are taken."""

    OPEN = "open"
    CLOSED = "closed"


class Reading(Enum):
    """What a look at both signs says."""

    HIGH = "high"  # one of them is past its high mark
    BETWEEN = "between"
    LOW = "low"  # both are below their low marks
    CALM = "calm"  # low for long enough


# (state, input) -> state
TABLE: dict[tuple[Door, Reading], Door] = {
    (Door.OPEN, Reading.HIGH): Door.CLOSED,
    (Door.OPEN, Reading.BETWEEN): Door.OPEN,
    (Door.OPEN, Reading.LOW): Door.OPEN,
    (Door.OPEN, Reading.CALM): Door.OPEN,
    (Door.CLOSED, Reading.HIGH): Door.CLOSED,
    (Door.CLOSED, Reading.BETWEEN): Door.CLOSED,
    (Door.CLOSED, Reading.LOW): Door.CLOSED,
    (Door.CLOSED, Reading.CALM): Door.OPEN,
}


class Overload:
    """The door for new calls. `lag_s` and `waiting` are the newest readings."""

    __slots__ = ("_low_since", "closings", "door", "lag_s", "limits", "waiting")

    def __init__(self, limits: OverloadLimits) -> None:
        self.limits = limits
        self.door = Door.OPEN
        self.lag_s = 0.0
        self.waiting = 0
        self.closings = 0
        self._low_since: float | None = None

    @property
    def is_closed(self) -> bool:
        """Whether new calls are refused now."""
        return self.door is Door.CLOSED

    def measure(self, now: float, *, lag_s: float | None = None, waiting: int | None = None) -> None:
        """Take a new reading of either sign."""
        if lag_s is not None:
            self.lag_s = lag_s
        if waiting is not None:
            self.waiting = waiting
        before, self.door = self.door, TABLE[self.door, self._reading(now)]
        self.closings += before is Door.OPEN and self.door is Door.CLOSED

    def _reading(self, now: float) -> Reading:
        limits = self.limits
        if self.lag_s > limits.lag_high_s or self.waiting > limits.waiting_high:
            self._low_since = None
            return Reading.HIGH
        if self.lag_s >= limits.lag_low_s or self.waiting >= limits.waiting_low:
            self._low_since = None
            return Reading.BETWEEN
        if self._low_since is None:
            self._low_since = now
        return Reading.CALM if now - self._low_since >= limits.calm_s else Reading.LOW
