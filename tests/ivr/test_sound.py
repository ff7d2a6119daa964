"""Resampling, levels, trimming, limiting, measured on tones."""

import math

import numpy as np
import pytest

from ivr.sound import (
    CEILING,
    RATE_HZ,
    Samples,
    fade,
    from_ulaw,
    level,
    limit,
    resample,
    rms_dbfs,
    speech_dbfs,
    to_ulaw,
    trim,
)


def tone(hz: float, seconds: float = 1.0, rate_hz: int = RATE_HZ, loudness: float = 0.5) -> Samples:
    return (loudness * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(
        np.float32
    )


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 22050, 24000, 44100, 48000, 6000])
def test_a_tone_stays_itself_at_another_rate(rate_hz: int) -> None:
    out = resample(tone(1000, rate_hz=rate_hz), rate_hz)
    assert abs(out.size - RATE_HZ) <= 1
    middle = slice(400, -400)
    ideal = tone(1000)[: out.size]
    assert float(np.abs(out[middle] - ideal[middle]).max()) < 0.005


@pytest.mark.parametrize("hz", [4400, 5000, 7000, 10000])
def test_what_8_khz_cannot_carry_is_gone_and_does_not_fold_back(hz: int) -> None:
    out = resample(tone(hz, rate_hz=22050), 22050)
    assert rms_dbfs(out[400:-400]) < rms_dbfs(tone(hz)) - 50


def test_speech_band_is_kept() -> None:
    out = resample(tone(3400, rate_hz=22050), 22050)
    assert rms_dbfs(out[400:-400]) == pytest.approx(rms_dbfs(tone(3400)), abs=0.5)


def test_levels_are_relative_to_a_square_wave_of_full_scale() -> None:
    assert rms_dbfs(np.ones(8000, np.float32)) == pytest.approx(0.0)
    assert rms_dbfs(tone(400, loudness=1.0)) == pytest.approx(-3.01, abs=0.01)
    assert rms_dbfs(np.zeros(100, np.float32)) == -math.inf
    assert rms_dbfs(np.zeros(0, np.float32)) == speech_dbfs(np.zeros(0, np.float32)) == -math.inf


def test_pauses_do_not_count_as_speech() -> None:
    spoken = tone(400)
    with_pauses = np.concatenate([spoken, np.zeros(24000, np.float32), spoken])
    assert speech_dbfs(with_pauses) == pytest.approx(speech_dbfs(spoken), abs=0.1)
    assert rms_dbfs(with_pauses) < speech_dbfs(with_pauses) - 3


def test_silence_at_both_ends_is_cut_to_a_breath() -> None:
    quiet = np.zeros(4000, np.float32)
    out = trim(np.concatenate([quiet, tone(400), quiet]), keep_s=0.04)
    assert RATE_HZ <= out.size <= RATE_HZ + 2 * 0.04 * RATE_HZ + 320
    assert trim(quiet).size == 0


@pytest.mark.parametrize("loudness", [0.001, 0.05, 0.9])
def test_a_level_is_reached_from_below_and_above(loudness: float) -> None:
    assert speech_dbfs(level(tone(400, loudness=loudness), -18.0)) == pytest.approx(-18.0, abs=0.1)


def test_silence_is_not_made_louder() -> None:
    silence = np.zeros(8000, np.float32)
    assert np.array_equal(level(silence, -18.0), silence)


def test_peaks_are_held_below_full_scale_and_the_rest_is_left_alone() -> None:
    loud = tone(200)
    loud[4000:4010] = 3.0
    out = limit(loud)
    assert float(np.abs(out).max()) <= CEILING + 1e-6
    assert np.allclose(out[:3500], loud[:3500])
    assert np.allclose(out[4500:], loud[4500:])


def test_soft_ends() -> None:
    out = fade(np.ones(8000, np.float32))
    assert out[0] == out[-1] == 0.0
    assert out[4000] == 1.0
    assert fade(np.ones(1, np.float32)).tolist() == [1.0]


def test_mulaw_there_and_back() -> None:
    samples = tone(440)
    back = from_ulaw(to_ulaw(samples))
    assert float(np.abs(back - samples).max()) < 0.02
    assert from_ulaw(to_ulaw(np.array([2.0, -2.0], np.float32))) == pytest.approx([0.98, -0.98], abs=0.01)
