"""Who hears whom in the conferences of a worker, as sums over one table of samples, a row a seat.

Most seats hear everybody who may be heard by everybody: for them one sum a conference is made, and each listener's
own row taken off again. Only pairs that roles make special (whisper, hold) are added one by one. All of it is numpy
over all rows; nothing in Python runs a sample. Any number of samples a row.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telephony.media.seat import Seat

Rows = NDArray[np.intp]
Mixed = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Plan:
    """Who hears whom, as rows of the table."""

    open_speakers: Rows
    """Heard by everybody who hears everybody; conference after conference."""
    starts: Rows
    """Where in `open_speakers` a conference begins."""
    sum_of: Rows
    """For each seat its conference's sum; the row behind the last sum is silence."""
    own: Rows
    """Seats whose own row is in the sum that they hear."""
    pair_from: Rows
    pair_to: Rows
    """Special pairs, sorted by who hears."""
    pair_starts: Rows
    """Where in the pairs another listener begins."""

    def mix(self, heard: NDArray[np.int16]) -> NDArray[np.int16]:
        """What each seat hears, clipped to 16 bits."""
        sums: Mixed = np.zeros((len(self.starts) + 1, heard.shape[1]), dtype=np.int32)
        if len(self.starts):
            said = heard[self.open_speakers].astype(np.int32)
            sums[:-1] = np.add.reduceat(said, self.starts, axis=0)
        mixed: Mixed = sums[self.sum_of]
        mixed[self.own] -= heard[self.own]
        if len(self.pair_starts):
            special = heard[self.pair_from].astype(np.int32)
            mixed[self.pair_to[self.pair_starts]] += np.add.reduceat(special, self.pair_starts, axis=0)
        return np.clip(mixed, -32768, 32767).astype(np.int16)


def plan(conferences: Iterable[list[Seat]]) -> Plan:
    """Rows are seats in the order given."""
    open_speakers: list[int] = []
    starts: list[int] = []
    sum_of: list[int] = []
    own: list[int] = []
    pairs: list[tuple[int, int]] = []
    first = 0
    for seats in conferences:
        rows = range(first, first + len(seats))
        heard_by_all = [row for row, seat in zip(rows, seats, strict=True) if seat.heard_by is None]
        special = [(row, seat) for row, seat in zip(rows, seats, strict=True) if seat.heard_by is not None]
        if heard_by_all:
            starts.append(len(open_speakers))
            open_speakers += heard_by_all
        for row, seat in zip(rows, seats, strict=True):
            hears_sum = seat.hears is None and bool(heard_by_all)
            sum_of.append(len(starts) - 1 if hears_sum else -1)
            if hears_sum and seat.heard_by is None:
                own.append(row)
            others = special if hears_sum else list(zip(rows, seats, strict=True))
            pairs += [(row, other_row) for other_row, other in others if seat.can_hear(other)]
        first += len(seats)
    listeners = [to for to, _ in pairs]
    pair_starts = [at for at, to in enumerate(listeners) if at == 0 or listeners[at - 1] != to]
    return Plan(
        open_speakers=_rows(open_speakers),
        starts=_rows(starts),
        sum_of=_rows(sum_of),
        own=_rows(own),
        pair_from=_rows(row for _, row in pairs),
        pair_to=_rows(listeners),
        pair_starts=_rows(pair_starts),
    )


def _rows(rows: Iterable[int]) -> Rows:
    return np.array(list(rows), dtype=np.intp)
