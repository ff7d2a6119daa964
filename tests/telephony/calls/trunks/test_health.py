"""Out and back, with hysteresis."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from telephony.calls.trunks.health import TABLE, Health, Input, State, is_life
from telephony.calls.trunks.model import HealthRule

RULE = HealthRule(down_after=3, up_after=2)
A, S = Input.ANSWER, Input.SILENCE


def test_every_state_has_every_input() -> None:
    assert set(TABLE) == set(itertools.product(State, Input))


def test_out_after_three_silences_and_back_after_two_answers() -> None:
    health = Health(RULE, 0.0)
    states = []
    for n, sign in enumerate([S, S, A, S, S, S, A, S, A, A]):
        health.feed(sign, float(n))
        states.append(health.state.value[0])
    assert "".join(states) == "uuuuuddddu"
    assert (health.changes, health.since) == (2, 9.0)


@given(st.lists(st.sampled_from(Input)))
def test_a_change_needs_as_many_in_a_row(signs: list[Input]) -> None:
    health = Health(RULE, 0.0)
    for n, sign in enumerate(signs):
        if health.feed(sign, float(n)):
            needed = 3 if health.state is State.DOWN else 2
            assert signs[n + 1 - needed : n + 1] == [sign] * needed


def test_a_refusal_is_a_sign_of_life() -> None:
    assert all(is_life(status) for status in (200, 401, 404, 405, 480, 500))
    assert not any(is_life(status) for status in (408, 503))
