"""The worker's end of the control channel: what leaves when."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from telephony.media import messages as m
from telephony.media.control_link import LINGER_S, ControlLink
from telephony.media.framing import FrameReader

LOCKED = m.SourceLocked("a", "127.0.0.1", 4000)
DIGIT = m.DigitReceived("a", "5", 100)


class Loop:
    """A packet loop that waits for nothing by itself."""

    def __init__(self) -> None:
        self.handlers: dict[int, Callable[[], None]] = {}

    def add(self, descriptor: int, handler: Callable[[], None]) -> None:
        self.handlers[descriptor] = handler

    def remove(self, descriptor: int) -> None:
        self.handlers.pop(descriptor)

    def watch_writable(self, descriptor: int, *, wanted: bool) -> None:
        raise AssertionError("nothing here fills a socket")


class Control:
    """An attached control, and what it has read."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(str(path))
        self.socket.setblocking(False)
        self._reader: FrameReader[m.FromWorker] = FrameReader(msgspec.msgpack.Decoder(m.FromWorker))

    def heard(self) -> list[m.FromWorker]:
        try:
            return list(self._reader.receive(self.socket.recv(65536)))
        except BlockingIOError:
            return []


@pytest.fixture
def link(tmp_path: Path) -> Iterator[ControlLink]:
    loop = Loop()
    link = ControlLink(
        tmp_path / "link", lambda: m.Hello(version=1, worker=0, pid=1, legs=0), lambda _request: None
    )
    link.join(loop)
    yield link
    link.close()


@pytest.fixture
def control(link: ControlLink, tmp_path: Path) -> Iterator[Control]:
    control = Control(tmp_path / "link")
    link._accept()
    [hello] = control.heard()
    assert isinstance(hello, m.Hello)
    yield control
    control.socket.close()


def test_an_event_that_somebody_waits_for_leaves_at_once(link: ControlLink, control: Control) -> None:
    link.send_event(DIGIT)
    link.flush(1.0)
    assert control.heard() == [DIGIT]


def test_an_event_that_nobody_waits_for_leaves_with_the_next(link: ControlLink, control: Control) -> None:
    link.send_event(LOCKED)
    link.flush(1.0)
    assert control.heard() == []
    link.send_event(DIGIT)
    link.flush(1.0)
    assert control.heard() == [LOCKED, DIGIT]


def test_an_event_that_nobody_waits_for_leaves_by_itself_at_last(link: ControlLink, control: Control) -> None:
    link.send_event(LOCKED)
    link.flush(1.0)
    link.flush(1.0 + LINGER_S / 2)
    assert control.heard() == []
    link.flush(1.0 + LINGER_S)
    assert control.heard() == [LOCKED]
    link.send_event(LOCKED)
    link.flush(2.0)
    assert control.heard() == []
