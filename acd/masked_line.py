"""An ordered line in which the first of any set is found without looking at everybody before it.

The agents of a group who are free stand in one line in the order of choice, whatever is asked of them. Sets are bit
masks over the group's slots (`acd.demand.Group`): the line is kept in blocks of some tens of entries, each with the
mask of who stands in it, so that a search passes over a block in which nobody suits by one AND. Ten thousand free
agents are some hundred and fifty blocks; entering and leaving touch one block.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from acd.line import Entry, Score

BLOCK = 64
"""Entries of a block when it was halved; it is halved again at twice as many."""


class MaskedLine:
    """Ids in order of score, each with a slot (0, 1, ...) of its own."""

    __slots__ = ("_blocks", "_entry_of", "_lasts", "_masks", "_slots")

    def __init__(self, slots: dict[str, int]) -> None:
        """`slots` says where each id's bit is; it may grow."""
        self._slots = slots
        self._entry_of: dict[str, Entry] = {}
        self._blocks: list[list[Entry]] = []
        self._masks: list[int] = []
        self._lasts: list[Entry] = []

    def add(self, item: str, score: Score, tie: int) -> None:
        """Enter `item`; one that is already there moves to its new place."""
        self.discard(item)
        entry = self._entry_of[item] = (score[0], score[1], tie, item)
        if not self._blocks:
            self._blocks, self._masks, self._lasts = [[entry]], [1 << self._slots[item]], [entry]
            return
        at = min(bisect_left(self._lasts, entry), len(self._blocks) - 1)
        block = self._blocks[at]
        insort(block, entry)
        self._masks[at] |= 1 << self._slots[item]
        self._lasts[at] = block[-1]
        if len(block) >= 2 * BLOCK:
            self._halve(at)

    def discard(self, item: str) -> None:
        """Take `item` out, wherever it stands; one that is not there is fine."""
        entry = self._entry_of.pop(item, None)
        if entry is None:
            return
        at = bisect_left(self._lasts, entry)
        block = self._blocks[at]
        del block[bisect_left(block, entry)]
        if block:
            self._masks[at] ^= 1 << self._slots[item]
            self._lasts[at] = block[-1]
        else:
            del self._blocks[at], self._masks[at], self._lasts[at]

    def among(self, wanted: int) -> Iterator[Entry]:
        """Those whose bits are in `wanted`, in order."""
        slots = self._slots
        for block, mask in zip(self._blocks, self._masks, strict=True):
            if mask & wanted:
                for entry in block:
                    if wanted >> slots[entry[3]] & 1:
                        yield entry

    def entries(self) -> list[Entry]:
        return [entry for block in self._blocks for entry in block]

    def __contains__(self, item: str) -> bool:
        return item in self._entry_of

    def __len__(self) -> int:
        return len(self._entry_of)

    def _halve(self, at: int) -> None:
        block = self._blocks[at]
        halves = [block[:BLOCK], block[BLOCK:]]
        self._blocks[at : at + 1] = halves
        self._masks[at : at + 1] = [self._mask(half) for half in halves]
        self._lasts[at : at + 1] = [half[-1] for half in halves]

    def _mask(self, entries: list[Entry]) -> int:
        mask = 0
        for entry in entries:
            mask |= 1 << self._slots[entry[3]]
        return mask
