"""The ordered line, compared with a plain sort."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from acd.line import Line

Step = tuple[str, float, float, int]
steps = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.floats(-5, 5), st.floats(-5, 5), st.integers(-1, 3)), max_size=40
)


@given(steps)
def test_entering_moving_and_leaving_keep_the_order(steps: list[Step]) -> None:
    line, model = Line(), {}
    for item, primary, secondary, tie in steps:
        if tie < 0:
            line.discard(item)
            model.pop(item, None)
        else:
            line.add(item, (primary, secondary), tie)
            model[item] = (primary, secondary, tie, item)
        expected = sorted(model.values())
        assert list(line) == [entry[3] for entry in expected]
        assert len(line) == len(model)
        assert line.first() == (expected[0] if expected else None)
        assert line.top(2) == expected[:2]
        for place, entry in enumerate(expected):
            assert line.place(entry[3]) == place
            assert entry[3] in line


def test_whoever_is_not_there_has_no_place() -> None:
    line = Line()
    line.discard("a")
    assert line.place("a") is None
    assert "a" not in line
