"""A made client for the console: tests push what the server says, and turn the clock."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import UTC
from typing import Any

import pytest

from api.client import ApiError, Connecting, Lost, Received, StreamEvent
from api.schema import CallHistory, ChangeMessage, Removals, Snapshot, SnapshotMessage, Upserts
from tui.app import CordboardConsole
from tui.made_data import AT, made_history, made_snapshot


class FakeSource:
    """Says what a test tells it to."""

    url = "http://10.0.0.5:8080"

    def __init__(self) -> None:
        self.events: asyncio.Queue[StreamEvent] = asyncio.Queue()
        self.sequence = 0
        self.histories: dict[str, CallHistory] = {}
        self.history_error: str | None = None
        self.asked: list[str] = []

    async def stream(self) -> AsyncGenerator[StreamEvent, None]:
        yield Connecting(1)
        while True:
            yield await self.events.get()

    async def history(self, call_id: str) -> CallHistory | None:
        self.asked.append(call_id)
        if self.history_error:
            raise ApiError(self.history_error)
        return self.histories.get(call_id)

    def say_snapshot(self, snapshot: Snapshot | None = None) -> None:
        self.sequence += 1
        message = SnapshotMessage(sequence=self.sequence, snapshot=snapshot or made_snapshot())
        self.histories.update((call.id, made_history(call.id)) for call in message.snapshot.calls)
        self.events.put_nowait(Received(message))

    def say_change(self, *, removals: Removals | None = None, **upserts: Any) -> None:
        self.sequence += 1
        message = ChangeMessage(
            sequence=self.sequence,
            follows=self.sequence - 1,
            at=AT,
            upserts=Upserts(**upserts),
            removals=removals or Removals(),
        )
        self.events.put_nowait(Received(message))

    def lose(self, why: str = "nothing listens there (connection refused)", retry_in_s: float = 4.0) -> None:
        self.events.put_nowait(Lost(why, 1, retry_in_s))


class FakeClock:
    """Monotonic time that only a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def console(source: FakeSource, clock: FakeClock) -> Callable[..., CordboardConsole]:
    """Makes a console that watches `source`."""

    def make(*, light: bool = False) -> CordboardConsole:
        return CordboardConsole(source=source, clock=clock, zone=UTC, light=light)

    return make
