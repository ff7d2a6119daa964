"""Cells to styled segments: cut, padded, aligned. Pure but for the styles, which the table hands in."""

from collections.abc import Mapping, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.signs import Tone
from tui.widgets.live_table.column import GAP, Cell, Span

Styles = Mapping[Tone, Style]
ELLIPSIS = "…"


def cut(cell: Cell, width: int) -> list[Span]:
    """The cell in at most `width` cells; an ellipsis says that something is missing."""
    if sum(cell_len(span.text) for span in cell) <= width:
        return list(cell)
    room = width - 1
    kept: list[Span] = []
    for span in cell:
        length = cell_len(span.text)
        if length > room:
            kept.append(Span(set_cell_size(span.text, room).rstrip() + ELLIPSIS, span.tone))
            break
        kept.append(span)
        room -= length
    return kept


def paint_cell(cell: Cell, width: int, *, right: bool, styles: Styles, base: Style) -> list[Segment]:
    """Exactly `width` cells."""
    spans = cut(cell, width)
    missing = width - sum(cell_len(span.text) for span in spans)
    segments = [Segment(span.text, base + styles[span.tone]) for span in spans if span.text]
    if missing > 0:
        padding = Segment(" " * missing, base)
        segments.insert(0 if right else len(segments), padding)
    return segments


def paint_row(cells: Sequence[list[Segment]], width: int, base: Style) -> list[Segment]:
    """Cells side by side with gaps, filled up to `width`."""
    segments: list[Segment] = []
    for number, cell in enumerate(cells):
        if number:
            segments.append(Segment(" " * GAP, base))
        segments.extend(cell)
    missing = width - Segment.get_line_length(segments)
    if missing > 0:
        segments.append(Segment(" " * missing, base))
    return segments


def strip(segments: Sequence[Segment], width: int) -> Strip:
    """A line of exactly `width` cells."""
    return Strip(Segment.simplify(segments)).adjust_cell_length(width)
