"""A client of the API: what it answers as typed models, and its stream, reconnecting for ever.

Owns: addresses, connecting, back-off, and saying in words why there is no connection. Must not know what the
answers are used for.

    stream():  Connecting > Received(SnapshotMessage) > Received(ChangeMessage)* > Lost > Connecting > ...
"""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import httpx
import websockets
from pydantic import TypeAdapter, ValidationError

from api.schema import (
    CallHistory,
    CallList,
    CallSummary,
    ChangeMessage,
    Health,
    RecordingList,
    RecordingView,
    Snapshot,
    SnapshotMessage,
    StreamMessage,
    View,
)

TIMEOUT_S = 5.0
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
V = TypeVar("V", bound=View)

_stream_message: TypeAdapter[StreamMessage] = TypeAdapter(StreamMessage)


@dataclass(frozen=True, slots=True)
class BackOff:
    """How long to wait before trying again: doubling, bounded, spread so that many do not come at once."""

    first_s: float = 0.5
    most_s: float = 8.0
    spread: float = 0.25

    def delay_s(self, attempt: int, chance: float) -> float:
        """The wait after `attempt` failures in a row (1 is the first); `chance` in [0, 1)."""
        doubled = min(self.most_s, self.first_s * 2.0 ** min(attempt - 1, 16))
        return doubled * (1 - self.spread * chance)


@dataclass(frozen=True, slots=True)
class Connecting:
    """About to try."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Received:
    """A message of the stream."""

    message: SnapshotMessage | ChangeMessage


@dataclass(frozen=True, slots=True)
class Lost:
    """There is no connection; the next attempt is in `retry_in_s`."""

    why: str
    attempt: int
    retry_in_s: float


StreamEvent = Connecting | Received | Lost


class ApiError(Exception):
    """The server could not be asked, or gave no usable answer; the text is fit to be shown."""


class StreamSource(Protocol):
    """What a console needs of a client."""

    url: str

    def stream(self) -> AsyncGenerator[StreamEvent, None]:
        """Events for ever, until the iterator is closed."""

    async def history(self, call_id: str) -> CallHistory | None:
        """Everything that happened to one call; None for an unknown one; ApiError if it cannot be asked."""


class ApiClient:
    """Asks one server. One instance may be used by many tasks of one event loop."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        back_off: BackOff | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.url = url.rstrip("/")
        self._back_off = back_off or BackOff()
        self._transport = transport
        self._sleep = sleep
        self._chance = chance

    async def health(self) -> Health:
        """That it answers, and which one it is."""
        return await self._get("/v1/health", Health)

    async def snapshot(self) -> Snapshot:
        """The whole state now."""
        return await self._get("/v1/snapshot", Snapshot)

    async def calls(self, limit: int = 100) -> tuple[CallSummary, ...]:
        """The newest calls, newest first."""
        return (await self._get(f"/v1/calls?limit={limit}", CallList)).calls

    async def recordings(self, limit: int = 100) -> tuple[RecordingView, ...]:
        """The newest recordings, newest first."""
        return (await self._get(f"/v1/recordings?limit={limit}", RecordingList)).recordings

    async def history(self, call_id: str) -> CallHistory | None:
        """Everything that happened to one call; None if the server knows no such call."""
        try:
            return await self._get(f"/v1/calls/{quote(call_id, safe='')}", CallHistory)
        except _NotFoundError:
            return None

    async def stream(self) -> AsyncGenerator[StreamEvent, None]:
        """Everything that happens, for ever: connects, reads, and after a loss tries again."""
        failures = 0
        while True:
            yield Connecting(failures + 1)
            try:
                async with websockets.connect(
                    stream_url(self.url), max_size=MAX_MESSAGE_BYTES, open_timeout=TIMEOUT_S, proxy=None
                ) as connection:
                    async for message in _messages(connection):
                        failures = 0
                        yield Received(message)
                    why = "the server closed the connection"
            except (OSError, TimeoutError, websockets.WebSocketException, ApiError) as error:
                why = _in_words(error)
            failures += 1
            delay_s = self._back_off.delay_s(failures, self._chance())
            yield Lost(why, failures, delay_s)
            await self._sleep(delay_s)

    async def _get(self, path: str, model: type[V]) -> V:
        try:
            async with httpx.AsyncClient(
                base_url=self.url, transport=self._transport, timeout=TIMEOUT_S, trust_env=False
            ) as client:
                response = await client.get(path)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ApiError(f"{self.url}: {_in_words(error)}") from error
        if response.status_code == 404:
            raise _NotFoundError(f"{self.url}{path}: not found")
        if response.status_code != 200:
            raise ApiError(f"{self.url}{path}: answered {response.status_code}")
        try:
            return model.model_validate_json(response.content)
        except ValidationError as error:
            raise ApiError(f"{self.url}{path}: not what a Cordboard server says") from error


class _NotFoundError(ApiError):
    """404."""


def stream_url(url: str) -> str:
    """Where the stream of the server at `url` is."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme)
    if scheme is None or not parts.netloc:
        raise ApiError(f"{url!r} is no address of a server; it looks like http://127.0.0.1:8080")
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + "/v1/stream", "", ""))


async def _messages(
    connection: websockets.ClientConnection,
) -> AsyncIterator[SnapshotMessage | ChangeMessage]:
    """Messages in order; one that does not follow the last is an error, healed by connecting again."""
    sequence: int | None = None
    async for data in connection:
        try:
            message = _stream_message.validate_json(data)
        except ValidationError as error:
            raise ApiError("the server said something this version does not understand") from error
        if isinstance(message, ChangeMessage) and message.follows != sequence:
            raise ApiError(f"a change after {message.follows} came after {sequence}")
        sequence = message.sequence
        yield message


def _in_words(error: BaseException) -> str:
    """Why there is no connection, for people."""
    if any(isinstance(cause, ConnectionRefusedError) for cause in _causes(error)):
        return "nothing listens there (connection refused)"
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return f"no answer within {TIMEOUT_S:g} s"
    if isinstance(error, websockets.ConnectionClosed):
        return "the server went away"
    if isinstance(error, websockets.InvalidStatus):
        return f"the server answered {error.response.status_code} instead of a stream"
    return str(error) or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what lies beneath it: libraries wrap the operating system's word."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
