"""What a column of a live table is, and which columns fit a width. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

from tui.context import Context
from tui.signs import Tone

R = TypeVar("R")

GAP = 2
"""Empty cells between columns."""


class Span(NamedTuple):
    """A piece of text in one tone."""

    text: str
    tone: Tone = "plain"


Cell = tuple[Span, ...]
Order = tuple[float | str, ...]


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column of rows of type R.

    Widths are given, not measured, so that nothing jumps when rows change: at least `width` cells, up to `most`
    if there is room. Where there is none, the column with the greatest `shed` goes first; 0 always stays.
    `order` is what it sorts by; None: it is no column to sort by.
    """

    key: str
    title: str
    cell: Callable[[R, Context], Cell]
    width: int
    order: Callable[[R, Context], Order] | None = None
    most: int = 0
    align: Literal["left", "right"] = "left"
    shed: int = 0


class Placed(NamedTuple, Generic[R]):
    """A column and the cells it got, and where it begins."""

    column: Column[R]
    width: int
    x: int


def fit(columns: Sequence[Column[R]], width: int) -> list[Placed[R]]:
    """The columns that fit into `width` cells, in order, with spare room shared by those that want more."""
    shown = list(columns)
    while sum(column.width + GAP for column in shown) - GAP > width:
        sheddable = [column for column in shown if column.shed]
        if not sheddable:
            break
        shown.remove(max(sheddable, key=lambda column: column.shed))
    widths = _grown(shown, width)
    placed: list[Placed[R]] = []
    x = 0
    for column, cells in zip(shown, widths, strict=True):
        cells_left = min(cells, width - x)
        if cells_left <= 0:
            break
        placed.append(Placed(column, cells_left, x))
        x += cells + GAP
    return placed


def _grown(shown: Sequence[Column[R]], width: int) -> list[int]:
    """One cell more to each in turn until the room or the wishes are used up."""
    widths = [column.width for column in shown]
    spare = width - sum(widths) - GAP * (len(shown) - 1)
    while spare > 0:
        hungry = [index for index, column in enumerate(shown) if widths[index] < column.most]
        if not hungry:
            break
        for index in hungry[:spare]:
            widths[index] += 1
        spare -= len(hungry[:spare])
    return widths
