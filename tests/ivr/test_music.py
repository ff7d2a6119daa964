"""Music on hold: its level, its length, and that its end joins its beginning."""

import numpy as np
import pytest

from ivr.music import MUSIC_DBFS, hold_music
from ivr.sound import RATE_HZ, from_ulaw, rms_dbfs, to_ulaw

MUSIC = hold_music()


def test_it_is_about_half_a_minute_at_a_low_level() -> None:
    assert MUSIC.size / RATE_HZ == pytest.approx(30.0)
    assert rms_dbfs(from_ulaw(to_ulaw(MUSIC))) == pytest.approx(MUSIC_DBFS, abs=0.3)
    assert float(np.abs(MUSIC).max()) < 0.9


def test_it_has_no_seam() -> None:
    """The step from the last sample to the first is no larger than those within."""
    steps = np.abs(np.diff(MUSIC))
    assert abs(float(MUSIC[0] - MUSIC[-1])) < float(np.percentile(steps, 99))


def test_it_never_falls_silent() -> None:
    seconds = MUSIC.reshape(-1, RATE_HZ // 2)
    assert min(rms_dbfs(second) for second in seconds) > -40


def test_it_is_the_same_every_time() -> None:
    assert np.array_equal(hold_music(), MUSIC)
