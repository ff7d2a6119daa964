"""An ordered line: contacts in the order they are served, agents in the order they are chosen.

A sorted list searched by bisection: entering, leaving and asking for a place cost O(log n) comparisons
(and one memory move of eight bytes an entry behind the place, some microseconds at ten thousand entries),
the first few are a slice. Nothing in here is stale, so nothing needs sweeping.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

Score = tuple[float, float]
"""The lowest is served first."""

Entry = tuple[float, float, int, str]
"""Score, then the tie-breaker (order of arrival or of configuration), then the id."""


class Line:
    """Ids in order of score; each id is in it at most once."""

    __slots__ = ("_entries", "_entry_of")

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._entry_of: dict[str, Entry] = {}

    def add(self, item: str, score: Score, tie: int) -> None:
        """Enter `item`; one that is already there moves to its new place."""
        self.discard(item)
        entry = (score[0], score[1], tie, item)
        insort(self._entries, entry)
        self._entry_of[item] = entry

    def discard(self, item: str) -> None:
        """Take `item` out, wherever it stands; one that is not there is fine."""
        entry = self._entry_of.pop(item, None)
        if entry is not None:
            del self._entries[bisect_left(self._entries, entry)]

    def first(self) -> Entry | None:
        return self._entries[0] if self._entries else None

    def top(self, count: int) -> list[Entry]:
        return self._entries[:count]

    def place(self, item: str) -> int | None:
        """How many stand before `item`, or None when it is not here."""
        entry = self._entry_of.get(item)
        return None if entry is None else bisect_left(self._entries, entry)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, item: str) -> bool:
        return item in self._entry_of

    def __iter__(self) -> Iterator[str]:
        return (entry[3] for entry in self._entries)
