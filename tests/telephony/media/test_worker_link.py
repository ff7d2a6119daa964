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
        return self.call_later(0.0, call)

    def call_later(self, delay_s: float, call: Callable[[], None]) -> Handle:
        self.handles.append(Handle(self.now + delay_s, call))
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


def test_what_is_needed_soon_leaves_with_all_that_waits(link: WorkerLink, loop: Loop, wire: Wire) -> None:
    link.tell(OPEN, soon=False)
    link.tell(CLOSE)
    assert wire.pieces == []
    loop.go_on(0.0)
    assert wire.pieces == [frame(OPEN) + frame(CLOSE)]
    loop.go_on(LATEST_S)
    assert len(wire.pieces) == 1


def test_what_is_not_needed_soon_waits_for_company(link: WorkerLink, loop: Loop, wire: Wire) -> None:
    link.tell(OPEN, soon=False)
    loop.go_on(LINGER_S / 2)
    link.tell(OPEN, soon=False)
    loop.go_on(LINGER_S / 2)
    assert wire.pieces == []
    link.tell(OPEN, soon=False)
    loop.go_on(0.0)
    assert wire.pieces == [3 * frame(OPEN)]


def test_without_company_it_leaves_by_itself(link: WorkerLink, loop: Loop, wire: Wire) -> None:
    link.tell(OPEN, soon=False)
    loop.go_on(LATEST_S)
    assert wire.pieces == [frame(OPEN)]
    link.tell(CLOSE, soon=False)
    loop.go_on(LATEST_S)
    assert wire.pieces == [frame(OPEN), frame(CLOSE)]
