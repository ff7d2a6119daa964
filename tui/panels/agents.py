"""The agents' table: who is there, and what they do."""

from collections.abc import Mapping, Sequence

from api.live import Held
from api.schema import AgentView
from tui.context import Context
from tui.signs import PRESENCE_SIGNS
from tui.text import NOTHING, count, duration
from tui.widgets.live_table.column import Cell, Column, Order, Span
from tui.widgets.live_table.table import LiveTable

Row = Held[AgentView]


def presence(row: Row, _: Context) -> Cell:
    """Symbol and word."""
    sign = PRESENCE_SIGNS[row.view.presence]
    return (Span(f"{sign.symbol} {sign.word}", sign.tone),)


def detail(row: Row, context: Context) -> Cell:
    """Whom the agent talks to, or the reason of a pause."""
    call = context.live.calls.get(row.view.call or "")
    if call is not None:
        return (Span(call.view.caller),)
    return (Span(row.view.reason, "muted"),) if row.view.reason else (Span(NOTHING, "muted"),)


def skills(row: Row, _: Context) -> Cell:
    """`billing 7, french 3`, the best first."""
    levels = sorted(row.view.skills.items(), key=lambda skill: (-skill[1], skill[0]))
    return (Span(", ".join(f"{name} {level}" for name, level in levels), "muted"),)


def _presence_then_longest(row: Row, _: Context) -> Order:
    return (PRESENCE_SIGNS[row.view.presence].rank, row.began)


COLUMNS: Sequence[Column[Row]] = (
    Column("agent", "Agent", lambda row, _: (Span(row.view.name, "strong"),), 12,
           lambda row, _: (row.view.name.casefold(),), most=22),
    Column("presence", "Presence", presence, 11, _presence_then_longest),
    Column("since", "Since", lambda row, context: (Span(duration(row.lasted_s(context.now))),), 8,
           lambda row, _: (row.began,), align="right"),
    Column("detail", "With or why", detail, 12, most=20, shed=1),
    Column("handled", "Handled", lambda row, _: (Span(count(row.view.handled)),), 7,
           lambda row, _: (-row.view.handled,), align="right", shed=2),
    Column("skills", "Skills", skills, 20, most=36, shed=3),
    Column("address", "Phone", lambda row, _: (Span(row.view.address or "not registered", "muted"),), 14,
           lambda row, _: (row.view.address or "\uffff",), most=24, shed=4),
)  # fmt: skip


def summary(rows: Mapping[str, Row], _: Context) -> Sequence[Span]:
    """Beside the title: how many could take a call."""
    free = sum(row.view.presence == "available" and bool(row.view.queues) for row in rows.values())
    return (Span(f" · {free} available", "good" if free else "warn"),) if rows else ()


def words(row: Row, context: Context) -> str:
    """What the filter looks into."""
    view = row.view
    queues = " ".join(context.queue_name(queue) or "" for queue in view.queues)
    sign = PRESENCE_SIGNS[view.presence]
    return f"{view.name} {view.id} {sign.word} {view.reason or ''} {queues} {' '.join(view.skills)}"


def agents_table() -> LiveTable[Row]:
    """The table; those who could take a call come first, the longest idle on top."""
    return LiveTable(
        COLUMNS,
        title="3 Agents",
        empty="no agents are configured",
        sort="presence",
        words=words,
        summary=summary,
        id="agents",
    )
