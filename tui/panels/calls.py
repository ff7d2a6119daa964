"""The calls' table: every caller, from the first ring to the end."""

from collections.abc import Mapping, Sequence

from api.live import Held
from api.schema import CallView, SupervisorView
from tui.context import Context
from tui.signs import CALL_SIGNS, RECORDING, SUPERVISION_SIGNS, Tone, call_sign, marked, wait_tone
from tui.text import NOTHING, duration
from tui.widgets.live_table.column import Cell, Column, Order, Span
from tui.widgets.live_table.table import LiveTable

Row = Held[CallView]


def state(row: Row, _: Context) -> Cell:
    """Symbol and word."""
    sign = call_sign(row.view)
    return (Span(f"{sign.symbol} {sign.word}", sign.tone),)


def since(row: Row, context: Context) -> Cell:
    """How long in this state; somebody who waits is measured against the queue's threshold."""
    lasted_s = row.lasted_s(context.now)
    tone: Tone = "plain"
    queue = context.live.queues.get(row.view.queue or "")
    if row.view.state in ("waiting", "ringing") and queue is not None:
        tone = wait_tone(lasted_s, queue.view.service_level_s)
    return (Span(marked(duration(lasted_s), tone), tone),)


def recording(row: Row, _: Context) -> Cell:
    """Is being recorded now."""
    return (Span(RECORDING, "bad"),) if row.view.recording else ()


def where(row: Row, context: Context) -> Cell:
    """The queue; before there is one, where the flow stands."""
    if row.view.queue:
        return (Span(context.queue_name(row.view.queue) or ""),)
    return (Span(row.view.step or NOTHING, "muted"),)


def agent(row: Row, context: Context) -> Cell:
    """Who talks, or whose phone rings; before the name the sign of whoever supervises."""
    name = context.agent_name(row.view.agent)
    if name is None:
        return (Span(NOTHING, "muted"),)
    return (*(_supervision(each) for each in row.view.supervisors), Span(name))


def _supervision(supervisor: SupervisorView) -> Span:
    if supervisor.state == "ringing":
        return Span(f"{CALL_SIGNS['ringing'].symbol} ", "warn")
    sign = SUPERVISION_SIGNS[supervisor.mode]
    return Span(f"{sign.symbol} ", sign.tone)


def _where(row: Row, context: Context) -> Order:
    queue = context.queue_name(row.view.queue)
    return (0, queue.casefold()) if queue else (1, row.view.step or "")


def _state_then_longest(row: Row, _: Context) -> Order:
    return (CALL_SIGNS[row.view.state].rank, row.began)


COLUMNS: Sequence[Column[Row]] = (
    Column("caller", "Caller", lambda row, _: (Span(row.view.caller, "strong"),), 14,
           lambda row, _: (row.view.caller,), most=24),
    Column("called", "Called", lambda row, _: (Span(row.view.called, "muted"),), 14,
           lambda row, _: (row.view.called,), most=16, shed=5),
    Column("state", "State", state, 9, _state_then_longest),
    Column("since", "Since", since, 8, lambda row, _: (row.began,), align="right"),
    Column("where", "Queue or step", where, 12, _where, most=24, shed=1),
    Column("agent", "Agent", agent, 10,
           lambda row, context: (context.agent_name(row.view.agent) or "\uffff",), most=20, shed=2),
    Column("recording", "", recording, 5, shed=3),
    Column("step", "Flow step", lambda row, _: (Span(row.view.step or "", "muted"),), 26,
           lambda row, _: (row.view.step or "\uffff",), most=30, shed=4),
)  # fmt: skip


def summary(rows: Mapping[str, Row], _: Context) -> Sequence[Span]:
    """Beside the title: how many talk and how many wait."""
    talking = sum(row.view.state == "talking" for row in rows.values())
    held = sum(row.view.state in ("waiting", "ringing") for row in rows.values())
    spans = [Span(f" · {talking} talking", "info")] if talking else []
    return [*spans, Span(f" · {held} waiting", "warn")] if held else spans


def words(row: Row, context: Context) -> str:
    """What the filter looks into."""
    view = row.view
    names = (context.queue_name(view.queue), context.agent_name(view.agent), view.step, view.id)
    supervised = (f"{each.phone} {SUPERVISION_SIGNS[each.mode].word}" for each in view.supervisors)
    said = " ".join(name for name in (*names, *supervised) if name)
    return f"{view.caller} {view.called} {call_sign(view).word} {said} {RECORDING if view.recording else ''}"


def calls_table() -> LiveTable[Row]:
    """The table; those who wait come first, the longest wait on top."""
    return LiveTable(
        COLUMNS,
        title="2 Calls",
        empty="nobody is calling",
        sort="state",
        words=words,
        summary=summary,
        id="calls",
    )
