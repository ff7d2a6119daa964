"""Seats for legs that are up, and none for others."""

from __future__ import annotations

from pathlib import Path

import pytest

from telephony.calls.conferences import Seating
from tests.telephony.calls.fakes import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_a_leg_is_seated_and_leaves(bench: Bench) -> None:
    leg = bench.invite()
    assert await bench.exchange.answer(leg)
    conferences = bench.exchange.conferences
    conferences.seat("talk-1", leg, Seating("supervisor", heard_by=("agent",)))
    conferences.part(leg)
    conferences.announce(leg, "notice", [Path("notice.ulaw")])
    conferences.leave(leg)
    assert bench.media.said[2:] == [
        ("join_conference", "talk-1", leg.id, "supervisor", {"hears": None, "heard_by": ("agent",)}),
        ("unbridge", leg.id),
        ("announce", leg.id, "notice", [Path("notice.ulaw")]),
        ("leave_conference", leg.id),
    ]


async def test_a_leg_that_is_not_up_is_left_alone(bench: Bench) -> None:
    leg = bench.invite()
    conferences = bench.exchange.conferences
    for _ in range(2):
        conferences.seat("talk-1", leg, Seating("caller"))
        conferences.part(leg)
        conferences.announce(leg, "notice", [])
        conferences.leave(leg)
        assert bench.media.names() == []
        bench.exchange.reject(leg, 486, "busy")


def test_on_hold_nobody_hears_and_nobody_is_heard() -> None:
    assert Seating("agent").on_hold() == Seating("agent", hears=(), heard_by=())
