"""The figures of all legs added up, a few legs at a time: a look at a thousand at once would hold packets up for
milliseconds, whenever somebody asks.

    ask        a request waits; `told` gets it and the sum when the count that begins after it is through
    forget     a leg closes: its figures go to the totals of closed legs, and out of a count that has them already
"""

from collections.abc import Callable, Mapping
from math import inf
from typing import Final

from telephony.media.leg import Leg
from telephony.media.totals import Counts

AT_ONCE: Final = 16
"""Legs: less than 0.1 ms."""
PAUSE_S: Final = 0.001


class Census:
    """At most one count at a time; whoever asks during one waits for the next."""

    def __init__(self, legs: Mapping[str, Leg], told: Callable[[int, Counts], None]) -> None:
        self._legs = legs
        self._told = told
        self._asked: list[int] = []
        self._served: list[int] = []
        self._left: list[Leg] = []
        self._seen: dict[Leg, Counts] = {}
        self._sum = Counts()
        self._next_at = inf

    def ask(self, number: int, now: float) -> None:
        """Few legs are counted at once, before this returns."""
        self._asked.append(number)
        if self._next_at == inf:
            self.handle_timer(now)

    def next_at(self) -> float:
        return self._next_at

    def handle_timer(self, now: float) -> None:
        """Count some legs; begin or end a count."""
        if not self._served:
            self._served, self._asked = self._asked, []
            self._left = list(self._legs.values())
        for leg in self._left[-AT_ONCE:]:
            if self._legs.get(leg.leg_id) is leg:
                counts = self._seen[leg] = Counts.of(leg)
                self._sum = self._sum.plus(counts)
        del self._left[-AT_ONCE:]
        if not self._left:
            self._tell()
        self._next_at = now + PAUSE_S if self._left or self._asked else inf

    def forget(self, leg: Leg) -> None:
        counts = self._seen.pop(leg, None)
        if counts is not None:
            self._sum = self._sum.minus(counts)

    def _tell(self) -> None:
        total, self._sum = self._sum, Counts()
        self._seen.clear()
        served, self._served = self._served, []
        for number in served:
            self._told(number, total)
