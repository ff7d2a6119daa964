"""The cursor and the window."""

import string

from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.live_table.viewport import Viewport


def _view(rows: str, height: int = 3) -> Viewport:
    view = Viewport()
    view.resize(height)
    view.arrange(list(rows))
    return view


def test_the_cursor_stays_on_its_row_wherever_it_goes() -> None:
    view = _view("abcdef")
    view.move(2)
    assert view.cursor == "c"

    view.arrange(list("xyzabcdef"))
    assert view.cursor == "c"
    assert "c" in view.visible
    view.arrange(list("fedcba"))
    assert view.cursor == "c"


def test_if_its_row_goes_the_cursor_takes_the_next() -> None:
    view = _view("abcd")
    view.move(1)
    view.arrange(list("acd"))
    assert view.cursor == "c"
    view.go_to(99)
    view.arrange(list("ac"))
    assert view.cursor == "c"
    view.arrange([])
    assert view.cursor is None
    view.move(1)
    assert view.cursor is None


def test_until_somebody_moves_the_first_row_is_the_one() -> None:
    view = _view("abc")
    view.arrange(list("zabc"))
    assert view.cursor == "z"
    view.move(0)
    view.arrange(list("yzabc"))
    assert view.cursor == "z"


def test_scrolling_leaves_the_cursor_and_new_rows_leave_the_window() -> None:
    view = _view("abcdefgh")
    view.scroll(4)
    assert list(view.visible) == ["e", "f", "g"]
    assert view.cursor == "a"
    view.arrange(list("abcdefghi"))
    assert list(view.visible) == ["e", "f", "g"]
    view.scroll(99)
    assert list(view.visible) == ["g", "h", "i"]


def test_select() -> None:
    view = _view("abcdef")

    assert view.select("f")
    assert (view.cursor, list(view.visible)) == ("f", ["d", "e", "f"])
    assert not view.select("nobody")
    assert view.cursor == "f"


def test_thumb() -> None:
    view = _view("abcdef", height=3)
    assert list(view.thumb()) == [0]
    view.scroll(3)
    assert list(view.thumb()) == [2]
    view.resize(6)
    assert list(view.thumb()) == []


Rows = st.lists(st.sampled_from(string.ascii_lowercase), unique=True)
Steps = st.lists(
    st.one_of(
        st.tuples(st.just("arrange"), Rows),
        st.tuples(st.sampled_from(["move", "scroll", "go_to"]), st.integers(-30, 30)),
        st.tuples(st.just("resize"), st.integers(-1, 12)),
    )
)


@given(Steps)
def test_whatever_happens_window_and_cursor_are_among_the_rows(steps: list[tuple[str, object]]) -> None:
    view = Viewport()
    for name, argument in steps:
        getattr(view, name)(argument)
        assert len(view.visible) == min(len(view.keys), view.height)
        assert (view.cursor in view.keys) == bool(view.keys)
        assert all(0 <= line < view.height for line in view.thumb())
