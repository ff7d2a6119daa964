"""Babble is loud enough to be measured, sounds like itself every time, and stays within the telephone band."""

from __future__ import annotations

import numpy as np
import pytest

from cordboard.demo.voices import BABBLE_DBFS, babble, babbling_voices
from telephony.media.g711 import ulaw_to_linear


def _samples(audio: bytes) -> np.ndarray:
    return ulaw_to_linear(audio).astype(np.float64) / 32768


def test_babble_is_the_same_for_the_same_seed() -> None:
    assert babble(3, 1.0, 120.0) == babble(3, 1.0, 120.0)
    assert babble(3, 1.0, 120.0) != babble(4, 1.0, 120.0)


def test_babble_is_as_loud_as_speech() -> None:
    samples = _samples(babble(1, 3.0, 120.0))
    dbfs = 20 * np.log10(np.sqrt(np.mean(samples**2)))
    assert dbfs == pytest.approx(BABBLE_DBFS, abs=3)
    assert np.abs(samples).max() < 0.95


def test_babble_has_the_rhythm_of_syllables() -> None:
    samples = _samples(babble(1, 4.0, 120.0))
    envelope = np.sqrt(np.mean(samples[: len(samples) // 160 * 160].reshape(-1, 160) ** 2, axis=1))
    spectrum = np.abs(np.fft.rfft(envelope - envelope.mean()))
    strongest_hz = np.argmax(spectrum[1:]) + 1
    assert 2.0 < strongest_hz * 50 / len(envelope) < 7.0


def test_both_sides_have_something_to_say() -> None:
    voices = babbling_voices()
    assert not voices.spoken
    assert len(voices.callers) > 1
    assert len(voices.agents) > 1
