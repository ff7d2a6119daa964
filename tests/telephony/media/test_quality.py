import pytest

from telephony.media.messages import Codec
from telephony.media.quality import IMPAIRMENTS, mean_opinion_score, rating

CODECS: tuple[Codec, ...] = ("PCMU", "PCMA", "G722", "opus")


def score(
    loss_percent: float = 0.0,
    round_trip_ms: float | None = 20.0,
    jitter_ms: float = 1.0,
    codec: Codec = "PCMU",
) -> float:
    return mean_opinion_score(
        codec, round_trip_ms=round_trip_ms, jitter_ms=jitter_ms, loss_percent=loss_percent, ptime_ms=20
    )


def test_a_clean_line_is_as_good_as_its_codec_gets_in_its_band() -> None:
    assert score() == score(codec="PCMA") == pytest.approx(4.39, abs=0.02)
    assert score(codec="G722") == pytest.approx(4.32, abs=0.02)
    assert score(codec="opus") == pytest.approx(4.22, abs=0.02)


@pytest.mark.parametrize("codec", CODECS)
def test_loss_and_delay_cost(codec: Codec) -> None:
    scores = [score(loss, codec=codec) for loss in (0, 1, 3, 10, 40)]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 5
    assert (
        score(round_trip_ms=100, codec=codec)
        > score(round_trip_ms=600, codec=codec)
        > score(round_trip_ms=1500, codec=codec)
    )
    assert score(100, 5000, 500, codec) == 1.0


def test_ratings_of_g107() -> None:
    assert rating("PCMU", 0, 0) == 93.2
    assert rating("PCMU", 100, 0) == pytest.approx(93.2 - 2.4)
    assert rating("PCMU", 277.3, 0) == pytest.approx(93.2 - 0.024 * 277.3 - 11)
    assert rating("PCMU", 0, 25.1) == pytest.approx(93.2 - 47.5)


def test_ratings_of_the_wider_bands() -> None:
    assert rating("G722", 0, 0) == 129 - 13
    assert rating("G722", 0, 25.1) == pytest.approx(129 - 13 - (95 - 13) / 2)
    assert rating("opus", 0, 0) == pytest.approx(148 - 20.2)
    assert rating("opus", 100, 11.3) == pytest.approx(148 - 20.2 - (132 - 20.2) / 2 - 2.4)


def test_every_codec_has_its_impairment() -> None:
    assert set(IMPAIRMENTS) == set(CODECS)
