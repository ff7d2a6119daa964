"""A day that was: what was seen is kept, what was not is drawn from what was."""

from __future__ import annotations

import random
from statistics import mean

import pytest

from acd.simulation.history import History, Observed, Patience


def test_patience_is_drawn_as_kaplan_and_meier_estimate_it() -> None:
    # Gave up at 10, 20, 40; answered at 15, 30: survival 4/5, 4/5 * 2/3, then nothing.
    patience = Patience([(10, True), (15, False), (20, True), (30, False), (40, True)])
    chance = random.Random(1)
    drawn = [patience.draw(chance) for _ in range(20_000)]
    shares = {length: drawn.count(length) / len(drawn) for length in (10, 20, 40, None)}
    assert shares[10] == pytest.approx(1 / 5, abs=0.01)
    assert shares[20] == pytest.approx(4 / 15, abs=0.01)
    assert shares[40] == pytest.approx(8 / 15, abs=0.01)
    assert shares[None] == 0


def test_patience_longer_than_what_was_waited() -> None:
    patience = Patience([(10, True), (15, False), (20, True), (30, False), (40, True), (60, False)])
    chance = random.Random(1)
    drawn = [patience.draw(chance, 15) for _ in range(20_000)]
    # Four of six were left after 15, then 3/4, then 1/2 of them.
    assert set(drawn) == {20, 40, None}
    assert drawn.count(20) / len(drawn) == pytest.approx(1 / 4, abs=0.01)
    assert drawn.count(None) / len(drawn) == pytest.approx(3 / 4 / 2, abs=0.01)


def test_nobody_who_gave_up_means_patience_for_ever() -> None:
    assert Patience([(10, False)]).draw(random.Random(1)) is None
    assert Patience([]).draw(random.Random(1), 5.0) is None


def test_an_exponential_patience_is_found_again_behind_its_censoring() -> None:
    chance = random.Random(2)
    waits = []
    for _ in range(4000):
        patience_s, answered_s = chance.expovariate(1 / 60), chance.expovariate(1 / 90)
        waits.append((min(patience_s, answered_s), patience_s < answered_s))
    patience = Patience(waits)
    drawn = [200.0 if (one := patience.draw(chance)) is None else min(one, 200.0) for _ in range(4000)]
    assert mean(drawn) == pytest.approx(60 * (1 - 2.718281828 ** (-200 / 60)), rel=0.08)


DAY = [
    Observed(5, "q", 2, False, 30, 4, (("tax", 2),), 1),
    Observed(8, "q", 7, True),
    Observed(10, "p", 9, True),
    Observed(2000, "q", 1, False, 50, callback_after_s=1),
]


def test_what_was_seen_is_replayed_and_the_rest_is_drawn() -> None:
    first, gave_up, other, last = History(DAY).replay(random.Random(1))
    assert (first.at_s, first.talk_s, first.wrap_up_s, first.skills, first.priority) == (
        5,
        30,
        4,
        {"tax": 2},
        1,
    )
    assert first.patience_s in (7, None)
    assert gave_up.patience_s == 7
    assert gave_up.talk_s in (30, 50), "of its own queue"
    assert other.talk_s in (30, 50), "nobody of its queue talked"
    assert (last.at_s, last.callback_after_s, first.callback_after_s) == (2000, 1, None)


def test_days_like_it_have_as_many_contacts_by_the_quarter_of_an_hour() -> None:
    history = History([Observed(float(n), "q", 1, False, 60.0) for n in range(0, 900, 9)] + DAY[3:])
    days = [list(history.like_it(random.Random(seed))) for seed in range(30)]
    assert mean(sum(each.at_s < 900 for each in day) for day in days) == pytest.approx(100, rel=0.06)
    assert all(each.at_s >= 1800 for day in days for each in day if each.at_s >= 900)
    assert len({len(day) for day in days}) > 5
    assert {each.talk_s for day in days for each in day} == {50, 60}


def test_a_day_on_which_nobody_was_answered_teaches_nothing() -> None:
    with pytest.raises(ValueError, match="nobody was answered"):
        History([Observed(8, "q", 7, True)])
