import pytest

from telephony.media.quality import mean_opinion_score, rating


def score(loss_percent: float = 0.0, round_trip_ms: float | None = 20.0, jitter_ms: float = 1.0) -> float:
    return mean_opinion_score(
        round_trip_ms=round_trip_ms, jitter_ms=jitter_ms, loss_percent=loss_percent, ptime_ms=20
    )


def test_a_clean_line_is_as_good_as_narrowband_gets() -> None:
    assert score() == pytest.approx(4.39, abs=0.02)


def test_loss_and_delay_cost() -> None:
    assert score(1) > score(3) > score(10) > score(40)
    assert score(round_trip_ms=100) > score(round_trip_ms=600) > score(round_trip_ms=1500)
    assert score(100, 5000, 500) == 1.0


def test_ratings_of_g107() -> None:
    assert rating(0, 0) == 93.2
    assert rating(100, 0) == pytest.approx(93.2 - 2.4)
    assert rating(277.3, 0) == pytest.approx(93.2 - 0.024 * 277.3 - 11)
    assert rating(0, 25.1) == pytest.approx(93.2 - 47.5)
