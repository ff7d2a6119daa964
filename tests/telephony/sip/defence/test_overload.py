"""The door for new calls."""

from __future__ import annotations

import itertools

from telephony.sip.defence.overload import TABLE, Door, Overload, OverloadLimits, Reading

LIMITS = OverloadLimits(lag_high_s=0.4, lag_low_s=0.1, waiting_high=100, waiting_low=20, calm_s=1.0)


def test_every_state_has_every_input() -> None:
    assert set(TABLE) == set(itertools.product(Door, Reading))


def test_lag_closes_and_only_calm_opens() -> None:
    overload = Overload(LIMITS)
    overload.measure(0.0, lag_s=0.3)
    assert not overload.is_closed
    overload.measure(1.0, lag_s=0.5)
    assert overload.is_closed
    overload.measure(2.0, lag_s=0.2)  # between the marks: as it was
    assert overload.is_closed
    overload.measure(3.0, lag_s=0.05)
    overload.measure(3.9, lag_s=0.05)
    assert overload.is_closed
    overload.measure(4.0, lag_s=0.05)
    assert not overload.is_closed
    assert overload.closings == 1


def test_calm_begins_anew_with_each_rise() -> None:
    overload = Overload(LIMITS)
    overload.measure(0.0, waiting=101)
    overload.measure(0.1, waiting=0)
    overload.measure(1.0, waiting=20)
    overload.measure(1.1, waiting=0)
    overload.measure(2.0, waiting=0)
    assert overload.is_closed
    overload.measure(2.1, waiting=0)
    assert not overload.is_closed


def test_one_sign_low_is_not_enough() -> None:
    overload = Overload(LIMITS)
    overload.measure(0.0, lag_s=1.0, waiting=500)
    overload.measure(1.0, waiting=0)
    overload.measure(9.0, waiting=0)
    assert overload.is_closed
