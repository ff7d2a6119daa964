"""Audio made for tests and benchmarks: digits, noise, and something that is like speech to a detector."""

import numpy as np

from telephony.media.inband import HIGH_HZ, KEYS, LOW_HZ

RATE = 8000


def dtmf(
    key: str, tone_ms: int, pause_ms: int, *, level: float = 4000, twist_db: float = 0, off: float = 0.0
) -> np.ndarray:
    """One key press and the pause behind it."""
    row = next(index for index, keys in enumerate(KEYS) if key in keys)
    at = np.arange(RATE * tone_ms // 1000) / RATE
    low, high = LOW_HZ[row] * (1 + off), HIGH_HZ[KEYS[row].index(key)] * (1 + off)
    tone = level * (np.sin(2 * np.pi * low * at) + 10 ** (twist_db / 20) * np.sin(2 * np.pi * high * at + 1))
    return np.concatenate((tone, np.zeros(RATE * pause_ms // 1000)))


def noise(samples: int, level: float, random: np.random.Generator) -> np.ndarray:
    return level * random.standard_normal(samples)


def speech(seconds: float, random: np.random.Generator) -> np.ndarray:
    """Syllables of a gliding voice with three formants, fricatives between, words and pauses."""
    parts: list[np.ndarray] = []
    left = int(seconds * RATE)
    pitch_of_voice = random.uniform(85, 260)
    while left > 0:
        kind = random.random()
        length = int(RATE * random.uniform(0.06, 0.28))
        if kind < 0.72:
            part = _vowel(length, pitch_of_voice, random)
        elif kind < 0.88:
            part = np.diff(noise(length + 1, random.uniform(200, 1500), random)) * np.hanning(length)
        else:
            part = np.zeros(int(RATE * random.uniform(0.03, 0.25)))
        parts.append(part)
        left -= len(part)
    return np.concatenate(parts)[: int(seconds * RATE)]


def _vowel(length: int, pitch: float, random: np.random.Generator) -> np.ndarray:
    glide = np.linspace(random.uniform(0.8, 1.25), random.uniform(0.8, 1.25), length) * pitch
    phase = 2 * np.pi * np.cumsum(glide) / RATE + random.uniform(0, 6)
    formants = (random.uniform(250, 900), random.uniform(850, 2400), random.uniform(2200, 3300))
    harmonics = np.arange(1, int(3400 / pitch) + 1)
    gains = sum(
        weight / (1 + ((harmonics * pitch - formant) / 90) ** 2)
        for weight, formant in zip((1.0, random.uniform(0.2, 0.9), 0.2), formants, strict=True)
    )
    wave = np.zeros(length)
    for number, gain in zip(harmonics.tolist(), np.asarray(gains).tolist(), strict=True):
        if gain > 0.01:
            wave += gain * np.sin(number * phase)
    return random.uniform(2000, 9000) * wave * np.hanning(length) ** 0.5


def as_samples(wave: np.ndarray) -> np.ndarray:
    return np.clip(wave, -32768, 32767).astype(np.int16)
