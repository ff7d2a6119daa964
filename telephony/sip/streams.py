"""All stream connections of an endpoint: those that came in, those we made, one for each far end.

A connection that came in serves for sending to its far end as well (the flow of RFC 5626), one that we made for every
request to the same far end (RFC 3261 section 18). Connecting has a deadline and a bounded queue; what fails is told
as closed, and the transactions on it fail with 503. A sweep ends idle connections and half messages.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Set

from telephony.sip.accepting import Acceptor, Seats
from telephony.sip.address import Address
from telephony.sip.connection import QUEUED_BYTES, Connection
from telephony.sip.listeners import Listener, StreamLimits
from telephony.sip.parser import Limits
from telephony.sip.websocket import WebSocketConnection

_SWEEP_S = 5.0


class Streams:
    """TCP, TLS and WebSocket. `in_use` tells which far ends carry a registration or a dialog, `admits` whether a
    host may connect at all."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        on_batch: Callable[[list[tuple[bytes, Address]]], None],
        on_closed: Callable[[Address], None],
        limits: Limits,
        stream_limits: StreamLimits,
        in_use: Callable[[], Set[Address]],
        client_context: Callable[[], ssl.SSLContext],
        admits: Callable[[str], bool] = lambda _host: True,
    ) -> None:
        self._loop = loop
        self.on_batch = on_batch
        self._on_closed = on_closed
        self.limits = limits
        self._stream_limits = stream_limits
        self._in_use = in_use
        self._client_context = client_context
        self.seats = Seats(stream_limits, admits)
        self._acceptors: list[Acceptor] = []
        self._connections: dict[Address, Connection] = {}
        self._connecting: dict[Address, tuple[asyncio.Task[None], list[bytes]]] = {}
        self._closing = False
        self._sweeping: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """The loop's time."""
        return self._loop.time()

    def listen(self, listener: Listener, local: str, context: ssl.SSLContext | None) -> int:
        """Accept connections; returns the port. OSError says what the system said."""
        make = self._make_websocket if listener.transport in ("ws", "wss") else self._make
        acceptor = Acceptor(self._loop, listener, local, make, self.seats, self._stream_limits, context)
        port = acceptor.bind()
        self._acceptors.append(acceptor)
        self._sweep_later()
        return port

    def _make(self, address: Address) -> Connection:
        return Connection(self, address, ours=False)

    def _make_websocket(self, address: Address) -> Connection:
        return WebSocketConnection(self, address)

    def send(self, data: bytes, destination: Address) -> None:
        """Send on the connection to that far end; make one if there is none and one can be made."""
        connection = self._connections.get(destination)
        if connection is not None:
            connection.send(data)
            return
        if destination.transport in ("ws", "wss") or not destination.port or self._closing:
            self._loop.call_soon(self._on_closed, destination)
            return
        pending = self._connecting.get(destination)
        if pending is None:
            queue: list[bytes] = []
            task = self._loop.create_task(self._connect(destination, queue))
            pending = self._connecting[destination] = (task, queue)
        if sum(map(len, pending[1])) + len(data) <= QUEUED_BYTES:
            pending[1].append(data)

    async def _connect(self, destination: Address, queue: list[bytes]) -> None:
        connection = Connection(self, destination, ours=True)
        secure = destination.secure
        try:
            async with asyncio.timeout(self._stream_limits.connect_s):
                await self._loop.create_connection(
                    lambda: connection,
                    destination.host,
                    destination.port,
                    ssl=self._client_context() if secure else None,
                    server_hostname=(destination.name or destination.host) if secure else None,
                )
        except (OSError, TimeoutError):
            del self._connecting[destination]
            connection.abort()
            self._on_closed(destination)
            return
        del self._connecting[destination]
        for data in queue:
            connection.send(data)

    def opened(self, connection: Connection) -> None:
        """A connection is there."""
        if self._closing:
            connection.abort()
            return
        self._connections[connection.address] = connection
        self._sweep_later()

    def closed(self, connection: Connection) -> None:
        """A connection is gone."""
        address = connection.address
        if not connection.ours:
            self.seats.leave(address.host)
        if self._connections.get(address) is connection:
            del self._connections[address]
            if not self._closing:
                self._on_closed(address)

    def disconnect(self, address: Address) -> None:
        """End the connection to a far end, if there is one."""
        connection = self._connections.get(address)
        if connection is not None:
            connection.abort()

    def _sweep_later(self) -> None:
        if self._sweeping is None and not self._closing:
            limits = self._stream_limits
            pause = min(_SWEEP_S, limits.idle_s / 4, limits.partial_s / 4)
            self._sweeping = self._loop.call_later(pause, self._sweep)

    def _sweep(self) -> None:
        """End what is idle for too long and carries nothing, and what never finishes its message."""
        self._sweeping = None
        limits, now = self._stream_limits, self._loop.time()
        in_use: Set[Address] | None = None
        for connection in list(self._connections.values()):
            since = connection.partial_since
            if since is not None and now - since > limits.partial_s:
                connection.abort()
            elif now - connection.heard_at > limits.idle_s:
                in_use = self._in_use() if in_use is None else in_use
                if connection.address not in in_use:
                    connection.close()
        if self._connections:
            self._sweep_later()

    async def close(self) -> None:
        """Stop listening and close all connections."""
        self._closing = True
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        tasks = [task for task, _ in self._connecting.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for acceptor in self._acceptors:
            await acceptor.close()
        for connection in list(self._connections.values()):
            connection.close()
        self._connections.clear()
