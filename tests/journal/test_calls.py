"""Call summaries, derived from what a server notes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from journal.calls import CallSummary
from journal.event import Json
from journal.journal import Journal

Note = tuple[str, dict[str, Json]]

ARRIVED: Note = ("call.arrived", {"caller": "alice", "called": "100"})
JOINED: Note = ("queue.joined", {"queue": "sales"})
CONNECTED: Note = ("call.connected", {"queue": "sales", "agent": "ann"})
REFUSED: Note = ("queue.refused", {"queue": "sales", "reason": "queue full"})
HUNG_UP: Note = ("call.ended", {"by": "caller"})
CONTAINED: Note = ("flow.ended", {"contained": True})
FLOW_OVER: Note = ("flow.ended", {"contained": False})


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.db", linger_s=0.0)) as made:
        yield made


def note(journal: Journal, call: str, *notes: Note) -> CallSummary:
    for kind, data in notes:
        journal.append(kind, call=call, **data)
    journal.flush()
    return next(summary for summary in journal.calls() if summary.id == call)


@pytest.mark.parametrize(
    ("notes", "outcome", "queue", "agent"),
    [
        ([ARRIVED, JOINED, CONNECTED, HUNG_UP, FLOW_OVER], "answered", "sales", "ann"),
        ([ARRIVED, JOINED, HUNG_UP, FLOW_OVER], "abandoned", "sales", None),
        ([ARRIVED, JOINED, REFUSED, CONTAINED], "contained", "sales", None),
        ([ARRIVED, JOINED, REFUSED, FLOW_OVER], "refused", "sales", None),
        ([ARRIVED, JOINED, REFUSED, JOINED, HUNG_UP], "abandoned", "sales", None),
        ([ARRIVED, HUNG_UP, FLOW_OVER], "ended", None, None),
        ([ARRIVED, CONTAINED], "contained", None, None),
        ([ARRIVED, JOINED, CONNECTED], None, "sales", "ann"),
    ],
)
def test_outcome(
    journal: Journal, notes: list[Note], outcome: str | None, queue: str | None, agent: str | None
) -> None:
    summary = note(journal, "c1", *notes)
    assert (summary.outcome, summary.queue, summary.agent) == (outcome, queue, agent)
    assert (summary.caller, summary.called) == ("alice", "100")
    assert (summary.ended_at is None) == (outcome is None)


def test_newest_first_and_limited(journal: Journal) -> None:
    for number in range(5):
        note(journal, f"c{number}", ARRIVED)
    assert [summary.id for summary in journal.calls(limit=3)] == ["c4", "c3", "c2"]


def test_a_call_that_the_last_run_never_ended_is_lost(journal: Journal) -> None:
    note(journal, "old", ARRIVED, JOINED)
    journal.append("server.started")
    live = note(journal, "live", ARRIVED)
    old = journal.calls()[1]
    assert (old.outcome, live.outcome) == ("lost", None)
    assert old.ended_at == journal.history("old")[-1].at
