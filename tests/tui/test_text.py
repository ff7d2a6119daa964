"""How figures are said."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tui import text


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-3, "0:00"),
        (0, "0:00"),
        (7.9, "0:07"),
        (59.99, "0:59"),
        (60, "1:00"),
        (3599, "59:59"),
        (3753, "1:02:33"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert text.duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(42, "42 s"), (720, "12 min"), (11520, "3 h 12 min"), (442800, "5 d 3 h"), (-1, "0 s")],
)
def test_rounded_durations(seconds: float, said: str) -> None:
    assert text.long_duration(seconds) == said


@pytest.mark.parametrize(
    ("value", "said"), [(None, "–"), (0.0, "0 %"), (79.9, "79 %"), (99.6, "99 %"), (100.0, "100 %")]
)
def test_percentages_never_round_up_to_perfect(value: float | None, said: str) -> None:
    assert text.percent(value) == said


def test_zero_steps_back() -> None:
    assert (text.count(0), text.count(12)) == ("·", "12")


def test_clock_time_is_the_readers() -> None:
    at = datetime(2030, 5, 6, 23, 30, 1, 250_999, tzinfo=UTC)

    assert text.clock_time(at, timezone(timedelta(hours=2))) == "01:30:01.250"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("call.arrived", "Call arrived"),
        ("ContactQueued", "Contact queued"),
        ("wrap_up_ended", "Wrap up ended"),
        ("SIP.failed", "SIP failed"),
        ("", ""),
    ],
)
def test_event_names(kind: str, said: str) -> None:
    assert text.event_name(kind) == said


def test_event_facts_are_flat_and_plain() -> None:
    facts = text.event_data(
        {
            "agent": "ada",
            "nothing": None,
            "empty": "",
            "skills": {"billing": 3},
            "data": {"digit": "2"},
            "waited_s": 25.1600001,
            "contained": False,
            "candidates": [{"agent": "ada", "score": [0, 4.5]}, {"agent": "chen", "score": [1, 0]}],
        }
    )

    assert facts == [
        ("agent", "ada"),
        ("skills.billing", "3"),
        ("digit", "2"),
        ("waited_s", "25.16"),
        ("contained", "no"),
        ("candidates", "agent ada score 0 4.5, agent chen score 1 0"),
    ]
