"""Utterances: speech cut out of a stream, with a breath before and after, for whoever is to understand it. Sans-IO.

Where it begins and ends the voice activity says, block by block; half a second of quiet ends it, and so does its
length. A click is none.
"""

from collections import deque
from typing import Final

import numpy as np

from telephony.media.g711 import Samples
from telephony.media.voice import BLOCK

BEFORE_BLOCKS: Final = 15
"""What is kept of the time before speech was noticed: 0.3 s."""
QUIET_BLOCKS: Final = 15
"""So much quiet ends it, beside the 0.2 s that the voice activity bridges."""
LEAST_BLOCKS: Final = 12
"""Of speech, what is bridged included."""
MOST_BLOCKS: Final = 400
"""8 s; what is longer is cut."""


class Utterances:
    """Cuts them out of one stream."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, dtype=np.int16)
        self._before: deque[Samples] = deque(maxlen=BEFORE_BLOCKS)
        self._blocks: list[Samples] = []
        self._spoken = self._quiet = 0

    def feed(self, samples: Samples, speaking: list[bool]) -> list[Samples]:
        """What the stream went on with, and for each block that is complete by it whether somebody speaks."""
        waiting = np.concatenate((self._rest, samples))
        done: list[Samples] = []
        for number, speaks in enumerate(speaking):
            ended = self._step(waiting[number * BLOCK : (number + 1) * BLOCK], speaks)
            if ended is not None:
                done.append(ended)
        self._rest = waiting[len(speaking) * BLOCK :]
        return done

    def _step(self, block: Samples, speaks: bool) -> Samples | None:
        if not self._blocks and not speaks:
            self._before.append(block)
            return None
        if not self._blocks:
            self._blocks = [*self._before]
            self._before.clear()
        self._blocks.append(block)
        self._spoken += speaks
        self._quiet = 0 if speaks else self._quiet + 1
        if self._quiet < QUIET_BLOCKS and len(self._blocks) < MOST_BLOCKS:
            return None
        ended, long_enough = self._blocks, self._spoken >= LEAST_BLOCKS
        self._blocks, self._spoken, self._quiet = [], 0, 0
        return np.concatenate(ended) if long_enough else None
