"""What supervisors are told at once."""

from __future__ import annotations

from itertools import count

from cordboard.alerts import KEPT, Alerts
from tests.cordboard.switchboard_room import FakeJournal


def made() -> tuple[Alerts, FakeJournal]:
    journal, ids = FakeJournal(), count()
    return Alerts(journal, lambda: f"a{next(ids)}"), journal  # type: ignore[arg-type]


def test_the_same_again_counts_and_is_the_newest() -> None:
    alerts, journal = made()
    alerts.raise_alert("talk lost", "c1", "nobody vouched")
    alerts.raise_alert("agent paused", "ann", "did not answer")
    alerts.raise_alert("talk lost", "c1", "nobody vouched")
    assert [(each.id, each.about, each.times) for each in alerts.newest] == [
        ("a1", "ann", 1),
        ("a0", "c1", 2),
    ]
    assert journal.kinds() == ["acd.alert"] * 3


def test_only_the_newest_are_kept() -> None:
    alerts, _ = made()
    for number in range(KEPT + 5):
        alerts.raise_alert("repaired", f"c{number}", "was apart")
    assert len(alerts.newest) == KEPT
    assert alerts.newest[0].about == "c5"
