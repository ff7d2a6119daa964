"""Made time: what happens when, and what the time is."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

Action = Callable[[], None]


class Agenda:
    """Actions in the order of their time; those of one moment in the order in which they were entered."""

    __slots__ = ("_actions", "_order", "now")

    def __init__(self) -> None:
        self.now = 0.0
        self._actions: list[tuple[float, int, Action]] = []
        self._order = count()

    def later(self, seconds: float, action: Action) -> None:
        heappush(self._actions, (self.now + seconds, next(self._order), action))

    def next(self) -> float | None:
        """When the next action is due; None when there is none."""
        return self._actions[0][0] if self._actions else None

    def step(self) -> None:
        """Go on to the next action and do it."""
        self.now, _, action = heappop(self._actions)
        action()
