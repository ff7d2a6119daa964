"""Voice activity by energy and spectrum. Sans-IO, numpy.

Blocks of 20 ms. A block is voice if it stands above the noise floor, which follows the quietest of late, and is either
far above it or no plain noise (its spectrum is uneven: spectral flatness). Short gaps between words are bridged.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from telephony.media.g711 import Samples

BLOCK: Final = 160
BLOCK_S: Final = 0.02
QUIET_DB: Final = 25.0
"""Of a block's root mean square (20 log10, full scale 90): below this nothing is voice."""
ABOVE_DB: Final = 7.0
FAR_ABOVE_DB: Final = 14.0
FLATTEST: Final = 0.35
RISE_DB: Final = 0.06
"""By which the noise floor rises a block: 3 dB a second."""
HIGHEST_FLOOR_DB: Final = 55.0
HANGOVER_BLOCKS: Final = 10
BEGIN_BLOCKS: Final = 2


class VoiceActivity:
    """Is somebody speaking in this stream?"""

    def __init__(self) -> None:
        self._rest: NDArray[np.int16] = np.zeros(0, dtype=np.int16)
        self._floor_db = HIGHEST_FLOOR_DB
        self._run = 0
        self._hangover = 0

    def feed(self, samples: Samples) -> list[bool]:
        """For each 20 ms that are complete by now: whether somebody speaks."""
        waiting = np.concatenate((self._rest, samples))
        count = len(waiting) // BLOCK
        self._rest = waiting[count * BLOCK :]
        if count == 0:
            return []
        blocks = waiting[: count * BLOCK].reshape(count, BLOCK).astype(np.float32)
        level_db = 10 * np.log10(np.maximum(np.mean(blocks**2, axis=1), 1.0))
        flatness = _flatness(blocks)
        return [self._step(db, flat) for db, flat in zip(level_db.tolist(), flatness.tolist(), strict=True)]

    def _step(self, level_db: float, flatness: float) -> bool:
        self._floor_db = min(self._floor_db + RISE_DB, max(level_db, QUIET_DB - ABOVE_DB), HIGHEST_FLOOR_DB)
        above = level_db - self._floor_db
        voiced = level_db > QUIET_DB and (
            above > FAR_ABOVE_DB or (above > ABOVE_DB and flatness < FLATTEST) or level_db > HIGHEST_FLOOR_DB
        )
        self._run = self._run + 1 if voiced else 0
        if self._run >= BEGIN_BLOCKS:
            self._hangover = HANGOVER_BLOCKS
        elif self._hangover:
            self._hangover -= 1
        return self._hangover > 0


def _flatness(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Geometric over arithmetic mean of the power spectrum: 1 for white noise, near 0 for tones and vowels."""
    spectrum = np.abs(np.fft.rfft(blocks * np.hanning(BLOCK), axis=1))[:, 4:70] ** 2 + 1.0
    flatness: NDArray[np.float32] = np.exp(np.mean(np.log(spectrum), axis=1)) / np.mean(spectrum, axis=1)
    return flatness
