"""TCP: a listener, connections by their far end, and new ones where there is none (RFC 3261 section 18).

A connection that came in serves for sending to its far end as well (the flow of RFC 5626). Connecting has a
deadline and a bounded queue; what fails is told as closed, and the transactions on it fail with 503.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from telephony.sip.address import Address
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.framing import StreamFramer
from telephony.sip.parser import Limits

_CONNECT_TIMEOUT_S = 5.0
_QUEUED_BYTES = 262_144
_MAX_CONNECTIONS = 10_000


class TcpTransport:
    """All TCP connections of an endpoint."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        on_batch: Callable[[list[tuple[bytes, Address]]], None],
        on_closed: Callable[[Address], None],
        limits: Limits,
    ) -> None:
        self._loop = loop
        self.on_batch = on_batch
        self._on_closed = on_closed
        self.limits = limits
        self._server: asyncio.Server | None = None
        self._connections: dict[Address, _Connection] = {}
        self._connecting: dict[Address, tuple[asyncio.Task[None], list[bytes]]] = {}
        self._closing = False

    async def listen(self, host: str, port: int) -> None:
        """Accept connections."""
        self._server = await self._loop.create_server(
            lambda: _Connection(self, None), host, port, backlog=1024
        )

    def send(self, data: bytes, destination: Address) -> None:
        """Send on the connection to that far end; make one if there is none."""
        connection = self._connections.get(destination)
        if connection is not None:
            connection.write(data)
            return
        pending = self._connecting.get(destination)
        if pending is None:
            queue: list[bytes] = []
            task = self._loop.create_task(self._connect(destination, queue))
            pending = self._connecting[destination] = (task, queue)
        if sum(map(len, pending[1])) + len(data) <= _QUEUED_BYTES:
            pending[1].append(data)

    async def _connect(self, destination: Address, queue: list[bytes]) -> None:
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                await self._loop.create_connection(
                    lambda: _Connection(self, destination), destination.host, destination.port
                )
        except (OSError, TimeoutError):
            del self._connecting[destination]
            self._on_closed(destination)
            return
        del self._connecting[destination]
        connection = self._connections.get(destination)
        for data in queue:
            if connection is not None:
                connection.write(data)

    def opened(self, address: Address, connection: _Connection) -> bool:
        """A connection is there; False when there are too many."""
        if self._closing or len(self._connections) >= _MAX_CONNECTIONS:
            return False
        self._connections[address] = connection
        return True

    def closed(self, address: Address, connection: _Connection) -> None:
        """A connection is gone."""
        if self._connections.get(address) is connection:
            del self._connections[address]
            if not self._closing:
                self._on_closed(address)

    async def close(self) -> None:
        """Stop listening and close all connections."""
        self._closing = True
        tasks = [task for task, _ in self._connecting.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections.values()):
            connection.close()
        self._connections.clear()
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None


class _Connection(asyncio.Protocol):
    """One connection: bytes to frames."""

    def __init__(self, owner: TcpTransport, address: Address | None) -> None:
        self._owner = owner
        self._address = address
        self._framer = StreamFramer(owner.limits)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have Transport's methods without being one.
        self._transport = cast(asyncio.Transport, transport)
        if self._address is None:
            peer = transport.get_extra_info("peername")
            self._address = Address("tcp", peer[0], peer[1])
        if not self._owner.opened(self._address, self):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        address = self._address
        if address is None:
            return
        frames: list[bytes] = []
        try:
            self._framer.feed_into(data, frames)
        except RemoteProtocolError:
            # What is left cannot be cut into messages; it is handed up as it is, to be counted and answered.
            frames.append(self._framer.rest())
            self._owner.on_batch([(frame, address) for frame in frames])
            self.close()
            return
        if frames:
            self._owner.on_batch([(frame, address) for frame in frames])

    def write(self, data: bytes) -> None:
        """Send; a peer that does not read is cut off rather than buffered without end."""
        transport = self._transport
        if transport is None:
            return
        if transport.get_write_buffer_size() > _QUEUED_BYTES:
            transport.abort()
            return
        transport.write(data)

    def close(self) -> None:
        """Close after what is written went out."""
        if self._transport is not None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # whatever the reason, the flow is gone
        self._transport = None
        if self._address is not None:
            self._owner.closed(self._address, self)
