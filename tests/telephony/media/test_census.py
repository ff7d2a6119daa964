from math import inf

import pytest

from telephony.media import totals
from telephony.media.census import AT_ONCE, Census
from telephony.media.totals import Counts


@pytest.fixture
def told() -> list[tuple[int, Counts]]:
    return []


@pytest.fixture
def census(new_leg, told, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(totals, "dropped_by_kernel", lambda _: 2)
    monkeypatch.setattr("tests.telephony.media.leg_kit.FakeSockets.rtp", None, raising=False)
    legs = {}

    def of(count: int) -> tuple[Census, dict]:
        for number in range(count):
            leg = new_leg(f"leg-{number}").leg
            leg.refused = 1
            legs[leg.leg_id] = leg
        return Census(legs, lambda number, counts: told.append((number, counts))), legs

    return of


def test_a_few_legs_are_counted_at_once(census, told) -> None:
    counted, _ = census(AT_ONCE)
    counted.ask(7, 10.0)
    assert told == [(7, Counts(refused=AT_ONCE, dropped=2 * AT_ONCE))]
    assert counted.next_at() == inf


def test_no_legs_are_counted_too(census, told) -> None:
    counted, _ = census(0)
    counted.ask(7, 10.0)
    assert told == [(7, Counts())]


def test_many_legs_are_counted_bit_by_bit(census, told) -> None:
    counted, _ = census(2 * AT_ONCE + 1)
    counted.ask(7, 10.0)
    turns = 0
    while counted.next_at() < inf:
        assert told == []
        counted.handle_timer(counted.next_at())
        turns += 1
    assert turns == 2
    assert told[0][1].refused == 2 * AT_ONCE + 1


def test_who_asks_meanwhile_gets_a_count_that_begins_later(census, told) -> None:
    counted, legs = census(AT_ONCE + 1)
    counted.ask(7, 10.0)
    next(iter(reversed(legs.values()))).refused = 100  # counted already
    counted.ask(8, 10.0)
    while counted.next_at() < inf:
        counted.handle_timer(counted.next_at())
    assert [(number, counts.refused) for number, counts in told] == [(7, AT_ONCE + 1), (8, AT_ONCE + 100)]


def test_a_leg_that_closes_meanwhile_is_not_counted_twice(census, told) -> None:
    counted, legs = census(2 * AT_ONCE)
    counted.ask(7, 10.0)
    for name in (f"leg-{2 * AT_ONCE - 1}", "leg-0"):  # one is counted already, one is not
        counted.forget(legs.pop(name))
    counted.handle_timer(11.0)
    assert told[0][1].refused == 2 * AT_ONCE - 2
