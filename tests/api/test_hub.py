"""When the hub looks, and what readers get."""

import asyncio
import logging
from typing import Any

import pytest

from api.hub import BUSY_SHARE, Hub
from api.schema import Snapshot


class Turns:
    """A sleep that a test lets go on, one turn at a time; remembers how long each was to be."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._gate = asyncio.Semaphore(0)

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await self._gate.acquire()

    async def turn(self) -> None:
        self._gate.release()
        for _ in range(5):
            await asyncio.sleep(0)


async def test_nobody_watching_means_nobody_looking(system: Any) -> None:
    turns = Turns()
    hub = Hub(system, sleep=turns.sleep)
    looking = asyncio.create_task(hub.run())
    await turns.turn()
    assert system.snapshots == 0

    with hub.reader():
        await turns.turn()
        assert system.snapshots >= 2
    seen = system.snapshots
    await turns.turn()
    await turns.turn()
    assert system.snapshots <= seen + 1
    assert hub.readers == 0
    looking.cancel()


async def test_a_slow_reader_gets_the_newest_state_and_no_backlog(system: Any) -> None:
    hub = Hub(system)
    with hub.reader() as sent:
        for number in range(50):
            system.put_call(f"n{number}")
            hub.look()
        newest = await hub.newer(sent)

        assert newest is hub.look()
        text = hub.encode_change(sent, newest)
        assert all(f'"n{number}"' in text for number in range(50))
        waiting = asyncio.create_task(hub.newer(newest))
        await asyncio.sleep(0)
        assert not waiting.done()
        system.put_call("one-more")
        hub.look()
        assert (await waiting).sequence == newest.sequence + 1


async def test_many_readers_share_one_encoding(system: Any) -> None:
    hub = Hub(system)
    first = hub.look()
    system.put_call("c2")
    second = hub.look()

    texts = {hub.encode_change(first, second) for _ in range(100)}

    assert len(texts) == 1
    assert hub.counters.encoded == 1


async def test_a_costly_snapshot_is_taken_less_often(system: Any) -> None:
    turns = Turns()
    times = iter([0.0, 0.1, 1.0, 1.001])
    hub = Hub(system, interval_s=0.2, clock=lambda: next(times), sleep=turns.sleep)
    with hub.reader():
        looking = asyncio.create_task(hub.run())
        await turns.turn()
        looking.cancel()

    assert turns.asked == [pytest.approx(0.1 / BUSY_SHARE), 0.2]


async def test_a_defective_snapshot_is_reported_and_the_next_one_is_taken(
    system: Any, caplog: pytest.LogCaptureFixture
) -> None:
    turns = Turns()
    hub = Hub(system, sleep=turns.sleep)
    good = system.snapshot

    def bad() -> Snapshot:
        raise RuntimeError("no")

    with hub.reader() as sent:
        system.snapshot = bad
        looking = asyncio.create_task(hub.run())
        with caplog.at_level(logging.ERROR, "cordboard.api"):
            await turns.turn()
        assert "the system gave no snapshot" in caplog.text
        system.snapshot = good
        system.put_call("c2")
        await turns.turn()
        assert "c2" in (await hub.newer(sent)).calls
        looking.cancel()
