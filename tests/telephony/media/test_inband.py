import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.made_audio import RATE, as_samples, dtmf, noise, speech
from telephony.media.dtmf import KeyDown, KeyUp
from telephony.media.inband import InbandDigits

DIGITS = "0123456789*#ABCD"


def heard(wave: np.ndarray, step: int = 160) -> list[KeyDown | KeyUp]:
    detector, samples = InbandDigits(), as_samples(wave)
    return [key for at in range(0, len(samples), step) for key in detector.feed(samples[at : at + step])]


def digits(wave: np.ndarray) -> str:
    return "".join(key.digit for key in heard(wave) if isinstance(key, KeyDown))


def test_all_digits() -> None:
    assert digits(np.concatenate([dtmf(key, 80, 60) for key in DIGITS])) == DIGITS


def test_down_and_up_with_its_length() -> None:
    down, up = heard(np.concatenate((np.zeros(400), dtmf("5", 100, 100))))
    assert down == KeyDown("5")
    assert isinstance(up, KeyUp)
    assert abs(up.duration_ms - 100) <= 20


def test_the_shortest_tone_and_pause_of_q24() -> None:
    assert digits(np.concatenate([dtmf(key, 40, 40) for key in "11223344"] + [np.zeros(400)])) == "11223344"


@pytest.mark.parametrize("off", [-0.015, 0.015])
@pytest.mark.parametrize("twist_db", [-7, 4])
def test_tones_a_little_beside_and_of_different_level(off, twist_db) -> None:
    wave = np.concatenate([dtmf(key, 60, 60, off=off, twist_db=twist_db) for key in DIGITS])
    assert digits(wave) == DIGITS


def test_noise_of_15_db_below() -> None:
    random = np.random.default_rng(1)
    wave = np.concatenate([dtmf(key, 60, 60) for key in DIGITS])
    assert digits(wave + noise(len(wave), 4000 / 10 ** (15 / 20), random)) == DIGITS


def test_one_tone_alone_is_no_digit() -> None:
    at = np.arange(8000) / RATE
    for frequency in (697, 941, 1209, 1633, 425):
        assert digits(5000 * np.sin(2 * np.pi * frequency * at)) == ""


def test_too_short_or_too_soft_is_no_digit() -> None:
    assert digits(dtmf("5", 20, 100)) == ""
    assert digits(dtmf("5", 100, 100, level=60)) == ""


def test_no_talk_off_in_two_minutes_of_speech_like_audio() -> None:
    random = np.random.default_rng(3)
    assert digits(speech(120, random) + noise(120 * RATE, 20, random)) == ""


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 500), min_size=1, max_size=20))
def test_packets_of_any_size_say_the_same(sizes: list[int]) -> None:
    samples = as_samples(np.concatenate([dtmf(key, 60, 60) for key in "159D"]))
    detector, at, keys = InbandDigits(), 0, []
    while at < len(samples):
        size = sizes[at % len(sizes)]
        keys += detector.feed(samples[at : at + size])
        at += size
    assert keys == InbandDigits().feed(samples)
