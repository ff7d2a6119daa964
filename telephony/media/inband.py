"""Digits inside the audio, for remotes that negotiated no telephone-event (ITU-T Q.23, Q.24). Sans-IO, numpy.

Blocks of 20 ms every 10 ms; in each the energy at the eight frequencies (and a little beside them: Q.24 allows
1.5 %) by Goertzel's sum, written as one matrix product for all blocks at once. A block is a digit if nearly all
of its energy lies in one low and one high tone of about the same level; two such blocks on end are a key that went
down. Voices rarely put that much of their energy into two tones, and hardly ever for 30 ms: no talk-off.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from telephony.media.dtmf import KeyDown, KeyUp
from telephony.media.g711 import CLOCK_RATE_HZ, Samples

BLOCK: Final = 160
HOP: Final = 80
LOW_HZ: Final = (697, 770, 852, 941)
HIGH_HZ: Final = (1209, 1336, 1477, 1633)
KEYS: Final = ("123A", "456B", "789C", "*0#D")
OFFSETS: Final = tuple(step * 0.00375 for step in range(-4, 5))
LEAST_ENERGY: Final = BLOCK * 150.0**2
"""About -38 dBm0; Q.24 wants -25 dBm at most."""
LEAST_SHARE: Final = 0.94
"""Of a block's energy, in the two tones."""
TWIST: Final = 10.0**0.8
"""High over low, and low over high: 8 dB."""
DOWN_BLOCKS: Final = 2
UP_BLOCKS: Final = 2


def _waves() -> NDArray[np.complex64]:
    frequencies = np.array([[hz * (1 + by) for by in OFFSETS] for hz in (*LOW_HZ, *HIGH_HZ)])
    at = np.arange(BLOCK)[:, None]
    waves: NDArray[np.complex64] = np.exp(-2j * np.pi * at * frequencies.reshape(-1) / CLOCK_RATE_HZ)
    return waves.astype(np.complex64)


_WAVES = _waves()


def digits_in(blocks: NDArray[np.float32]) -> list[str]:
    """Of each block its digit, or an empty string."""
    energy = np.maximum(np.einsum("ij,ij->i", blocks, blocks), 1.0)
    spectrum = blocks @ _WAVES
    power = (spectrum.real**2 + spectrum.imag**2).reshape(len(blocks), 8, len(OFFSETS)).max(axis=2)
    power *= 2 / BLOCK  # a pure tone's power is now its energy in the block
    low, high = power[:, :4], power[:, 4:]
    row, column = low.argmax(axis=1), high.argmax(axis=1)
    at = np.arange(len(blocks))
    low_energy, high_energy = low[at, row], high[at, column]
    is_digit = (
        (energy >= LEAST_ENERGY)
        & (low_energy + high_energy >= LEAST_SHARE * energy)
        & (high_energy <= TWIST * low_energy)
        & (low_energy <= TWIST * high_energy)
    )
    return [
        KEYS[low_][high_] if found else ""
        for found, low_, high_ in zip(is_digit.tolist(), row.tolist(), column.tolist(), strict=True)
    ]


class InbandDigits:
    """The key presses in one stream of samples."""

    def __init__(self) -> None:
        self._rest: NDArray[np.int16] = np.zeros(0, dtype=np.int16)
        self._candidate = ""
        self._seen = 0
        self._down = ""
        self._down_blocks = 0
        self._missing = 0

    def feed(self, samples: Samples) -> list[KeyDown | KeyUp]:
        """The next samples of the stream, as many as there are."""
        waiting = np.concatenate((self._rest, samples))
        count = (len(waiting) - BLOCK) // HOP + 1
        if count <= 0:
            self._rest = waiting
            return []
        self._rest = waiting[count * HOP :]
        blocks = np.lib.stride_tricks.sliding_window_view(waiting, BLOCK)[: count * HOP : HOP]
        happened: list[KeyDown | KeyUp] = []
        for digit in digits_in(blocks.astype(np.float32)):
            self._step(digit, happened)
        return happened

    def _step(self, digit: str, happened: list[KeyDown | KeyUp]) -> None:
        if self._down:
            if digit == self._down:
                self._down_blocks += 1 + self._missing
                self._missing = 0
                return
            self._missing += 1
            if self._missing < UP_BLOCKS:
                return
            duration_ms = (self._down_blocks * HOP + BLOCK - HOP) * 1000 // CLOCK_RATE_HZ
            happened.append(KeyUp(self._down, duration_ms))
            self._down = self._candidate = ""
        if not digit or digit != self._candidate:
            self._candidate, self._seen = digit, 0
        self._seen += 1
        if digit and self._seen >= DOWN_BLOCKS:
            self._down, self._down_blocks, self._missing = digit, self._seen, 0
            happened.append(KeyDown(digit))
