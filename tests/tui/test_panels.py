"""How queues, calls and agents read in their tables."""

from dataclasses import replace
from typing import Any

import pytest

from api.live import LiveState
from api.schema import CallView, SnapshotMessage
from tui.context import Context
from tui.made_data import made_snapshot
from tui.panels import agents, calls, queues
from tui.widgets.live_table.column import Cell


@pytest.fixture
def context() -> Context:
    live = LiveState()
    live.apply(SnapshotMessage(sequence=1, snapshot=made_snapshot()), now=0.0)
    return Context(live, 0.0)


def _said(cell: Cell) -> str:
    return "".join(span.text for span in cell)


def _tones(cell: Cell) -> set[str]:
    return {span.tone for span in cell if span.text.strip()}


def _order(columns: Any, key: str, rows: dict[str, Any], context: Context) -> list[str]:
    order = next(column.order for column in columns if column.key == key)
    return sorted(rows, key=lambda id_: order(rows[id_], context))


def test_a_queue_that_is_late_says_so_in_sign_and_tone(context: Context) -> None:
    billing = context.live.queues["billing"]

    assert _said(queues.longest_wait(billing, context)) == "▲ 1:23"
    assert _tones(queues.longest_wait(billing, context)) == {"bad"}
    assert _said(queues.longest_wait(billing, Context(context.live, 60.0))) == "▲ 2:23"
    assert _said(queues.service_level(billing, context)) == "▲  57 %"
    assert _tones(queues.abandoned(billing, context)) == {"warn"}


def test_what_a_new_caller_would_wait_and_how_wrong_that_was(context: Context) -> None:
    billing, night = context.live.queues["billing"], context.live.queues["night"]
    assert _said(queues.expected_wait(billing, context)) == "1:33 ±0:23"
    assert _said(queues.expected_wait(night, context)) == "–"


def test_a_queue_without_history_says_nothing_false(context: Context) -> None:
    night = context.live.queues["night"]

    assert _said(queues.longest_wait(night, Context(context.live, 500.0))) == "–"
    assert _said(queues.service_level(night, context)) == "–"
    assert _said(queues.service_gauge(night, context)) == "─" * queues.GAUGE_CELLS
    assert _said(queues.in_presence("available")(night, context)) == "·"


def test_queues_by_their_need(context: Context) -> None:
    rows = dict(context.live.queues)

    assert _order(queues.COLUMNS, "longest", rows, context)[:2] == ["billing", "support"]
    assert _order(queues.COLUMNS, "service", rows, context) == [
        "billing",
        "french",
        "support",
        "sales",
        "night",
    ]
    assert _order(queues.COLUMNS, "waiting", rows, context)[0] == "support"


def test_a_waiting_caller_is_measured_against_the_queues_goal(context: Context) -> None:
    late, early = context.live.calls["c-7f39"], context.live.calls["c-7f3e"]

    assert _said(calls.since(late, context)) == "▲ 1:23"
    assert _said(calls.since(early, context)) == "  0:12"
    talking = context.live.calls["c-7f18"]
    assert _said(calls.since(talking, context)) == "  12:13"


def test_a_call_is_where_its_queue_is_or_its_flow(context: Context) -> None:
    assert _said(calls.where(context.live.calls["c-7f18"], context)) == "Service en français"
    assert _said(calls.where(context.live.calls["c-7f40"], context)) == "main[1]:menu"
    nowhere = context.live.calls["c-7f40"].view.model_copy(update={"step": None})
    live = LiveState()
    live.apply(
        SnapshotMessage(sequence=1, snapshot=made_snapshot().model_copy(update={"calls": (nowhere,)})), 0.0
    )
    assert _said(calls.where(live.calls["c-7f40"], context)) == "–"


def test_calls_that_wait_come_first_the_longest_on_top(context: Context) -> None:
    order = _order(calls.COLUMNS, "state", dict(context.live.calls), context)

    assert order[:5] == ["c-7f39", "c-7f3d", "c-7f3e", "c-7f42", "c-7f40"]
    assert order[-1] == "c-7f45"


def test_an_agents_call_or_reason(context: Context) -> None:
    def detail(id_: str) -> str:
        return _said(agents.detail(context.live.agents[id_], context))

    assert detail("ada") == "+49 30 901820"
    assert detail("ines") == "lunch"
    assert detail("bela") == "–"
    assert _said(agents.skills(context.live.agents["ada"], context)) == "billing 9, french 4"


def test_agents_who_are_free_come_first_the_longest_idle_on_top(context: Context) -> None:
    order = _order(agents.COLUMNS, "presence", dict(context.live.agents), context)

    assert order[:4] == ["rosa", "bela", "dina", "emil"]
    assert order[-1] == "jonas"


def test_every_cell_of_every_row_can_be_said(context: Context) -> None:
    for columns, rows in (
        (queues.COLUMNS, context.live.queues),
        (calls.COLUMNS, context.live.calls),
        (agents.COLUMNS, context.live.agents),
    ):
        for column in columns:
            for row in rows.values():
                assert isinstance(_said(column.cell(row, context)), str)  # type: ignore[operator]


def test_the_filter_finds_people_by_what_is_shown(context: Context) -> None:
    assert "Ada Osei" in calls.words(context.live.calls["c-7f31"], context)
    assert "Billing" in agents.words(context.live.agents["ada"], context)
    assert "lunch" in agents.words(context.live.agents["ines"], context)


def test_an_unknown_agent_or_queue_is_called_by_its_id(context: Context) -> None:
    stray = CallView(id="x", caller="1", called="2", state="talking", since_s=0, queue="gone", agent="left")

    assert (context.queue_name(stray.queue), context.agent_name(stray.agent)) == ("gone", "left")
    assert context.agent_name(None) is None


def test_who_supervises_stands_before_the_agent(context: Context) -> None:
    live = context.live.calls
    assert _said(calls.agent(live["c-7f31"], context)) == "◎ Ada Osei"
    assert _said(calls.agent(live["c-7f24"], context)) == "◍ Nuno Alves"
    assert _said(calls.agent(live["c-7f18"], context)) == "Fatou Diallo"
    ringing = live["c-7f31"].view.supervisors[0].model_copy(update={"state": "ringing"})
    row = replace(live["c-7f31"], view=live["c-7f31"].view.model_copy(update={"supervisors": (ringing,)}))
    assert _said(calls.agent(row, context)) == "◔ Ada Osei"
    assert "sue listens" in calls.words(live["c-7f31"], context)


def test_a_talk_on_hold_says_so(context: Context) -> None:
    held = context.live.calls["c-7f2c"]
    assert _said(calls.state(held, context)) == "‖ on hold"
    assert "on hold" in calls.words(held, context)
