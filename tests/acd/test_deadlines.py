"""The deadlines, compared with a dictionary."""

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
            st.integers(0, 20).map(lambda number: number / 4),  # several in a second
        ),
        max_size=300,
    )
)
def test_the_earliest_living_one_comes_first(steps: list[tuple[str, DeadlineKind, str, float]]) -> None:
    deadlines = Deadlines()
    model: dict[tuple[DeadlineKind, str], float] = {}
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
        assert deadlines.next() == when
    assert len(deadlines._front) + len(deadlines._buckets) + len(deadlines._seconds) < 10
    assert deadlines.pop_due(20_000.0) == (RING, "a")
    assert deadlines.next() is None


def test_those_of_one_moment_come_in_the_order_in_which_they_were_set() -> None:
    deadlines = Deadlines()
    for name in "cab":
        deadlines.set(RING, name, 7.5)
    deadlines.set(RING, "c", 7.5)
    popped = [deadlines.pop_due(8) for _ in range(3)]
    assert popped == [(RING, "a"), (RING, "b"), (RING, "c")]


def test_an_earlier_second_may_be_wanted_after_a_later_one_was_opened() -> None:
    deadlines = Deadlines()
    deadlines.set(RING, "late", 100.25)
    deadlines.set(RING, "later", 100.75)
    assert deadlines.next() == 100.25
    deadlines.set(RING, "early", 3.5)
    deadlines.cancel(RING, "late")
    assert deadlines.next() == 3.5
    assert deadlines.pop_due(4) == (RING, "early")
    assert deadlines.next() == 100.75


def test_entries_are_restored_with_their_order() -> None:
    deadlines, other = Deadlines(), Deadlines()
    for number, name in enumerate("abcab"):
        deadlines.set(RING, name, 5.0 - number % 2)
    entries, counter = deadlines.entries()
    other.restore(entries[:1], counter)
    other.restore(entries[1:], counter)
    assert other.entries() == deadlines.entries()
    assert [other.pop_due(9) for _ in range(4)] == [deadlines.pop_due(9) for _ in range(4)]
