"""What leaves for a worker when: at once, with company, or by itself at last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from telephony.media import messages as m
from telephony.media.framing import frame
from telephony.media.worker_link import LATEST_S, LINGER_S, WorkerLink

OPEN, CLOSE = m.OpenLeg(leg_id="a", port=10_000), m.CloseLeg(leg_id="a")


class Handle:
    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at, self.call, self.cancelled = at, call, False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """A loop whose clock is the test's."""

    def __init__(self) -> None:
        self.now = 100.0
        self.handles: list[Handle] = []

    def time(self) -> float:
        return self.now

    def call_soon(self, call: Callable[[], None]) -> Handle:
        return self.call_at(self.now, call)

    def call_at(self, at: float, call: Callable[[], None]) -> Handle:
        self.handles.append(Handle(at, call))
        return self.handles[-1]

    def go_on(self, seconds: float) -> None:
        self.now += seconds
        due = [each for each in self.handles if each.at <= self.now and not each.cancelled]
        self.handles = [each for each in self.handles if each.at > self.now]
        for each in due:
            each.call()


class Wire:
    """What was written, a piece for each system call."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.pieces.append(data)


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = Loop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    return loop


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def link(loop: Loop, wire: Wire) -> WorkerLink:
    nothing: Any = None
    return WorkerLink(nothing, nothing, wire, nothing)  # type: ignore[arg-type]


@pytest.fixture
def busy(link: WorkerLink, loop: Loop, wire: Wire) -> WorkerLink:
    """Something has just left."""
    link.tell(OPEN)
    loop.go_on(0.0)
    wire.pieces.clear()
    return link


def test_after_a_silence_everything_leaves_at_once(link: WorkerLink, loop: Loop, wire: Wire) -> None:
    link.tell(CLOSE, soon=False)
    link.tell(OPEN, soon=False)
    loop.go_on(0.0)
    assert wire.pieces == [frame(CLOSE) + frame(OPEN)]


def test_what_is_needed_soon_leaves_with_all_that_waits(busy: WorkerLink, loop: Loop, wire: Wire) -> None:
    busy.tell(OPEN, soon=False)
    loop.go_on(0.0)
    assert wire.pieces == []
    busy.tell(CLOSE)
    loop.go_on(0.0)
    assert wire.pieces == [frame(OPEN) + frame(CLOSE)]
    loop.go_on(LATEST_S)
    assert len(wire.pieces) == 1


def test_what_is_not_needed_soon_waits_for_company(busy: WorkerLink, loop: Loop, wire: Wire) -> None:
    busy.tell(OPEN, soon=False)
    loop.go_on(1.5 * LINGER_S)
    assert wire.pieces == []
    busy.tell(OPEN, soon=False)
    loop.go_on(0.0)
    assert wire.pieces == [2 * frame(OPEN)]


def test_without_company_it_leaves_by_itself(busy: WorkerLink, loop: Loop, wire: Wire) -> None:
    busy.tell(OPEN, soon=False)
    loop.go_on(LATEST_S)
    assert wire.pieces == [frame(OPEN)]
