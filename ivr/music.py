"""Music to wait by, made here so that nobody has to license any: soft chords, about 30 s, joined end to
beginning.

Each note is written into a ring: its tail runs on at the beginning, so the loop has no seam.
"""

from __future__ import annotations

import numpy as np

from ivr.sound import RATE_HZ, Samples, limit, rms_dbfs

MUSIC_VERSION = "2"
MUSIC_DBFS = -22.0
BAR_S = 3.75
# C major 7, A minor 7, F major 7, G 6, twice; notes as MIDI numbers, the second round in other inversions.
_CHORDS: tuple[tuple[int, ...], ...] = (
    (48, 64, 67, 71),
    (45, 60, 64, 67),
    (41, 60, 64, 69),
    (43, 59, 62, 64),
    (48, 60, 64, 71),
    (45, 64, 67, 72),
    (41, 57, 60, 64),
    (43, 59, 62, 67),
)
_MELODY = (76, 74, 72, 71, 72, 76, 74, 67)


def hold_music() -> Samples:
    """The loop, at 8 kHz."""
    bar = int(BAR_S * RATE_HZ)
    ring = np.zeros(bar * len(_CHORDS), np.float64)
    for i, chord in enumerate(_CHORDS):
        for j, note in enumerate(chord):
            _strike(ring, i * bar + j * RATE_HZ // 25, note, seconds=6.0, loudness=0.9 if j == 0 else 0.55)
        for j, note in enumerate((*chord[1:], chord[2])):
            _strike(ring, i * bar + bar * (j + 1) // 5, note + 12, seconds=2.5, loudness=0.16)
        _strike(ring, i * bar + bar // 2, _MELODY[i], seconds=3.5, loudness=0.3)
    loop = ring.astype(np.float32)
    loop *= np.float32(10 ** ((MUSIC_DBFS - rms_dbfs(loop)) / 20))
    return limit(loop)


def _strike(
    ring: np.ndarray[tuple[int], np.dtype[np.float64]], at: int, note: int, *, seconds: float, loudness: float
) -> None:
    """One note of a soft electric piano, added from `at` on, around the ring's end if need be."""
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    pitch_hz = 440.0 * 2 ** ((note - 69) / 12)
    envelope = (1 - np.exp(-time_s / 0.025)) * np.exp(-time_s / (seconds / 4))
    envelope *= np.minimum(1, (seconds - time_s) / 0.2)  # ends in silence, not in a step
    tone = np.zeros_like(time_s)
    for harmonic, share in ((1, 1.0), (2, 0.22), (3, 0.07)):
        if pitch_hz * harmonic < 3300:
            tone += (
                share * np.sin(2 * np.pi * pitch_hz * harmonic * time_s) * np.exp(-time_s * (harmonic - 1))
            )
    places = (at + np.arange(time_s.size)) % ring.size
    np.add.at(ring, places, loudness * envelope * tone)
