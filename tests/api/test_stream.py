"""The stream over a real websocket on loopback."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest
import websockets

from api.hub import Hub
from api.server import ApiServer
from api.stream import serve_reader


@pytest.fixture
async def server(system: Any) -> AsyncIterator[ApiServer]:
    made = ApiServer(system, "127.0.0.1", 0, interval_s=0.01)
    await made.start()
    yield made
    await made.close()


async def _next(reader: websockets.ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(5):
        message: dict[str, Any] = json.loads(await reader.recv())
        return message


async def test_a_snapshot_and_then_only_what_differs(server: ApiServer, system: Any) -> None:
    async with websockets.connect(f"ws://127.0.0.1:{server.port}/v1/stream") as reader:
        first = await _next(reader)
        assert first["type"] == "snapshot"
        assert [call["id"] for call in first["snapshot"]["calls"]] == ["c1"]

        system.put_call("c2", "ringing")
        del system.calls_live["c1"]
        change = await _next(reader)

    assert change["type"] == "change"
    assert change["follows"] == first["sequence"]
    assert [(call["id"], call["state"]) for call in change["upserts"]["calls"]] == [("c2", "ringing")]
    assert change["removals"] == {"queues": [], "calls": ["c1"], "agents": [], "alerts": []}
    assert change["upserts"]["agents"] == []


async def test_two_readers_each_see_everything(server: ApiServer, system: Any) -> None:
    url = f"ws://127.0.0.1:{server.port}/v1/stream"
    async with websockets.connect(url) as early:
        await _next(early)
        system.put_call("c2")
        assert (await _next(early))["upserts"]["calls"][0]["id"] == "c2"
        async with websockets.connect(url) as late:
            assert {call["id"] for call in (await _next(late))["snapshot"]["calls"]} == {"c1", "c2"}
            system.put_agent("bob")
            for reader in (early, late):
                assert (await _next(reader))["upserts"]["agents"][0]["id"] == "bob"


async def test_a_reader_that_stops_reading_is_given_the_newest_when_it_reads_again(
    server: ApiServer, system: Any
) -> None:
    url = f"ws://127.0.0.1:{server.port}/v1/stream"
    async with websockets.connect(url, max_queue=1, max_size=None) as slow, websockets.connect(url) as fast:
        await _next(slow)
        await _next(fast)
        states = 120
        for number in range(states):  # each state is bigger than what sockets buffer in all
            system.server = system.server.model_copy(update={"name": f"{number}:" + "x" * 400_000})
            await _next(fast)
        seen = []
        while not seen or seen[-1] != states - 1:
            seen.append(int((await _next(slow))["upserts"]["server"]["name"].split(":")[0]))

    assert len(seen) < states / 2
    assert seen == sorted(seen)


async def test_a_page_from_elsewhere_may_not_read(server: ApiServer) -> None:
    url = f"ws://127.0.0.1:{server.port}/v1/stream"
    with pytest.raises(websockets.InvalidStatus):
        async with websockets.connect(url, origin=websockets.Origin("https://evil.example")):
            pass
    async with websockets.connect(
        url, origin=websockets.Origin(f"http://127.0.0.1:{server.port}")
    ) as same_origin:
        assert (await _next(same_origin))["type"] == "snapshot"


async def test_what_a_reader_says_is_ignored_and_its_leaving_is_noticed(
    server: ApiServer, system: Any
) -> None:
    async with websockets.connect(f"ws://127.0.0.1:{server.port}/v1/stream") as reader:
        await _next(reader)
        await reader.send("hello")
        await reader.send(b"\x00\xff")
        system.put_call("c2")
        assert (await _next(reader))["type"] == "change"


class StuckSocket:
    """A reader that is there and takes nothing."""

    headers: ClassVar[dict[str, str]] = {"host": "x"}

    async def accept(self) -> None:
        pass

    async def send_text(self, text: str) -> None:
        await asyncio.Event().wait()

    async def receive(self) -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError


class BrokenSocket(StuckSocket):
    """A socket with a defect."""

    async def send_text(self, text: str) -> None:
        raise ZeroDivisionError


async def test_a_reader_that_takes_nothing_is_let_go(system: Any) -> None:
    hub = Hub(system)
    async with asyncio.timeout(5):
        await serve_reader(StuckSocket(), hub, stalled_after_s=0.01)  # type: ignore[arg-type]

    assert hub.readers == 0


async def test_a_defect_is_no_ordinary_end(system: Any) -> None:
    hub = Hub(system)
    with pytest.raises(ZeroDivisionError):
        await serve_reader(BrokenSocket(), hub)  # type: ignore[arg-type]

    assert hub.readers == 0
