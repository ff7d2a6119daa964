"""Rates changed by a whole factor: what fits the band passes, what does not is gone, in pieces as in one."""

import numpy as np
import pytest

from telephony.media.g711 import Samples
from telephony.media.resampling import Decimator, Interpolator

FACTORS = [2, 3, 6]


def tone(hz: float, rate_hz: int) -> Samples:
    return (8000 * np.sin(2 * np.pi * hz * np.arange(rate_hz) / rate_hz)).astype(np.int16)


def level(samples: Samples) -> float:
    settled = samples[len(samples) // 10 :].astype(float)
    return float(np.sqrt(np.mean(settled**2)))


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("hz", [300.0, 1000.0, 3000.0])
def test_a_tone_of_the_lower_band_passes_both_ways(factor: int, hz: float) -> None:
    low = Decimator(factor).pass_on(tone(hz, 8000 * factor))
    assert len(low) == 8000
    assert level(low) == pytest.approx(5657, rel=0.05)
    assert level(Interpolator(factor).pass_on(tone(hz, 8000))) == pytest.approx(5657, rel=0.05)


@pytest.mark.parametrize("factor", FACTORS)
def test_what_the_lower_rate_cannot_hold_is_filtered_out(factor: int) -> None:
    assert level(Decimator(factor).pass_on(tone(5500, 8000 * factor))) < 60


@pytest.mark.parametrize("factor", FACTORS)
def test_pieces_give_what_the_whole_gives(factor: int) -> None:
    high = tone(700, 8000 * factor)
    pieces = Decimator(factor)
    joined = [pieces.pass_on(high[at : at + 40 * factor]) for at in range(0, len(high), 40 * factor)]
    assert np.abs(np.concatenate(joined) - Decimator(factor).pass_on(high)).max() <= 1
    low, up = tone(700, 8000), Interpolator(factor)
    risen = np.concatenate([up.pass_on(low[at : at + 80]) for at in range(0, len(low), 80)])
    assert np.abs(risen - Interpolator(factor).pass_on(low)).max() <= 1


def test_nothing_in_nothing_out_and_loud_samples_are_clipped() -> None:
    nothing = np.zeros(0, dtype=np.int16)
    assert len(Decimator(2).pass_on(nothing)) == len(Interpolator(2).pass_on(nothing)) == 0
    square = np.repeat(np.array([32767, -32768], dtype=np.int16), 40)
    assert Interpolator(2).pass_on(np.tile(square, 4)).max() == 32767
