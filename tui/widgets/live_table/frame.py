"""The frame around a live table: its title, what it shows of how many, how it is sorted.

The table draws it itself, line by line, so that a title that changes five times a second repaints one line and
not a widget. Roomy: a box. Compact: only the line on top. Pure but for the styles.
"""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from tui.widgets.live_table.column import Span
from tui.widgets.live_table.paint import Styles


def top_line(
    width: int, *, left: Sequence[Span], right: str, boxed: bool, line: Style, title: Style, styles: Styles
) -> list[Segment]:
    """`╭─ 2 Calls  12 · 5 waiting ──────────── by state ▾ ─╮`; the right part goes first if room is short."""
    start, end = ("╭─ ", "─╮") if boxed else ("── ", "──")
    segments = [Segment(start, line)]
    room = width - len(start) - len(end) - 1
    for number, span in enumerate(left):
        text = span.text if cell_len(span.text) <= room else set_cell_size(span.text, max(0, room))
        segments.append(Segment(text, title if not number else line + styles[span.tone]))
        room -= cell_len(text)
    segments.append(Segment(" ", line))
    if right and cell_len(right) + 4 <= room:
        rule = room - cell_len(right) - 2
        segments += [
            Segment("─" * rule + " ", line),
            Segment(right, line + styles["muted"]),
            Segment(" ", line),
        ]
    else:
        segments.append(Segment("─" * max(0, room), line))
    segments.append(Segment(end, line))
    return segments


def bottom_line(width: int, line: Style) -> list[Segment]:
    """`╰──────╯`"""
    return [Segment("╰" + "─" * (width - 2) + "╯", line)]
