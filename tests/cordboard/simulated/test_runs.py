"""Configurations under workloads: opening hours, quiet hours, what cannot be simulated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from acd.events import QueueClosed, QueueOpened
from acd.simulation.distributions import Chance
from acd.simulation.workload import ContactRecord
from cordboard.config import CordboardFile
from cordboard.simulated.runs import configured, measure, opening_hours
from cordboard.simulated.workloads import Workload, steady

MORNING = {"time_zone": "UTC", "weekly": {"mon-fri": "9:00-12:00"}}
MONDAY_AT_EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)


def settings(**more: Any) -> CordboardFile:
    return CordboardFile.model_validate(
        {
            "numbers": {"1": "main"},
            "queues": {"q": {"hours": MORNING, "wrap_up": "0s"}, "p": {}},
            "agents": {"ann": {"queues": ["q", "p"]}},
            **more,
        }
    )


def records(_: Chance) -> Iterator[ContactRecord]:
    """One before the queue opens, one while it is open, one afterwards."""
    yield from (ContactRecord(hour * 3600.0, "q", 60.0) for hour in (0.5, 1.5, 4.5))


DAY = Workload(frozenset({"q"}), records, began_at=MONDAY_AT_EIGHT, lasts_s=16 * 3600)


def test_queues_open_and_close_by_their_hours() -> None:
    assert opening_hours(settings(), DAY) == [
        (0.0, QueueClosed("q", "closed")), (3600.0, QueueOpened("q")), (4 * 3600.0, QueueClosed("q", "closed")),
    ]  # fmt: skip
    result = configured(settings(), DAY)(1)
    assert (result.answered, result.refused) == (1, 2)
    always = configured(settings(), replace(DAY, began_at=None))(1)
    assert (always.answered, always.refused) == (3, 0)


def test_callers_are_rung_back_in_the_hours_for_it() -> None:
    def one(_: Chance) -> Iterator[ContactRecord]:
        yield ContactRecord(0.0, "p", 60.0, callback_after_s=0)

    workload = replace(DAY, queues=frozenset({"p"}), records=one)
    result = configured(settings(callbacks={"hours": MORNING}), workload)(1)
    assert (result.callbacks_served, result.seconds) == (1, 3600)


def test_what_is_not_there_cannot_be_simulated() -> None:
    with pytest.raises(ValueError, match="no queue 'x': there are q, p"):
        configured(settings(), steady({"x": 1.0}, 60, None, 10))
    with pytest.raises(ValueError, match="nobody rings"):
        steady({}, 60, None, 10)


def test_figures_are_over_all_seeds() -> None:
    figures, results = measure(configured(settings(), steady({"p": 0.01}, 60, None, 50)), range(3))
    assert (figures.contacts, len(results)) == (150, 3)
    assert figures.values["asa_s"].half_width is not None
    assert figures.contacts_per_minute > 0
