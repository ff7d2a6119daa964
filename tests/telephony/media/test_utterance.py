"""Utterances cut out of a stream of blocks."""

import numpy as np
import pytest

from telephony.media.utterance import (
    BEFORE_BLOCKS,
    LEAST_BLOCKS,
    MOST_BLOCKS,
    QUIET_BLOCKS,
    Utterances,
)
from telephony.media.voice import BLOCK


def feed(cutter: Utterances, speaking: list[bool], *, level: int = 0) -> list[np.ndarray]:
    return cutter.feed(np.full(len(speaking) * BLOCK, level, dtype=np.int16), speaking)


def test_speech_comes_with_the_breath_before_and_the_quiet_behind() -> None:
    cutter = Utterances()
    assert feed(cutter, [False] * 50, level=1) == []
    assert feed(cutter, [True] * 30, level=2) == []
    [said] = feed(cutter, [False] * 50, level=3)
    expected = np.repeat([1] * BEFORE_BLOCKS + [2] * 30 + [3] * QUIET_BLOCKS, BLOCK)
    assert np.array_equal(said, expected)


def test_a_short_pause_divides_nothing_and_a_long_one_does() -> None:
    cutter = Utterances()
    pause = [False] * (QUIET_BLOCKS - 1)
    assert len(feed(cutter, [True] * 20 + pause + [True] * 20 + [False] * 20)) == 1
    assert len(feed(cutter, ([True] * 20 + [False] * 20) * 3)) == 3


def test_a_click_is_no_utterance() -> None:
    cutter = Utterances()
    assert feed(cutter, [True] * (LEAST_BLOCKS - 1) + [False] * 40) == []
    assert len(feed(cutter, [True] * LEAST_BLOCKS + [False] * 40)) == 1


def test_what_goes_on_for_ever_is_cut() -> None:
    said = feed(Utterances(), [True] * (2 * MOST_BLOCKS + 20))
    assert [len(each) for each in said] == [MOST_BLOCKS * BLOCK] * 2


@pytest.mark.parametrize("size", [1, 37, 160, 161, 1000])
def test_it_does_not_matter_in_what_pieces_it_comes(size: int) -> None:
    samples = np.arange(100 * BLOCK, dtype=np.int16)
    speaking = [False] * 20 + [True] * 40 + [False] * 40
    [whole] = Utterances().feed(samples, speaking)
    cutter, found, known = Utterances(), [], 0
    for at in range(0, len(samples), size):
        piece = samples[at : at + size]
        complete = (at + len(piece)) // BLOCK
        found += cutter.feed(piece, speaking[known:complete])
        known = complete
    assert len(found) == 1
    assert np.array_equal(found[0], whole)
