"""The same seed gives the same people; every errand comes, and nobody needs what the flow does not offer."""

from __future__ import annotations

from itertools import islice

from cordboard.demo.plan import DECK, HOURS, SUPPORT, Errand, agent_manners, callers


def test_same_seed_same_callers() -> None:
    assert list(islice(callers(7), 30)) == list(islice(callers(7), 30))


def test_other_seed_other_callers() -> None:
    assert list(islice(callers(7), 8)) != list(islice(callers(8), 8))


def test_every_eight_callers_have_the_whole_mix() -> None:
    plans = list(islice(callers(1), 24))
    for start in (0, 8, 16):
        errands = [plan.errand for plan in plans[start : start + 8]]
        assert sorted(e.value for e in errands) == sorted(e.value for e in DECK)


def test_callers_come_in_order_and_with_numbers_of_their_own() -> None:
    plans = list(islice(callers(3), 50))
    times = [plan.arrives_s for plan in plans]
    assert times == sorted(times)
    assert len({plan.number for plan in plans}) == 50


def test_errands_and_keys_fit() -> None:
    for plan in islice(callers(5), 200):
        if plan.errand is Errand.ASK_HOURS:
            assert plan.key == HOURS
        if plan.errand is Errand.COMPLAIN:
            assert plan.key == SUPPORT
        assert 4 <= len(plan.customer) <= 8
        assert plan.customer.isdecimal()
        if plan.errand is Errand.LOSE_PATIENCE:
            assert plan.patience_s <= 4


def test_agents_have_manners_of_their_own_and_some_end_talks() -> None:
    alice, bob = list(islice(agent_manners(1, "alice"), 100)), list(islice(agent_manners(1, "bob"), 100))
    assert alice == list(islice(agent_manners(1, "alice"), 100))
    assert alice != bob
    assert 5 < sum(plan.ends_talk_s is not None for plan in alice) < 40
