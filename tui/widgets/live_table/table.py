"""A table of rows that change all the time, repainted line by line where something differs and nowhere else.

Owns: rows, their order, the filter, the cursor, keys and mouse. Must not know what the rows mean: columns say
how a row reads and sorts. A flood of new rows costs sorting them and painting the lines in sight, however many
there are; nothing is laid out again.

    show(rows) or tick(context)  >  arrange (filter, sort)  >  paint lines in sight  >  refresh those that differ
"""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.context import Context
from tui.signs import TONES, Tone
from tui.widgets.live_table.brush import Brush
from tui.widgets.live_table.column import Column, Placed, Span, fit
from tui.widgets.live_table.frame import bottom_line, top_line
from tui.widgets.live_table.paint import strip
from tui.widgets.live_table.viewport import Viewport

R = TypeVar("R")


class LiveTable(Widget, Generic[R], can_focus=True):
    """Rows of type R under `columns`, sorted, filtered, with a cursor that stays on its row."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"live-table--{tone}" for tone in TONES),
        "live-table--header",
        "live-table--title",
        "live-table--line",
        "live-table--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "end(-1)", "First", show=False),
        Binding("end,G", "end(1)", "Last", show=False),
        Binding("s", "sort", "Sort"),
        Binding("S", "reverse", "Reverse", show=False),
        Binding("enter", "choose", "Open"),
    ]

    class Chosen(Message):
        """Enter on a row, or a second click."""

        def __init__(self, table: Widget, key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> Widget:
            return self.table

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        title: str,
        empty: str,
        sort: str,
        words: Callable[[R, Context], str],
        summary: Callable[[Mapping[str, R], Context], Sequence[Span]],
        id: str,
    ) -> None:
        super().__init__(id=id)
        self.columns = columns
        self.view = Viewport()
        self.sort_key = sort
        self.reverse = False
        self._title = title
        self._empty = empty
        self._words = words
        self._summary = summary
        self._rows: Mapping[str, R] = {}
        self._filter: tuple[str, ...] = ()
        self._as_of: Context | None = None
        self._placed: list[Placed[R]] = []
        self._strips: list[Strip] = []
        self._tones: dict[Tone, Style] = {}
        self._boxed = True

    # -- what is shown

    def show(self, rows: Mapping[str, R], context: Context) -> None:
        """Takes the newest rows, as they are now: the state they come from changes between two messages."""
        self._rows = dict(rows)
        self._as_of = context
        self._arrange()

    def tick(self, context: Context) -> None:
        """Time has passed; the rows are the same."""
        self._as_of = context
        self._repaint()

    def narrow(self, words: Sequence[str]) -> None:
        """Shows only rows in which every one of `words` occurs."""
        self._filter = tuple(word.casefold() for word in words)
        self._arrange()

    def restyle(self) -> None:
        """The theme has changed."""
        self._tones = {}
        self._repaint(everything=True)

    @property
    def chosen(self) -> str | None:
        """The key under the cursor."""
        return self.view.cursor

    # -- order

    def _arrange(self) -> None:
        context = self._as_of
        if context is None:
            return
        keys = sorted(self._rows if not self._filter else self._matching(context))
        column = next((column for column in self.columns if column.key == self.sort_key), None)
        if column is not None and column.order is not None:
            order, rows = column.order, self._rows
            keys.sort(key=lambda key: order(rows[key], context), reverse=self.reverse)
        self.view.arrange(keys)
        self._repaint()

    def _matching(self, context: Context) -> list[str]:
        matching = []
        for key, row in self._rows.items():
            text = self._words(row, context).casefold()
            if all(word in text for word in self._filter):
                matching.append(key)
        return matching

    # -- painting

    def render_line(self, y: int) -> Strip:
        """The line as it was painted last (Textual asks for it when it draws)."""
        if 0 <= y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width, self.rich_style)

    @property
    def boxed(self) -> bool:
        """Whether there is a box around it; without one there is room for another row and two more cells."""
        return self._boxed

    @boxed.setter
    def boxed(self, boxed: bool) -> None:
        if boxed != self._boxed:
            self._boxed = boxed
            self.on_resize()

    @property
    def _margin(self) -> int:
        """Cells left and right of the rows."""
        return 2 if self._boxed else 1

    def _repaint(self, *, everything: bool = False) -> None:
        """Paints the lines in sight; asks for those that differ to be drawn."""
        if self._as_of is None or not self.size.width or not self.size.height:
            return
        before, self._strips = self._strips, self._paint(self._as_of)
        if everything or len(before) != len(self._strips):
            self.refresh()
            return
        width = self.size.width
        changed = [
            Region(0, y, width, 1)
            for y, (old, new) in enumerate(zip(before, self._strips, strict=True))
            if old != new
        ]
        if changed:
            self.refresh(*changed)

    def _paint(self, context: Context) -> list[Strip]:
        brush = self._brush()
        lines = [self._title_line(context, brush), brush.header_line(self._placed, self.sort_key)]
        keys, thumb = self.view.visible, self.view.thumb()
        for number in range(self.view.height):
            scroll = brush.scroll_mark(number in thumb) if self.view.overflows else None
            if number < len(keys):
                row, at_cursor = self._rows[keys[number]], keys[number] == self.view.cursor and self.has_focus
                lines.append(brush.row_line(row, self._placed, context, at_cursor=at_cursor, scroll=scroll))
            else:
                lines.append(brush.note_line(self._note() if not number else "", scroll))
        if self._boxed:
            lines.append(bottom_line(brush.width, brush.line))
        return [strip(segments, brush.width) for segments in lines]

    def _brush(self) -> Brush:
        if not self._tones:
            self._tones = {tone: self._partial(f"live-table--{tone}") for tone in TONES}
        base = self.rich_style
        line = base + self._partial("live-table--line")
        return Brush(
            width=self.size.width,
            boxed=self._boxed,
            tones=self._tones,
            base=base,
            line=line,
            title=line + self._partial("live-table--title"),
            header=base + self._partial("live-table--header"),
            cursor=base + self._partial("live-table--cursor"),
        )

    def _partial(self, component: str) -> Style:
        return self.get_component_rich_style(component, partial=True)

    def _title_line(self, context: Context, brush: Brush) -> list[Segment]:
        shown, total = len(self.view.keys), len(self._rows)
        numbers = f"  {total}" if shown == total else f"  {shown} of {total}"
        left = [Span(self._title), Span(numbers, "strong"), *self._summary(self._rows, context)]
        column = next((column for column in self.columns if column.key == self.sort_key), None)
        right = f"by {column.title.lower()} {'▴' if self.reverse else '▾'}" if column else ""
        return top_line(
            brush.width,
            left=left,
            right=right,
            boxed=brush.boxed,
            line=brush.line,
            title=brush.title,
            styles=brush.tones,
        )

    def _note(self) -> str:
        """Why there is no row."""
        return "nothing matches the filter" if self._rows else self._empty

    # -- what Textual tells

    def on_resize(self) -> None:
        """Columns and rows for the new size."""
        self.view.resize(self.size.height - (3 if self._boxed else 2))
        self._placed = fit(self.columns, self.size.width - 2 * self._margin)
        self._repaint(everything=True)

    def on_focus(self) -> None:
        """Shows the cursor."""
        self.call_after_refresh(self._repaint, everything=True)

    def on_blur(self) -> None:
        """Hides the cursor."""
        self.call_after_refresh(self._repaint, everything=True)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows on."""
        event.stop()
        self.view.scroll(3)
        self._repaint()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows back."""
        event.stop()
        self.view.scroll(-3)
        self._repaint()

    def on_click(self, event: events.Click) -> None:
        """A title sorts; a row is taken, and opened when clicked again."""
        if event.y == 1:
            self._click_header(event.x - self._margin)
            return
        number = event.y - 2
        if not 0 <= number < len(self.view.visible):
            return
        key = self.view.visible[number]
        again = key == self.view.cursor and event.chain > 1
        self.view.select(key)
        self._repaint()
        if again:
            self.action_choose()

    def _click_header(self, x: int) -> None:
        for column, width, start in self._placed:
            if start <= x < start + width and column.order is not None:
                self.reverse = not self.reverse if column.key == self.sort_key else False
                self.sort_key = column.key
                self._arrange()

    # -- keys

    def action_move(self, rows: int) -> None:
        """Up or down."""
        self.view.move(rows)
        self._repaint()

    def action_page(self, pages: int) -> None:
        """Up or down a window."""
        self.action_move(pages * max(1, self.view.height - 1))

    def action_end(self, direction: int) -> None:
        """To the first row or the last."""
        self.view.go_to(0 if direction < 0 else len(self.view.keys) - 1)
        self._repaint()

    def action_sort(self) -> None:
        """By the next column that is shown and can be sorted by."""
        keys = [placed.column.key for placed in self._placed if placed.column.order is not None]
        place = keys.index(self.sort_key) + 1 if self.sort_key in keys else 0
        self.sort_key, self.reverse = keys[place % len(keys)], False
        self._arrange()

    def action_reverse(self) -> None:
        """The other way round."""
        self.reverse = not self.reverse
        self._arrange()

    def action_choose(self) -> None:
        """Says that the row under the cursor is chosen."""
        key = self.view.cursor
        if key is not None:
            self.post_message(self.Chosen(self, key))
