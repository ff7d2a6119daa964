"""Cells and frames as segments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tui.signs import TONES
from tui.widgets.live_table.column import Span
from tui.widgets.live_table.frame import bottom_line, top_line
from tui.widgets.live_table.paint import cut, paint_cell, paint_row

STYLES = {tone: Style() for tone in TONES}


def _text(segments: list[Segment]) -> str:
    return "".join(segment.text for segment in segments)


def _paint(text: str, width: int, *, right: bool = False) -> str:
    return _text(paint_cell((Span(text),), width, right=right, styles=STYLES, base=Style()))


def test_cells_are_padded_aligned_and_cut() -> None:
    assert _paint("Ada", 6) == "Ada   "
    assert _paint("12", 6, right=True) == "    12"
    assert _paint("Service en français", 10) == "Service e…"
    assert _paint("", 3) == "   "


def test_wide_letters_take_two_cells() -> None:
    assert cell_len(_paint("陈伟陈伟", 5)) == 5
    assert _paint("陈伟陈伟", 5) == "陈伟…"


def test_a_cut_keeps_the_tones_before_it() -> None:
    assert cut((Span("● ", "good"), Span("available", "plain")), 6) == [
        Span("● ", "good"),
        Span("ava…", "plain"),
    ]


@given(st.text(st.characters(blacklist_categories=("C", "M", "Z"))), st.integers(1, 40), st.booleans())
def test_a_cell_is_exactly_as_wide_as_it_should_be(text: str, width: int, right: bool) -> None:
    assert cell_len(_paint(text, width, right=right)) == width


def test_a_row_has_gaps_and_fills_its_width() -> None:
    cells = [paint_cell((Span(text),), 3, right=False, styles=STYLES, base=Style()) for text in ("ab", "cd")]

    assert _text(paint_row(cells, 12, Style())) == "ab   cd     "


@pytest.mark.parametrize("boxed", [True, False])
@pytest.mark.parametrize("width", [10, 24, 40, 41, 160])
def test_the_frame_is_exactly_as_wide_as_the_table(width: int, boxed: bool) -> None:
    segments = top_line(
        width,
        left=[Span("2 Calls"), Span("  12", "strong"), Span(" · 5 waiting", "warn")],
        right="by state ▾",
        boxed=boxed,
        line=Style(),
        title=Style(),
        styles=STYLES,
    )

    assert cell_len(_text(segments)) == width
    assert ("by state" in _text(segments)) == (width >= 45)
    assert cell_len(_text(bottom_line(width, Style()))) == width
