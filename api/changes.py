"""What differs between two states of the system, and how a reader puts it together again.

Owns: `State` (one numbered state), `advance` (the next state, keeping every row that did not change as the
very same object), `snapshot_message` and `change_message` (what to send). Pure: no clock, no socket. Must
not know who reads.

    Snapshot --advance--> State 1 --advance--> State 2 ...     one chain, made by the hub
    change_message(State 1, State 3)                any two of them, for a reader that missed State 2

Because unchanged rows stay the same object, comparing two states is comparing identities: cheap for any
number of readers. A row's running duration is no change: rows are compared by the moment their duration
began.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar, cast

from api.schema import (
    AgentView,
    AlertView,
    CallView,
    ChangeMessage,
    QueueView,
    Removals,
    ServerView,
    Snapshot,
    SnapshotMessage,
    Upserts,
)

V = TypeVar("V", bound=QueueView | CallView | AgentView)

BEGAN_TOLERANCE_S = 0.5
"""Readings of one beginning differ by the jitter of two clocks; by more, it is another beginning."""


@dataclass(frozen=True, slots=True, eq=False)
class Row(Generic[V]):
    """One view, and when its duration began (seconds since the epoch; None: it has no running duration)."""

    view: V
    began: float | None


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The whole system at one moment, numbered."""

    sequence: int
    at: datetime
    server: ServerView
    queues: Mapping[str, Row[QueueView]]
    calls: Mapping[str, Row[CallView]]
    agents: Mapping[str, Row[AgentView]]
    alerts: Mapping[str, AlertView]


def advance(previous: State | None, snapshot: Snapshot) -> State:
    """The state after `previous`; `previous` itself if nothing differs."""
    at = snapshot.at.timestamp()
    queues = _rows(previous.queues if previous else {}, snapshot.queues, at)
    calls = _rows(previous.calls if previous else {}, snapshot.calls, at)
    agents = _rows(previous.agents if previous else {}, snapshot.agents, at)
    alerts: Mapping[str, AlertView] = {alert.id: alert for alert in snapshot.alerts}
    if previous is None:
        return State(1, snapshot.at, snapshot.server, queues, calls, agents, alerts)
    alerts = previous.alerts if alerts == previous.alerts else alerts
    same = (
        queues is previous.queues
        and calls is previous.calls
        and agents is previous.agents
        and alerts is previous.alerts
        and snapshot.server == previous.server
    )
    if same:
        return previous
    server = previous.server if snapshot.server == previous.server else snapshot.server
    return State(previous.sequence + 1, snapshot.at, server, queues, calls, agents, alerts)


def snapshot_message(state: State) -> SnapshotMessage:
    """The whole of `state`, durations as of `state.at`."""
    at = state.at.timestamp()
    snapshot = Snapshot(
        at=state.at,
        server=state.server,
        queues=tuple(_as_of(row, at) for row in state.queues.values()),
        calls=tuple(_as_of(row, at) for row in state.calls.values()),
        agents=tuple(_as_of(row, at) for row in state.agents.values()),
        alerts=tuple(state.alerts.values()),
    )
    return SnapshotMessage(sequence=state.sequence, snapshot=snapshot)


def change_message(old: State, new: State) -> ChangeMessage:
    """What turns `old` into `new`; both from one chain of `advance`."""
    at = new.at.timestamp()
    return ChangeMessage(
        sequence=new.sequence,
        follows=old.sequence,
        at=new.at,
        upserts=Upserts(
            server=None if new.server is old.server else new.server,
            queues=_upserts(old.queues, new.queues, at),
            calls=_upserts(old.calls, new.calls, at),
            agents=_upserts(old.agents, new.agents, at),
            alerts=tuple(alert for id_, alert in new.alerts.items() if old.alerts.get(id_) != alert),
        ),
        removals=Removals(
            queues=tuple(old.queues.keys() - new.queues.keys()),
            calls=tuple(old.calls.keys() - new.calls.keys()),
            agents=tuple(old.agents.keys() - new.agents.keys()),
            alerts=tuple(old.alerts.keys() - new.alerts.keys()),
        ),
    )


def _rows(old: Mapping[str, Row[V]], views: tuple[V, ...], at: float) -> Mapping[str, Row[V]]:
    """Rows by id; rows that did not change are `old`'s, and if none did the result is `old` itself."""
    rows: dict[str, Row[V]] = {}
    changed = len(views) != len(old)
    for view in views:
        row = Row(view, _began(view, at))
        before = old.get(view.id)
        if before is not None and _same(before, row):
            row = before
        else:
            changed = True
        rows[view.id] = row
    return rows if changed else old


def _began(view: QueueView | CallView | AgentView, at: float) -> float | None:
    if isinstance(view, QueueView):
        return at - view.longest_wait_s if view.waiting else None
    return at - view.since_s


def _same(old: Row[V], new: Row[V]) -> bool:
    if old.began is None or new.began is None:
        same_beginning = old.began == new.began
    else:
        same_beginning = abs(old.began - new.began) <= BEGAN_TOLERANCE_S
    return same_beginning and _without_duration(old.view) == _without_duration(new.view)


def _without_duration(view: QueueView | CallView | AgentView) -> dict[str, object]:
    fields = dict(view.__dict__)
    del fields[_duration_field(view)]
    return fields


def _duration_field(view: QueueView | CallView | AgentView) -> str:
    return "longest_wait_s" if isinstance(view, QueueView) else "since_s"


def _upserts(old: Mapping[str, Row[V]], new: Mapping[str, Row[V]], at: float) -> tuple[V, ...]:
    if old is new:
        return ()
    return tuple(_as_of(row, at) for id_, row in new.items() if old.get(id_) is not row)


def _as_of(row: Row[V], at: float) -> V:
    """The row's view with its duration as of `at`."""
    if row.began is None:
        return row.view
    duration_s = round(max(0.0, at - row.began), 3)
    copied = row.view.model_copy(update={_duration_field(row.view): duration_s})
    return cast(V, copied)
