"""The lines of a live table: header, rows, and what stands at their sides. Pure but for the styles handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from rich.segment import Segment
from rich.style import Style

from tui.context import Context
from tui.widgets.live_table.column import Placed, Span
from tui.widgets.live_table.paint import Styles, paint_cell, paint_row

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Brush:
    """Styles, and the width and shape they are painted in."""

    width: int
    boxed: bool
    tones: Styles
    base: Style
    line: Style
    title: Style
    header: Style
    cursor: Style

    @property
    def margin(self) -> int:
        """Cells left and right of the rows."""
        return 2 if self.boxed else 1

    @property
    def inner_width(self) -> int:
        """Cells for the rows."""
        return self.width - 2 * self.margin

    def header_line(self, placed: Sequence[Placed[R]], sort_key: str) -> list[Segment]:
        """The columns' titles; the one that is sorted by is underlined."""
        cells = [
            paint_cell(
                (Span(column.title),),
                width,
                right=column.align == "right",
                styles=self.tones,
                base=self.header + Style(underline=True) if column.key == sort_key else self.header,
            )
            for column, width, _ in placed
        ]
        return self._between_sides(paint_row(cells, self.inner_width, self.header), " ", self.base, None)

    def row_line(
        self, row: R, placed: Sequence[Placed[R]], context: Context, *, at_cursor: bool, scroll: str | None
    ) -> list[Segment]:
        """A row; the one at the cursor has a mark in front as well as a background."""
        style = self.cursor if at_cursor else self.base
        cells = [
            paint_cell(
                column.cell(row, context), width, right=column.align == "right", styles=self.tones, base=style
            )
            for column, width, _ in placed
        ]
        mark = "▌" if at_cursor else " "
        return self._between_sides(paint_row(cells, self.inner_width, style), mark, style, scroll)

    def note_line(self, note: str, scroll: str | None = None) -> list[Segment]:
        """A line without a row: empty, or saying why there is none."""
        inner = paint_cell(
            (Span(note, "muted"),), self.inner_width, right=False, styles=self.tones, base=self.base
        )
        return self._between_sides(inner, " ", self.base, scroll)

    def scroll_mark(self, covered: bool) -> str:
        """What stands at the right end where rows overflow: the thumb, or the bar it runs on."""
        if covered:
            return "┃"
        return "│" if self.boxed else " "

    def _between_sides(
        self, inner: list[Segment], mark: str, style: Style, scroll: str | None
    ) -> list[Segment]:
        if self.boxed:
            left = [Segment("│", self.line), Segment(mark, style)]
            return [*left, *inner, Segment(" ", style), Segment(scroll or "│", self.line)]
        return [Segment(mark, style), *inner, Segment(scroll, self.line) if scroll else Segment(" ", style)]
