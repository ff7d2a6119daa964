"""One stream connection: bytes to frames and frames to bytes. TCP and TLS here, WebSocket in `websocket`.

It knows when it last heard something and since when a message is incomplete; closing it for that is its owner's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from telephony.sip.address import Address
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.framing import StreamFramer
from telephony.sip.parser import Limits

# A peer that does not read is cut off rather than buffered without end.
QUEUED_BYTES = 262_144


class ConnectionOwner(Protocol):
    """Who holds the connections of an endpoint."""

    limits: Limits
    on_batch: Callable[[list[tuple[bytes, Address]]], None]

    def now(self) -> float:
        """The loop's time."""

    def opened(self, connection: Connection) -> None:
        """It can be written to."""

    def closed(self, connection: Connection) -> None:
        """It is gone."""


class Connection(asyncio.Protocol):
    """A connection with messages cut by Content-Length. `ours` when we made it: then a lone CRLF is a pong."""

    def __init__(self, owner: ConnectionOwner, address: Address, *, ours: bool) -> None:
        self.owner = owner
        self.address = address
        self.ours = ours
        self.heard_at = owner.now()
        self.partial_since: float | None = None
        self._framer = StreamFramer(owner.limits, pongs=ours)
        self._transport: asyncio.Transport | None = None

    @property
    def is_open(self) -> bool:
        """Whether bytes can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have Transport's methods without being one.
        self._transport = cast(asyncio.Transport, transport)
        self.owner.opened(self)

    def data_received(self, data: bytes) -> None:
        frames: list[bytes] = []
        try:
            self._framer.feed_into(data, frames)
        except RemoteProtocolError:
            # What is left cannot be cut into messages; it is handed up as it is, to be counted and answered.
            frames.append(self._framer.rest())
            self._hand_up(frames, partial=False)
            self.close()
            return
        self._hand_up(frames, partial=self._framer.partial)

    def _hand_up(self, frames: list[bytes], *, partial: bool) -> None:
        now = self.heard_at = self.owner.now()
        if not partial:
            self.partial_since = None
        elif frames or self.partial_since is None:
            self.partial_since = now
        if frames:
            self.owner.on_batch([(frame, self.address) for frame in frames])

    def send(self, data: bytes) -> None:
        """Send one message, or a keep-alive."""
        self._write(data)

    def _write(self, data: bytes) -> None:
        transport = self._transport
        if transport is None:
            return
        if transport.get_write_buffer_size() > QUEUED_BYTES:
            transport.abort()
            return
        transport.write(data)

    def close(self) -> None:
        """Close after what is written went out."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once; what is not written yet is lost."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # whatever the reason, the flow is gone
        self._transport = None
        self.owner.closed(self)
