"""Ports bound ahead: taken at once, ordered in the background, and what a used-up range says."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from telephony.media.errors import NoPortAvailable
from telephony.media.messages import PortsReserved, ReservePorts
from telephony.media.port_reserve import BATCH, LARGEST_BATCH, LOW, PortReserve


class FakeLink:
    """A worker with `left` port pairs; `gate` holds its answers back."""

    def __init__(self, left: int) -> None:
        self.hello = SimpleNamespace(worker=0)
        self.left = left
        self.asked = 0
        self.gate: asyncio.Event | None = None

    async def ask(self, request: ReservePorts, kind: Any) -> PortsReserved:
        assert kind is PortsReserved
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        count = min(request.count, self.left)
        self.left -= count
        return PortsReserved(number=1, ports=tuple(range(2 * self.left, 2 * (self.left + count), 2)))


def reserve_at(link: FakeLink) -> PortReserve:
    return PortReserve(link)  # type: ignore[arg-type]


async def test_ports_are_there_before_they_are_needed_and_never_twice() -> None:
    link = FakeLink(1000)
    reserve = reserve_at(link)
    taken = [await reserve.wait()]
    for _ in range(300):
        port = reserve.take()
        if port is None:
            port = await reserve.wait()
        taken.append(port)
    assert len(set(taken)) == 301
    assert link.asked <= 301 // BATCH + LOW // BATCH + 2


async def test_with_none_in_reserve_nobody_waits_unless_he_wants_to() -> None:
    link = FakeLink(10)
    link.gate = asyncio.Event()
    reserve = reserve_at(link)
    assert reserve.take() is None
    waiting = [asyncio.create_task(reserve.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    link.gate.set()
    assert len(set(await asyncio.gather(*waiting))) == 3
    assert link.asked >= 1


async def test_a_used_up_range_is_said_to_whoever_waits() -> None:
    reserve = reserve_at(FakeLink(1))
    await reserve.wait()
    with pytest.raises(NoPortAvailable, match="no free RTP port pair in media worker 0"):
        await reserve.wait()
    assert reserve.take() is None


async def test_a_waiter_who_gives_up_leaves_the_order_to_the_others() -> None:
    link = FakeLink(100)
    link.gate = asyncio.Event()
    reserve = reserve_at(link)
    impatient, patient = asyncio.create_task(reserve.wait()), asyncio.create_task(reserve.wait())
    await asyncio.sleep(0)
    impatient.cancel()
    link.gate.set()
    assert await patient >= 0
    reserve.close()


async def test_the_more_are_missing_the_more_are_bound_at_once() -> None:
    link = FakeLink(1000)
    counts: list[int] = []
    ask = link.ask

    async def noted(request: ReservePorts, kind: Any) -> PortsReserved:
        counts.append(request.count)
        return await ask(request, kind)

    link.ask = noted  # type: ignore[method-assign]
    reserve = reserve_at(link)
    await reserve.wait()
    while reserve.take() is None or len(reserve._ports) <= LOW:
        await asyncio.sleep(0)
    assert counts[0] == LARGEST_BATCH
    assert counts[-1] == BATCH
