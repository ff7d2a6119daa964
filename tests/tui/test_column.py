"""Which columns fit."""

from hypothesis import given
from hypothesis import strategies as st

from tui.context import Context
from tui.panels import agents, calls, queues
from tui.widgets.live_table.column import GAP, Cell, Column, Span, fit


def _cell(row: object, context: Context) -> Cell:
    return (Span("x"),)


def _columns(*specs: tuple[str, int, int, int]) -> list[Column[object]]:
    return [Column(key, key, _cell, width, most=most, shed=shed) for key, width, most, shed in specs]


def test_what_matters_least_goes_first() -> None:
    columns = _columns(("a", 10, 0, 0), ("b", 10, 0, 2), ("c", 10, 0, 1))

    assert [placed.column.key for placed in fit(columns, 34)] == ["a", "b", "c"]
    assert [placed.column.key for placed in fit(columns, 33)] == ["a", "c"]
    assert [placed.column.key for placed in fit(columns, 21)] == ["a"]


def test_spare_room_is_shared_by_those_that_want_it() -> None:
    placed = fit(_columns(("a", 4, 10, 0), ("b", 4, 0, 0), ("c", 4, 6, 0)), 30)

    assert [(each.width, each.x) for each in placed] == [(10, 0), (4, 12), (6, 18)]


def test_too_little_room_cuts_the_last_column_off() -> None:
    placed = fit(_columns(("a", 8, 0, 0), ("b", 8, 0, 0)), 13)

    assert [(each.width, each.x) for each in placed] == [(8, 0), (3, 10)]
    assert fit(_columns(("a", 8, 0, 0)), 0) == []


@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(0, 30), st.integers(0, 5)), min_size=1, max_size=8),
    st.integers(0, 200),
)
def test_columns_never_overlap_nor_leave_the_width(specs: list[tuple[int, int, int]], width: int) -> None:
    columns = _columns(*((str(number), *spec) for number, spec in enumerate(specs)))
    end = -GAP
    for _, cells, x in fit(columns, width):
        assert x == end + GAP
        assert cells > 0
        end = x + cells
    assert end <= width


def test_eighty_columns_hold_what_a_supervisor_needs() -> None:
    def keys(columns: object, width: int) -> set[str]:
        return {placed.column.key for placed in fit(columns, width)}  # type: ignore[arg-type]

    needed = {"queue", "waiting", "longest", "service", "offered", "answered", "abandoned", "available"}
    assert needed <= keys(queues.COLUMNS, 78)
    assert {"caller", "state", "since", "where", "agent", "recording"} <= keys(calls.COLUMNS, 78)
    assert {"agent", "presence", "since", "detail", "handled"} <= keys(agents.COLUMNS, 78)
    presences = {"available", "ringing", "on_contact", "wrap_up", "paused", "offline"}
    assert presences <= keys(queues.COLUMNS, 156)
