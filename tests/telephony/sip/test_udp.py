"""The UDP socket: what wakes it, what gathers, what is lost."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from telephony.sip import udp as udp_module
from telephony.sip.address import Address
from telephony.sip.udp import UdpTransport

HOST = "127.0.0.1"
MANY = [b"%d" % n for n in range(udp_module._MANY)]


@dataclass
class Handle:
    """A call that the loop was asked for."""

    delay_s: float
    call: Callable[[], object]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class Loop:
    """A loop whose clock and wake-ups are the test's."""

    now: float = 100.0
    watched: dict[int, Callable[[], object]] = field(default_factory=dict)
    handles: list[Handle] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def add_reader(self, number: int, call: Callable[[], object]) -> None:
        self.watched[number] = call

    def remove_reader(self, number: int) -> None:
        self.watched.pop(number, None)

    def call_later(self, delay_s: float, call: Callable[[], object]) -> Handle:
        self.handles.append(Handle(delay_s, call))
        return self.handles[-1]

    def call_soon(self, call: Callable[[], object]) -> Handle:
        return self.call_later(0.0, call)

    def wake(self) -> None:
        [call] = self.watched.values()
        call()


class Socket:
    """A socket whose datagrams are the test's."""

    def __init__(self) -> None:
        self.inbox: deque[bytes] = deque()

    def fileno(self) -> int:
        return 7

    def recvfrom(self, _size: int) -> tuple[bytes, tuple[str, int]]:
        if not self.inbox:
            raise BlockingIOError
        return self.inbox.popleft(), (HOST, 5060)

    def close(self) -> None:
        self.inbox.clear()


class Bench:
    """One transport on a socket that is not real, and the batches that it made of what came."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.batches: list[list[bytes]] = []
        self.transport = UdpTransport(
            self.loop,  # type: ignore[arg-type]
            lambda batch: self.batches.append([data for data, _ in batch]),
            lambda _destination: None,
        )
        self.socket = Socket()
        self.transport._socket = self.socket  # type: ignore[assignment]
        self.transport.start()

    def send(self, *datagrams: bytes) -> None:
        self.socket.inbox.extend(datagrams)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_after_a_silence_each_wake_up_reads_at_once(bench: Bench) -> None:
    for n in range(3):
        bench.loop.now += 1.0
        bench.send(b"%d" % n)
        bench.loop.wake()
    assert bench.batches == [[b"0"], [b"1"], [b"2"]]
    assert bench.loop.handles == []


def test_the_few_of_one_call_do_not_wait_for_each_other(bench: Bench) -> None:
    for each in MANY[1:]:
        bench.loop.now += 0.001
        bench.send(each)
        bench.loop.wake()
    assert bench.batches == [[each] for each in MANY[1:]]
    assert bench.loop.handles == []


def test_what_comes_in_quick_succession_gathers_until_nothing_does(bench: Bench) -> None:
    loop = bench.loop
    bench.send(*MANY[1:])
    loop.wake()
    loop.now += 0.001
    bench.send(b"b", b"c")
    loop.wake()
    assert loop.watched == {}, "nobody is woken for what comes now"
    bench.send(b"d", b"e")
    loop.now += 0.05  # however late the loop comes to it
    loop.handles[-1].call()
    assert loop.watched == {}
    loop.handles[-1].call()
    assert bench.batches[1:] == [[b"b", b"c"], [b"d", b"e"]]
    assert len(loop.handles) == 2
    loop.now += 1.0
    bench.send(b"f")
    loop.wake()
    assert bench.batches[-1] == [b"f"]


def test_the_more_come_the_longer_they_gather(bench: Bench) -> None:
    loop = bench.loop
    bench.send(*MANY)
    loop.wake()
    bench.send(b"x")
    loop.handles[-1].call()
    first, second = (each.delay_s for each in loop.handles)
    assert first > second > 0.0


def test_more_than_a_batch_is_gone_on_with_at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp_module, "_BATCH", 2)
    monkeypatch.setattr(udp_module, "_MANY", 2)
    loop = bench.loop
    bench.send(b"a")
    loop.wake()
    bench.send(b"b", b"c", b"d")
    loop.wake()
    assert loop.handles[-1].delay_s == 0.0
    loop.handles[-1].call()
    assert loop.handles[-1].delay_s > 0.0
    assert bench.batches == [[b"a"], [b"b", b"c"], [b"d"]]


def test_an_error_while_taking_a_batch_does_not_end_the_reading(bench: Bench) -> None:
    loop = bench.loop
    bench.send(*MANY[1:])
    loop.wake()

    def broken(batch: list[Any]) -> None:
        raise ZeroDivisionError

    bench.transport._on_batch = broken
    bench.send(b"x")
    with pytest.raises(ZeroDivisionError):
        loop.wake()
    bench.send(b"x")
    with pytest.raises(ZeroDivisionError):
        loop.handles[-1].call()
    assert len(loop.handles) == 2


def test_closed_while_it_gathers_it_reads_no_more(bench: Bench) -> None:
    loop = bench.loop
    bench.send(*MANY[1:])
    loop.wake()
    bench.send(b"b")
    loop.wake()
    bench.transport.close()
    assert loop.handles[-1].cancelled
    loop.handles[-1].call()
    assert loop.watched == {}
    assert bench.batches == [MANY[1:], [b"b"]]


def test_what_the_socket_cannot_take_is_counted() -> None:
    transport = UdpTransport(Loop(), lambda _batch: None, lambda _destination: None)  # type: ignore[arg-type]
    transport.bind(HOST, 0)
    try:
        transport.send(b"x" * 70_000, Address("udp", HOST, 9))
        assert transport.dropped == 1
    finally:
        transport.close()


async def test_a_name_that_leads_nowhere_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()

    async def nothing(*_arguments: object, **_named: object) -> list[Any]:
        raise OSError("no such name")

    monkeypatch.setattr(loop, "getaddrinfo", nothing)
    unreachable: asyncio.Future[Address] = loop.create_future()
    transport = UdpTransport(loop, lambda _batch: None, unreachable.set_result)
    transport.bind(HOST, 0)
    try:
        where = Address("udp", "nowhere.invalid", 5060)
        transport.send(b"x", where)
        assert await asyncio.wait_for(unreachable, 30) == where
    finally:
        transport.close()
