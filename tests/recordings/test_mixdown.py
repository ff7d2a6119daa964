"""The moving window, compared with one that holds everything."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recordings.mixdown import Mixdown
from recordings.timeline import RATE_HZ, STRAY_S

REACH = int(STRAY_S * RATE_HZ)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 40 * RATE_HZ), st.integers(-REACH, REACH), st.integers(0, 1), st.integers(1, 400)
        ),
        max_size=30,
    )
)
def test_what_comes_within_reach_lands_in_its_place(packets: list[tuple[int, int, int, int]]) -> None:
    written = bytearray()
    mixdown = Mixdown(written.extend)
    whole = np.zeros((60 * RATE_HZ, 2), dtype="<i2")
    end = 0
    for number, (arrival, stray, side, count) in enumerate(sorted(packets), start=1):
        position = max(0, arrival + stray)
        samples = np.full(count, number, dtype=np.int16)
        mixdown.lay(side, position, samples)
        whole[position : position + count, side] = samples
        end = max(end, position + count)
    mixdown.finish()
    assert mixdown.too_late == 0
    assert bytes(written) == whole[:end].tobytes()


def test_what_comes_after_its_place_was_written_is_counted() -> None:
    written = bytearray()
    mixdown = Mixdown(written.extend)
    mixdown.lay(0, 100 * RATE_HZ, np.ones(160, dtype=np.int16))
    gone = mixdown.frames
    mixdown.lay(1, gone - 100, np.full(160, 2, dtype=np.int16))
    mixdown.lay(1, 0, np.full(160, 3, dtype=np.int16))
    mixdown.finish()
    assert mixdown.too_late == 100 + 160
    right = np.frombuffer(bytes(written), dtype="<i2").reshape(-1, 2)[:, 1]
    assert right.sum() == 2 * 60
