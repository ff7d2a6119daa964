"""The words of a flow as a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cordboard.appointments import BadTime, appointed

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("2026-11-23 09:30", datetime(2026, 11, 23, 8, 30, tzinfo=UTC)),
        ("2026-11-23T09:30:00+00:00", datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),
        ("13:30", datetime(2026, 11, 22, 12, 30, tzinfo=UTC)),
        (" 13:00 ", datetime(2026, 11, 23, 12, 0, tzinfo=UTC)),
        ("0930", datetime(2026, 11, 23, 8, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_meant_where_the_house_is(words: str, meant: datetime) -> None:
    assert appointed(words, NOW, BERLIN) == meant


def test_no_words_are_no_appointment() -> None:
    assert appointed(" ", NOW, BERLIN) is None


def test_the_machines_own_zone_serves_where_none_is_said() -> None:
    moment = appointed("13:30", NOW, None)
    assert moment is not None
    assert moment.astimezone().strftime("%H:%M") == "13:30"


@pytest.mark.parametrize("words", ["soon", "25:00", "2026-11-22 12:30"])
def test_what_is_no_moment_to_come_is_said(words: str) -> None:
    with pytest.raises(BadTime, match=words):
        appointed(words, NOW, BERLIN)
