"""Signs and thresholds."""

from typing import get_args

import pytest

from api.schema import PRESENCES, CallState, Presence, QueueView
from tui.signs import (
    CALL_SIGNS,
    PRESENCE_SIGNS,
    marked,
    overall_service,
    service_tone,
    wait_tone,
)


def test_every_state_has_a_sign_of_its_own() -> None:
    assert set(PRESENCE_SIGNS) == set(get_args(Presence)) == set(PRESENCES)
    assert set(CALL_SIGNS) == set(get_args(CallState))
    for signs in (PRESENCE_SIGNS, CALL_SIGNS):
        assert len({sign.symbol for sign in signs.values()}) == len(signs)
        assert len({sign.word for sign in signs.values()}) == len(signs)
        assert len({sign.rank for sign in signs.values()}) == len(signs)


@pytest.mark.parametrize(
    ("percent", "tone"),
    [(None, "muted"), (100, "good"), (80, "good"), (79.9, "warn"), (60, "warn"), (59.9, "bad")],
)
def test_service_thresholds(percent: float | None, tone: str) -> None:
    assert service_tone(percent) == tone


@pytest.mark.parametrize(
    ("waited_s", "tone"), [(0, "plain"), (10, "plain"), (10.1, "warn"), (20, "warn"), (20.1, "bad")]
)
def test_wait_thresholds(waited_s: float, tone: str) -> None:
    assert wait_tone(waited_s, 20.0) == tone


def test_thresholds_read_without_colour() -> None:
    assert [marked("1:00", tone) for tone in ("good", "warn", "bad", "plain")] == [
        "✓ 1:00",
        "△ 1:00",
        "▲ 1:00",
        "  1:00",
    ]


def test_overall_service_is_weighed() -> None:
    def queue(percent: float | None, answered: int, abandoned: int) -> QueueView:
        return QueueView(
            id="q", name="Q", service_level_percent=percent, answered=answered, abandoned=abandoned
        )

    assert overall_service([queue(100, 90, 0), queue(0, 5, 5)]) == pytest.approx(90.0)
    assert overall_service([queue(None, 0, 0)]) is None
    assert overall_service([queue(50, 0, 0)]) is None
    assert overall_service([]) is None
