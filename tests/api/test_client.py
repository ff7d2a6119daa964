"""The client against a real server, a made one, and none."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx
import pytest
import websockets

from api.client import ApiClient, ApiError, BackOff, Connecting, Lost, Received, StreamEvent, stream_url
from api.schema import ChangeMessage, SnapshotMessage
from api.server import ApiServer, create_app


class Naps:
    """A sleep that takes no time and remembers."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.sleep(0)


async def _take(
    stream: AsyncIterator[StreamEvent], until: Callable[[StreamEvent], bool]
) -> list[StreamEvent]:
    taken: list[StreamEvent] = []
    async with asyncio.timeout(5):
        async for event in stream:
            taken.append(event)
            if until(event):
                return taken
    raise AssertionError("the stream ended")


@asynccontextmanager
async def _made_server(
    handler: Callable[[websockets.ServerConnection], Awaitable[None]],
) -> AsyncIterator[str]:
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def asgi(system: Any) -> ApiClient:
    return ApiClient("http://test", transport=httpx.ASGITransport(create_app(system)))


async def test_everything_there_is_to_ask(asgi: ApiClient, system: Any) -> None:
    assert (await asgi.health()).status == "ok"
    assert (await asgi.snapshot()).calls[0].id == "c1"
    assert [call.id for call in await asgi.calls()] == ["c1"]
    assert [recording.id for recording in await asgi.recordings()] == ["r1"]
    history = await asgi.history("c1")
    assert history is not None
    assert history.events[0].kind == "CallArrived"
    assert await asgi.history("nobody/else?") is None


async def test_an_error_is_said_in_words() -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        return httpx.Response(503)

    with pytest.raises(ApiError, match="answered 503"):
        await ApiClient("http://test", transport=httpx.MockTransport(broken)).health()
    with pytest.raises(ApiError, match="connection refused"):
        await ApiClient("http://127.0.0.1:1").snapshot()


async def test_an_answer_of_something_else_is_said_in_words() -> None:
    def other(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"hello": "world"})

    with pytest.raises(ApiError, match="not what a Cordboard server says"):
        await ApiClient("http://test", transport=httpx.MockTransport(other)).snapshot()


async def test_the_stream_follows_a_server_that_goes_and_comes_back(system: Any) -> None:
    server = ApiServer(system, "127.0.0.1", 0, interval_s=0.01)
    await server.start()
    naps = Naps()
    client = ApiClient(f"http://127.0.0.1:{server.port}", sleep=naps.sleep, chance=lambda: 0.0)
    async with aclosing(client.stream()) as stream:
        events = await _take(stream, lambda event: isinstance(event, Received))
        assert events[0] == Connecting(1)
        assert isinstance(events[1], Received)
        assert isinstance(events[1].message, SnapshotMessage)

        system.put_call("c2")
        (event,) = await _take(stream, lambda event: isinstance(event, Received))
        assert isinstance(event, Received)
        assert isinstance(event.message, ChangeMessage)

        await server.close()
        events = await _take(stream, lambda event: isinstance(event, Lost) and event.attempt == 3)
        losses = [event for event in events if isinstance(event, Lost)]
        assert "refused" in losses[-1].why
        assert [loss.retry_in_s for loss in losses] == [0.5, 1.0, 2.0]

        again = ApiServer(system, "127.0.0.1", server.port, interval_s=0.01)
        await again.start()
        events = await _take(stream, lambda event: isinstance(event, Received))
        assert isinstance(events[-1], Received)
        assert isinstance(events[-1].message, SnapshotMessage)
        assert naps.asked[:2] == [0.5, 1.0]
        await again.close()


async def test_a_change_out_of_order_means_starting_again() -> None:
    change = '{"type":"change","sequence":9,"follows":7,"at":"2030-01-01T00:00:00Z"}'

    async def serve(connection: websockets.ServerConnection) -> None:
        await connection.send(change)
        await connection.wait_closed()

    async with _made_server(serve) as url:
        client = ApiClient(url, sleep=Naps().sleep)
        async with aclosing(client.stream()) as stream:
            events = await _take(stream, lambda event: isinstance(event, Lost))

    assert isinstance(events[-1], Lost)
    assert events[-1].why == "a change after 7 came after None"


@pytest.mark.parametrize("said", ["not json", '{"type":"other"}', "[]", '{"type":"snapshot"}'])
async def test_nonsense_from_a_server_is_said_in_words(said: str) -> None:
    async def serve(connection: websockets.ServerConnection) -> None:
        await connection.send(said)
        await connection.wait_closed()

    async with _made_server(serve) as url:
        client = ApiClient(url, sleep=Naps().sleep)
        async with aclosing(client.stream()) as stream:
            events = await _take(stream, lambda event: isinstance(event, Lost))

    assert isinstance(events[-1], Lost)
    assert events[-1].why == "the server said something this version does not understand"


async def test_no_server_and_a_wrong_address_are_losses_and_no_exceptions() -> None:
    for url, words in (
        ("http://127.0.0.1:1", "connection refused"),
        ("gopher://x", "no address of a server"),
    ):
        client = ApiClient(url, sleep=Naps().sleep)
        async with aclosing(client.stream()) as stream:
            events = await _take(stream, lambda event: isinstance(event, Lost))
        assert isinstance(events[-1], Lost)
        assert words in events[-1].why


def test_back_off_doubles_up_to_a_bound_and_spreads() -> None:
    back_off = BackOff(first_s=0.5, most_s=8.0, spread=0.25)

    assert [back_off.delay_s(attempt, 0.0) for attempt in (1, 2, 3, 4, 5, 6, 500)] == [0.5, 1, 2, 4, 8, 8, 8]
    assert back_off.delay_s(6, 0.99) == pytest.approx(8 * (1 - 0.25 * 0.99))


def test_addresses() -> None:
    assert stream_url("http://127.0.0.1:8080") == "ws://127.0.0.1:8080/v1/stream"
    assert stream_url("https://acme.example/cordboard/") == "wss://acme.example/cordboard/v1/stream"
    with pytest.raises(ApiError):
        stream_url("127.0.0.1:8080")
