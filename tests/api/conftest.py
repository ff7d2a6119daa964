"""A made system for the API: rows that tests change, a clock that tests turn."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from api.schema import (
    AgentView,
    AlertView,
    CallHistory,
    CallState,
    CallSummary,
    CallView,
    HistoryEvent,
    Presence,
    QueueView,
    RecordingView,
    ServerView,
    Snapshot,
)

STARTED = datetime(2030, 5, 6, 8, 0, tzinfo=UTC)


class FakeSystem:
    """Rows in dictionaries; a row's duration runs with `now`."""

    def __init__(self) -> None:
        self.now = STARTED + timedelta(hours=1)
        self.server = ServerView(version="0.1.0", started_at=STARTED, sip="127.0.0.1:5060")
        self.queues: dict[str, QueueView] = {}
        self.calls_live: dict[str, tuple[CallView, datetime]] = {}
        self.agents: dict[str, tuple[AgentView, datetime]] = {}
        self.alerts: list[AlertView] = []
        self.histories: dict[str, CallHistory] = {}
        self.snapshots = 0
        self.limits: list[int] = []

    def snapshot(self) -> Snapshot:
        self.snapshots += 1
        return Snapshot(
            at=self.now,
            server=self.server,
            queues=tuple(self.queues.values()),
            calls=tuple(
                view.model_copy(update={"since_s": (self.now - since).total_seconds()})
                for view, since in self.calls_live.values()
            ),
            agents=tuple(
                view.model_copy(update={"since_s": (self.now - since).total_seconds()})
                for view, since in self.agents.values()
            ),
            alerts=tuple(self.alerts),
        )

    async def history(self, call_id: str) -> CallHistory | None:
        return self.histories.get(call_id)

    async def calls(self, limit: int) -> Sequence[CallSummary]:
        self.limits.append(limit)
        return [
            CallSummary(id=view.id, caller=view.caller, called=view.called, started_at=since)
            for view, since in self.calls_live.values()
        ][:limit]

    async def recordings(self, limit: int) -> Sequence[RecordingView]:
        self.limits.append(limit)
        return [
            RecordingView(
                id="r1", call="c0", started_at=STARTED, seconds=12.5, path="c0.wav", caller_dbfs=-18.2
            )
        ][:limit]

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def put_queue(self, id_: str, waiting: int = 0, longest_wait_s: float = 0.0) -> None:
        self.queues[id_] = QueueView(id=id_, name=id_.title(), waiting=waiting, longest_wait_s=longest_wait_s)

    def put_call(self, id_: str, state: CallState = "waiting") -> None:
        view = CallView(id=id_, caller="+4915112345", called="1000", state=state, since_s=0)
        self.calls_live[id_] = (view, self.now)
        event = HistoryEvent(at=self.now, kind="CallArrived", data={"called": "1000"})
        self.histories[id_] = CallHistory(id=id_, events=(event,))

    def put_agent(self, id_: str, presence: Presence = "available") -> None:
        view = AgentView(id=id_, name=id_.title(), presence=presence, since_s=0)
        self.agents[id_] = (view, self.now)


@pytest.fixture
def system() -> FakeSystem:
    """One queue, one call, one agent."""
    made = FakeSystem()
    made.put_queue("support", waiting=1, longest_wait_s=4.0)
    made.put_call("c1")
    made.put_agent("ada")
    return made


@pytest.fixture(scope="session")
def system_factory() -> type[FakeSystem]:
    """For properties, which need a new one every time."""
    return FakeSystem
