"""The heap of deadlines, compared with a dictionary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from acd.deadlines import DeadlineKind, Deadlines

RING, BACK_OFF = DeadlineKind.RING, DeadlineKind.BACK_OFF


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["set", "cancel", "pop"]),
            st.sampled_from([RING, BACK_OFF]),
            st.sampled_from("abc"),
            st.integers(0, 20),
        ),
        max_size=300,
    )
)
def test_the_earliest_living_one_comes_first(steps: list[tuple[str, DeadlineKind, str, int]]) -> None:
    deadlines = Deadlines()
    model: dict[tuple[DeadlineKind, str], int] = {}
    for what, kind, name, when in steps:
        if what == "set":
            deadlines.set(kind, name, when)
            model[kind, name] = when
        elif what == "cancel":
            deadlines.cancel(kind, name)
            model.pop((kind, name), None)
        else:
            due = deadlines.pop_due(when)
            if due is None:
                assert all(at > when for at in model.values())
            else:
                popped = model.pop(due)
                assert popped <= min([*model.values(), when])
        assert deadlines.next() == min(model.values(), default=None)
        assert len(deadlines) == len(model)
        assert deadlines.when(kind, name) == model.get((kind, name))


def test_deadlines_set_again_and_again_do_not_pile_up() -> None:
    deadlines = Deadlines()
    for when in range(10_000):
        deadlines.set(RING, "a", when)
    assert len(deadlines._heap) < 200
    assert deadlines.pop_due(20_000.0) == (RING, "a")
    assert deadlines.next() is None
