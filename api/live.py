"""The state of the system as a reader of the stream holds it.

Owns: putting messages together (`LiveState.apply`) and durations that run on with the reader's own clock.
Must not know the connection. Pure: takes `now` in monotonic seconds.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from api.schema import AgentView, AlertView, CallView, ChangeMessage, QueueView, ServerView, SnapshotMessage

V = TypeVar("V", bound=QueueView | CallView | AgentView)


@dataclass(frozen=True, slots=True)
class Held(Generic[V]):
    """One view, and the reader's monotonic time at which its duration was zero."""

    view: V
    began: float

    def lasted_s(self, now: float) -> float:
        """How long by now, never negative."""
        return max(0.0, now - self.began)


@dataclass(slots=True)
class LiveState:
    """Everything known, by id; empty until the first message."""

    server: ServerView | None = None
    at: datetime | None = None
    received: float = 0.0
    sequence: int = 0
    queues: dict[str, Held[QueueView]] = field(default_factory=dict)
    calls: dict[str, Held[CallView]] = field(default_factory=dict)
    agents: dict[str, Held[AgentView]] = field(default_factory=dict)
    alerts: dict[str, AlertView] = field(default_factory=dict)

    def apply(self, message: SnapshotMessage | ChangeMessage, now: float) -> None:
        """Takes one message, received at `now`; rows that it does not name stay as they are."""
        self.sequence = message.sequence
        self.received = now
        if isinstance(message, SnapshotMessage):
            snapshot = message.snapshot
            self.server, self.at = snapshot.server, snapshot.at
            self.queues = {view.id: _held_queue(view, now) for view in snapshot.queues}
            self.calls = {view.id: Held(view, now - view.since_s) for view in snapshot.calls}
            self.agents = {view.id: Held(view, now - view.since_s) for view in snapshot.agents}
            self.alerts = {alert.id: alert for alert in snapshot.alerts}
            return
        self.at = message.at
        _remove(self.queues, message.removals.queues)
        _remove(self.calls, message.removals.calls)
        _remove(self.agents, message.removals.agents)
        upserts = message.upserts
        for alert in message.removals.alerts:
            self.alerts.pop(alert, None)
        for new in upserts.alerts:  # one that was raised again is the newest again
            self.alerts.pop(new.id, None)
            self.alerts[new.id] = new
        self.server = upserts.server or self.server
        self.queues.update((view.id, _held_queue(view, now)) for view in upserts.queues)
        self.calls.update((view.id, Held(view, now - view.since_s)) for view in upserts.calls)
        self.agents.update((view.id, Held(view, now - view.since_s)) for view in upserts.agents)

    def up_s(self, now: float) -> float:
        """How long the server has been up by its own clock, running on with ours."""
        if self.server is None or self.at is None:
            return 0.0
        return max(0.0, (self.at - self.server.started_at).total_seconds() + now - self.received)


def _held_queue(view: QueueView, now: float) -> Held[QueueView]:
    return Held(view, now - view.longest_wait_s)


def _remove(rows: dict[str, Held[V]], ids: tuple[str, ...]) -> None:
    for id_ in ids:
        rows.pop(id_, None)
