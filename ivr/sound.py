"""Sound as numbers: resampling, levels, trimming, mu-law. Pure functions over float32 samples in -1..1.

Levels are in dBFS: 0 is the RMS of a square wave of full scale, so a sine of full scale is at -3.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from telephony.media.g711 import linear_to_ulaw, ulaw_to_linear

Samples = npt.NDArray[np.float32]
RATE_HZ = 8000
WIDE_HZ = 16_000
"""Of prompts for phones that speak a wideband codec. Whatever takes no rate is for RATE_HZ."""
CEILING = 10 ** (-1.0 / 20)  # peaks stay 1 dB below full scale
_LIMITER_S = 0.004


def resample(samples: Samples, from_hz: int, to_hz: int = RATE_HZ) -> Samples:
    """The same sound at another rate, through a Kaiser-windowed sinc low-pass below the lower Nyquist
    frequency.
    """
    if from_hz == to_hz or samples.size == 0:
        return samples
    common = math.gcd(from_hz, to_hz)
    up, down = to_hz // common, from_hz // common
    kernel, half = _polyphase(up, down)
    count = math.ceil(samples.size * up / down)
    padded = np.concatenate([np.zeros(half, np.float32), samples, np.zeros(half + 1, np.float32)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half)
    out = np.empty(count, np.float32)
    for begin in range(0, count, 65536):
        ticks = np.arange(begin, min(begin + 65536, count), dtype=np.int64) * down
        out[begin : begin + ticks.size] = np.einsum(
            "ij,ij->i", windows[np.minimum(ticks // up + 1, len(windows) - 1)], kernel[ticks % up]
        )
    return out


@lru_cache(maxsize=16)
def _polyphase(up: int, down: int) -> tuple[Samples, int]:
    """One low-pass for each of the `up` phases between two input samples, and half its length."""
    cutoff = 0.92 * min(
        1.0, up / down
    )  # in input Nyquists; the transition band ends near the output's Nyquist
    half = math.ceil(32 / cutoff)
    phase = np.arange(up, dtype=np.float64)[:, None] / up
    distance = np.arange(-half + 1, half + 1, dtype=np.float64)[None, :] - phase
    window = np.i0(8.0 * np.sqrt(np.clip(1 - (distance / half) ** 2, 0, None))) / np.i0(8.0)
    kernel = cutoff * np.sinc(cutoff * distance) * window
    kernel /= kernel.sum(axis=1, keepdims=True)
    return kernel.astype(np.float32), half


def rms_dbfs(samples: Samples) -> float:
    """The level of everything; -inf for silence."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0
    return 10 * math.log10(power) if power > 0 else -math.inf


def speech_dbfs(samples: Samples, rate_hz: int = RATE_HZ) -> float:
    """The level of what is spoken:

    Frames of 20 ms within 30 dB of the loudest ones, so that pauses do not count.
    """
    powers = _frame_powers(samples, rate_hz // 50)
    if powers.size == 0 or powers.max() <= 0:
        return -math.inf
    active = powers[powers > np.percentile(powers, 95) / 1000]
    return 10 * math.log10(float(active.mean()))


def _frame_powers(samples: Samples, frame: int) -> npt.NDArray[np.float64]:
    if samples.size == 0:
        return np.zeros(0)
    padded = np.concatenate([samples, np.zeros(-samples.size % frame, np.float32)])
    powers: npt.NDArray[np.float64] = np.square(padded.reshape(-1, frame), dtype=np.float64).mean(axis=1)
    return powers


def trim(
    samples: Samples, rate_hz: int = RATE_HZ, *, keep_s: float = 0.04, below_db: float = 40.0
) -> Samples:
    """Without the silence at both ends, but for a breath of `keep_s`."""
    frame = rate_hz // 50
    powers = _frame_powers(samples, frame)
    if powers.size == 0 or powers.max() <= 0:
        return samples[:0]
    loud = np.flatnonzero(powers > powers.max() / 10 ** (below_db / 10))
    keep = int(keep_s * rate_hz)
    begin = max(0, int(loud[0]) * frame - keep)
    end = min(samples.size, (int(loud[-1]) + 1) * frame + keep)
    return samples[begin:end]


def level(samples: Samples, to_dbfs: float, rate_hz: int = RATE_HZ) -> Samples:
    """Brought to a level of speech, peaks held below full scale by a limiter; silence stays silence."""
    out = samples
    for _ in range(3):  # limiting takes a little of the level away again
        now = speech_dbfs(out, rate_hz)
        if now == -math.inf:
            return out
        out = limit((out * np.float32(10 ** ((to_dbfs - now) / 20))).astype(np.float32), rate_hz)
    return out


def limit(samples: Samples, rate_hz: int = RATE_HZ) -> Samples:
    """Peaks above the ceiling turned down, smoothly and ahead of time: nothing is clipped."""
    peaks = np.abs(samples)
    if peaks.size == 0 or float(peaks.max()) <= CEILING:
        return samples
    reach = int(_LIMITER_S * rate_hz)
    width = 2 * reach + 1
    wanted = np.minimum(1.0, CEILING / np.maximum(peaks, 1e-9))
    # The least gain within reach of a sample, then its mean over that reach: never more than a peak allows.
    least = _sliding_minimum(np.pad(wanted, 2 * reach, mode="edge"), width)
    gain = np.convolve(least, np.ones(width) / width, mode="valid")
    return (samples * gain).astype(np.float32)


def _sliding_minimum(values: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
    least: npt.NDArray[np.float64] = np.lib.stride_tricks.sliding_window_view(values, width).min(axis=1)
    return least


def fade(samples: Samples, rate_hz: int = RATE_HZ, *, seconds: float = 0.005) -> Samples:
    """With soft ends, so that nothing clicks."""
    count = min(int(seconds * rate_hz), samples.size // 2)
    if count == 0:
        return samples
    ramp = np.linspace(0, 1, count, dtype=np.float32)
    out = samples.copy()
    out[:count] *= ramp
    out[-count:] *= ramp[::-1]
    return out


def to_ulaw(samples: Samples) -> bytes:
    """ITU-T G.711 mu-law, one byte a sample."""
    return linear_to_ulaw(_whole(samples))


def to_linear(samples: Samples) -> bytes:
    """16 bits a sample, little-endian."""
    return _whole(samples).astype("<i2").tobytes()


def _whole(samples: Samples) -> npt.NDArray[np.int16]:
    return np.clip(np.round(samples * 32767.0), -32768, 32767).astype(np.int16)


def from_ulaw(data: bytes) -> Samples:
    """The samples that mu-law bytes stand for."""
    return ulaw_to_linear(data).astype(np.float32) / np.float32(32768.0)
