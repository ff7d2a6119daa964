"""The queues' table: who waits, how well they are served, by whom."""

from collections.abc import Callable, Mapping, Sequence

from api.live import Held
from api.schema import Presence, QueueView
from tui.context import Context
from tui.signs import PRESENCE_SIGNS, Tone, marked, service_tone, wait_tone
from tui.text import NOTHING, count, duration, percent
from tui.widgets.live_table.column import Cell, Column, Order, Span
from tui.widgets.live_table.table import LiveTable

Row = Held[QueueView]
GAUGE_CELLS = 8


def waiting(row: Row, _: Context) -> Cell:
    """How many wait; it stands out as soon as anybody does."""
    return (Span(count(row.view.waiting), "strong" if row.view.waiting else "muted"),)


def longest_wait(row: Row, context: Context) -> Cell:
    """How long the first in line has waited, against the service level's threshold."""
    if not row.view.waiting:
        return (Span(NOTHING, "muted"),)
    waited_s = row.lasted_s(context.now)
    tone = wait_tone(waited_s, row.view.service_level_s)
    return (Span(marked(duration(waited_s), tone), tone),)


def expected_wait(row: Row, _: Context) -> Cell:
    """What somebody who comes now would wait, and how far such estimates were from what was waited."""
    wait_s, error_s = row.view.estimated_wait_s, row.view.estimate_error_s
    if wait_s is None:
        return (Span(NOTHING, "muted"),)
    error = "" if error_s is None else f" ±{duration(error_s)}"
    return (Span(duration(wait_s)), Span(error, "muted"))


def service_level(row: Row, _: Context) -> Cell:
    """The percentage with its mark."""
    tone = service_tone(row.view.service_level_percent)
    if tone == "muted":
        return (Span(NOTHING, "muted"),)
    return (Span(marked(percent(row.view.service_level_percent).rjust(5), tone), tone),)


def service_gauge(row: Row, _: Context) -> Cell:
    """The percentage as a bar."""
    value = row.view.service_level_percent
    if value is None:
        return (Span("─" * GAUGE_CELLS, "gauge"),)
    filled = round(value / 100 * GAUGE_CELLS)
    return (
        Span("━" * filled, service_tone(value)),
        Span("─" * (GAUGE_CELLS - filled), "gauge"),
    )


def in_presence(presence: Presence) -> Callable[[Row, Context], Cell]:
    """How many of the queue's agents are in `presence`."""

    def cell(row: Row, _: Context) -> Cell:
        number = row.view.agents.get(presence, 0)
        return (Span(count(number), PRESENCE_SIGNS[presence].tone if number else "muted"),)

    return cell


def abandoned(row: Row, _: Context) -> Cell:
    """Callers who hung up while they waited."""
    number = row.view.abandoned
    tone: Tone = "warn" if row.view.offered and number > row.view.offered / 10 else "plain"
    return (Span(count(number), tone if number else "muted"),)


def _longest_first(row: Row, _: Context) -> Order:
    return (0, row.began) if row.view.waiting else (1, row.view.name)


def _worst_service_first(row: Row, _: Context) -> Order:
    return (101.0 if row.view.service_level_percent is None else row.view.service_level_percent,)


COLUMNS: Sequence[Column[Row]] = (
    Column("queue", "Queue", lambda row, _: (Span(row.view.name, "strong"),), 14,
           lambda row, _: (row.view.name.casefold(),), most=28),
    Column("waiting", "Waiting", waiting, 7, lambda row, _: (-row.view.waiting,), align="right"),
    Column("longest", "Longest", longest_wait, 9, _longest_first, align="right"),
    Column("expected", "Expected", expected_wait, 12,
           lambda row, _: (-(row.view.estimated_wait_s or 0.0),), align="right", shed=12),
    Column("service", "In time", service_level, 7, _worst_service_first, align="right"),
    Column("gauge", "", service_gauge, GAUGE_CELLS, shed=8),
    Column("offered", "Offered", lambda row, _: (Span(count(row.view.offered)),), 7,
           lambda row, _: (-row.view.offered,), align="right", shed=4),
    Column("answered", "Answered", lambda row, _: (Span(count(row.view.answered)),), 8,
           lambda row, _: (-row.view.answered,), align="right", shed=5),
    Column("abandoned", "Lost", abandoned, 4, lambda row, _: (-row.view.abandoned,), align="right"),
    Column("callbacks", "↺ back", lambda row, _: (Span(count(row.view.callbacks)),), 6,
           lambda row, _: (-row.view.callbacks,), align="right", shed=6),
    Column("available", "● free", in_presence("available"), 6, align="right", shed=1),
    Column("ringing", "◔ rings", in_presence("ringing"), 7, align="right", shed=9),
    Column("on_contact", "▶ talk", in_presence("on_contact"), 6, align="right", shed=6),
    Column("wrap_up", "◐ wrap", in_presence("wrap_up"), 6, align="right", shed=10),
    Column("paused", "‖ pause", in_presence("paused"), 7, align="right", shed=7),
    Column("offline", "○ off", in_presence("offline"), 5, align="right", shed=11),
)  # fmt: skip


def summary(rows: Mapping[str, Row], _: Context) -> Sequence[Span]:
    """Beside the title: how many wait in all."""
    total = sum(row.view.waiting for row in rows.values())
    return (Span(f" · {total} waiting", "warn"),) if total else (Span(" · nobody waits", "muted"),)


def queues_table() -> LiveTable[Row]:
    """The table; where somebody waits comes first, the longest wait on top."""
    return LiveTable(
        COLUMNS,
        title="1 Queues",
        empty="no queues are configured",
        sort="longest",
        words=lambda row, _: f"{row.view.name} {row.view.id}",
        summary=summary,
        id="queues",
    )
