"""Two sides laid beside each other and written out, a window at a time: memory does not grow with the call.

The window is long enough for everything `Timeline` may place out of order. What has left it is written; what
nobody spoke into is silence. Levels are measured as the samples go by.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from recordings.timeline import RATE_HZ, STRAY_S
from telephony.media.g711 import Samples

SIDES = 2
_KEPT_S = 2 * STRAY_S + 2.0
"""A side may gather a second before it is laid."""
_CHUNK_S = 10.0
_FULL_SCALE = 32768.0

Write = Callable[[bytes], object]


class Mixdown:
    """A stereo window moving along the recording; `write` gets interleaved 16-bit frames in order."""

    def __init__(self, write: Write, rate_hz: int = RATE_HZ) -> None:
        self.rate_hz = rate_hz
        self.frames = 0
        """How many have been written; the window begins here."""
        self.too_late = 0
        """Samples that came after their place had been written."""
        self._write = write
        self._window = np.zeros((int((_KEPT_S + _CHUNK_S) * rate_hz), SIDES), dtype="<i2")
        self._end = 0
        self._energy = np.zeros(SIDES)

    def lay(self, side: int, position: int, samples: Samples) -> None:
        """Put samples of one side at their position; the same again changes nothing."""
        if position + len(samples) - self.frames > len(self._window):
            self._advance(position + len(samples) - int(_KEPT_S * self.rate_hz))
        start = position - self.frames
        if start < 0:
            self.too_late += min(-start, len(samples))
            samples, start = samples[-start:], 0
        end = start + len(samples)
        self._window[start:end, side] = samples
        self._end = max(self._end, self.frames + end)

    def finish(self) -> None:
        """Write what is still in the window, up to the last sample that anybody spoke."""
        self._advance(self._end)

    def dbfs(self, side: int) -> float | None:
        """Root mean square of a whole side against full scale; None for digital silence."""
        energy = float(self._energy[side])
        if not energy:
            return None
        return 10.0 * math.log10(energy / self.frames / _FULL_SCALE**2)

    def _advance(self, until: int) -> None:
        """Write all frames before `until` and move the window there."""
        while self.frames < until:
            count = min(until - self.frames, len(self._window))
            frames = self._window[:count]
            self._write(frames.tobytes())
            for side in range(SIDES):
                samples = frames[:, side].astype(np.float64)  # summed fast when they lie side by side
                self._energy[side] += np.square(samples, out=samples).sum()
            self.frames += count
            self._move(count)

    def _move(self, count: int) -> None:
        """So many frames left the window; what was spoken into the rest of it moves up."""
        kept = max(0, min(self._end - self.frames, len(self._window) - count))
        used = count + kept
        self._window[:kept] = self._window[count:used].copy()
        self._window[kept:used] = 0
