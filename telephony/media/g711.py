"""G.711 as tables: mu-law, A-law, linear, and from one law to the other.

Expansion follows ITU-T G.711 (the 14-bit mu-law and 13-bit A-law values, scaled to 16 bits); compression is
made from it: each 16-bit sample gets the code whose value is nearest. `bytes.translate` with ULAW_TO_ALAW or
ALAW_TO_ULAW turns a frame into the other law for next to nothing.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

ULAW_SILENCE: Final = 0xFF
ALAW_SILENCE: Final = 0xD5
CLOCK_RATE_HZ: Final = 8000


def _expand_ulaw(code: int) -> int:
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 0x07)) - 0x84
    return -magnitude if code & 0x80 else magnitude


def _expand_alaw(code: int) -> int:
    code ^= 0x55
    segment = code >> 4 & 0x07
    magnitude = ((code & 0x0F) << 4) + 8
    if segment:
        magnitude = magnitude + 0x100 << segment - 1
    return magnitude if code & 0x80 else -magnitude


def _nearest(values: Samples) -> NDArray[np.uint8]:
    """For every 16-bit sample (as an unsigned index) the code whose value is nearest to it."""
    order = np.argsort(values, kind="stable")
    ordered = values[order].astype(np.int32)
    samples = np.arange(-32768, 32768, dtype=np.int32)
    # The border between two neighbours lies half way; on it the value nearer to zero wins.
    borders = (ordered[:-1] + ordered[1:]) / 2
    codes = order[
        np.where(samples >= 0, borders.searchsorted(samples), borders.searchsorted(samples, "right"))
    ]
    return np.roll(codes.astype(np.uint8), 32768)


ULAW_TO_LINEAR: Final[Samples] = np.array([_expand_ulaw(code) for code in range(256)], dtype=np.int16)
ALAW_TO_LINEAR: Final[Samples] = np.array([_expand_alaw(code) for code in range(256)], dtype=np.int16)

_LINEAR_TO_ULAW = _nearest(ULAW_TO_LINEAR)
_LINEAR_TO_ULAW[0] = ULAW_SILENCE  # mu-law has two zeros; the one that a silent line carries
_LINEAR_TO_ALAW = _nearest(ALAW_TO_LINEAR)
_LINEAR_TO_ALAW[0] = ALAW_SILENCE

ULAW_TO_ALAW: Final[bytes] = _LINEAR_TO_ALAW[ULAW_TO_LINEAR.view(np.uint16)].tobytes()
ALAW_TO_ULAW: Final[bytes] = _LINEAR_TO_ULAW[ALAW_TO_LINEAR.view(np.uint16)].tobytes()


def ulaw_to_linear(data: bytes) -> Samples:
    """Mu-law bytes to 16-bit samples."""
    return ULAW_TO_LINEAR[np.frombuffer(data, dtype=np.uint8)]


def alaw_to_linear(data: bytes) -> Samples:
    """A-law bytes to 16-bit samples."""
    return ALAW_TO_LINEAR[np.frombuffer(data, dtype=np.uint8)]


def linear_to_ulaw(samples: Samples) -> bytes:
    """16-bit samples to mu-law bytes."""
    return _LINEAR_TO_ULAW[samples.view(np.uint16)].tobytes()


def linear_to_alaw(samples: Samples) -> bytes:
    """16-bit samples to A-law bytes."""
    return _LINEAR_TO_ALAW[samples.view(np.uint16)].tobytes()
