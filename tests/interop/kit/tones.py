"""Tones out and tones measured: 8 kHz mu-law for the phones, and a spectrum for what arrived."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE_HZ = 8000
Samples = npt.NDArray[np.float64]


def sine(frequency_hz: float, seconds: float, dbfs: float = -12.0, *, rate_hz: int = RATE_HZ) -> Samples:
    """A sine between -1 and 1 whose RMS is `dbfs` against a full-scale sine's peak (a full sine is -3
    dBFS)."""
    amplitude = 10 ** (dbfs / 20) * np.sqrt(2)
    return np.asarray(
        amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(int(seconds * rate_hz)) / rate_hz)
    )


def mulaw(samples: Samples) -> bytes:
    """ITU-T G.711 mu-law, written from the Recommendation and on purpose not the server's own tables."""
    magnitude = np.minimum(np.abs(np.round(samples * 32767)).astype(np.int64), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int64) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(samples < 0, 0x80, 0)
    return (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8).tobytes()


def write_wav(path: Path, samples: Samples, rate_hz: int = RATE_HZ) -> Path:
    """Mono, 16 bit."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


@dataclass(frozen=True)
class Heard:
    """What a channel holds: its strongest frequency, that tone's share of all energy, its level, its
    length."""

    frequency_hz: float
    purity: float
    dbfs: float
    seconds: float


def rate_of(path: Path) -> int:
    """The sample rate of a WAV in Hz."""
    with wave.open(str(path), "rb") as source:
        return source.getframerate()


def read_wav(path: Path, rate_hz: int = RATE_HZ) -> list[Samples]:
    """The channels of a 16 bit WAV, between -1 and 1; tolerates a header that was never finished."""
    with wave.open(str(path), "rb") as source:
        channels, rate, width = source.getnchannels(), source.getframerate(), source.getsampwidth()
        assert (rate, width) == (rate_hz, 2), f"{path}: {rate} Hz, {width * 8} bit"
        frames = source.readframes(source.getnframes())
    samples = np.frombuffer(frames, "<i2").astype(np.float64) / 32768
    return [samples[channel::channels] for channel in range(channels)]


def measure(samples: Samples, *, skip_s: float = 0.0, rate_hz: int = RATE_HZ) -> Heard:
    """Measure a channel, leaving `skip_s` at each end out (ring-up and hang-up)."""
    skip = int(skip_s * rate_hz)
    part = samples[skip : len(samples) - skip]
    seconds = len(samples) / rate_hz
    level = float(np.sqrt(np.mean(part**2))) if len(part) else 0.0
    if len(part) < rate_hz // 10 or level == 0.0:
        return Heard(0.0, 0.0, 20 * np.log10(level) if level else -120.0, seconds)
    power = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
    power[: int(50 * len(part) / rate_hz)] = 0.0  # below the telephone band
    peak = int(np.argmax(power))
    around = slice(
        max(0, peak - 1 - len(part) * 10 // rate_hz), peak + 2 + len(part) * 10 // rate_hz
    )  # 10 Hz to each side
    return Heard(
        frequency_hz=peak * rate_hz / len(part),
        purity=float(power[around].sum() / power.sum()),
        dbfs=20 * float(np.log10(level)),
        seconds=seconds,
    )
