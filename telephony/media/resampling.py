"""Sample rates changed by a whole factor, over a stream that comes in pieces: windowed-sinc filters in numpy.

    Decimator(factor).pass_on(samples)      fewer samples, what the lower rate cannot hold filtered out
    Interpolator(factor).pass_on(samples)   more samples, nothing above the lower rate's band added

Both are given all of a stream, in order, and delay it by 7.5 samples of the lower rate, half their filter.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from telephony.media.g711 import Samples

_LOBES: Final = 15
"""Zero crossings of the sinc, on both sides together: the filter's length in samples of the lower rate."""


def _filter(factor: int) -> NDArray[np.float32]:
    """A low pass at half the lower rate, as many taps on either side of its middle."""
    count = _LOBES * factor + 1
    sinc = np.sinc((np.arange(count) - (count - 1) / 2) / factor) * np.hamming(count)
    taps: NDArray[np.float32] = (sinc / sinc.sum()).astype(np.float32)
    return taps


_FILTERS: Final = {factor: _filter(factor) for factor in (2, 3, 6)}


class _Filtered:
    """The samples that the filter still needs of what came before."""

    __slots__ = ("_factor", "_past", "_taps")

    def __init__(self, factor: int, gain: float) -> None:
        self._factor = factor
        self._taps = _FILTERS[factor] * np.float32(gain)
        self._past = np.zeros(len(self._taps) - 1, dtype=np.float32)

    def _join(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        joined = np.concatenate((self._past, samples))
        self._past = joined[len(samples) :]
        return joined


class Decimator(_Filtered):
    """To a rate `factor` times lower."""

    def __init__(self, factor: int) -> None:
        super().__init__(factor, 1.0)

    def pass_on(self, samples: Samples) -> Samples:
        """A whole multiple of the factor at a time."""
        if not len(samples):
            return samples
        joined = self._join(samples.astype(np.float32))
        windows = np.lib.stride_tricks.sliding_window_view(joined, len(self._taps))[:: self._factor]
        return _clipped(windows @ self._taps)


class Interpolator(_Filtered):
    """To a rate `factor` times higher."""

    def __init__(self, factor: int) -> None:
        super().__init__(factor, float(factor))

    def pass_on(self, samples: Samples) -> Samples:
        if not len(samples):
            return samples
        stuffed = np.zeros(self._factor * len(samples), dtype=np.float32)
        stuffed[:: self._factor] = samples
        return _clipped(np.convolve(self._join(stuffed), self._taps, "valid"))


def _clipped(samples: NDArray[np.float32]) -> Samples:
    return np.clip(samples, -32768, 32767).astype(np.int16)
