"""SIP over WebSocket, the server's side, for phones in browsers (RFC 7118).

The handshake and the frames are the `websockets` library's sans-IO protocol; each WebSocket message is one SIP
message (section 5.2), so no Content-Length is needed. Only clients that offer the subprotocol "sip" are let in
(section 4). A browser cannot be connected to: its connection is the only way to it.
"""

from __future__ import annotations

import asyncio

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from telephony.sip.address import Address
from telephony.sip.connection import Connection, ConnectionOwner

SUBPROTOCOL = Subprotocol("sip")


class WebSocketConnection(Connection):
    """One browser phone."""

    def __init__(self, owner: ConnectionOwner, address: Address) -> None:
        super().__init__(owner, address, ours=False)
        self._protocol = ServerProtocol(subprotocols=[SUBPROTOCOL], max_size=owner.limits.message_bytes)
        self._pieces: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.partial_since = self.owner.now()  # until the handshake is through
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        protocol = self._protocol
        protocol.receive_data(data)
        messages: list[bytes] = []
        for event in protocol.events_received():
            if isinstance(event, Request):
                protocol.send_response(protocol.accept(event))
            elif isinstance(event, Frame):
                self._take(event, messages)
        # Pongs and the handshake's answer go out before what the messages bring about.
        self._flush()
        unfinished = protocol.state is not OPEN or bool(self._pieces) or bool(protocol.reader.buffer)
        self._hand_up(messages, partial=unfinished)
        self._flush()

    def _take(self, frame: Frame, messages: list[bytes]) -> None:
        """Put fragments together; control frames answer themselves."""
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        self._pieces.append(bytes(frame.data))
        if frame.fin:
            messages.append(b"".join(self._pieces))
            self._pieces.clear()

    def send(self, data: bytes) -> None:
        """One message in one frame: text where it is text (section 5.2 leaves both open)."""
        protocol = self._protocol
        if protocol.state is not OPEN:
            return
        try:
            data.decode()
        except UnicodeDecodeError:
            protocol.send_binary(data)
        else:
            protocol.send_text(data)
        self._flush()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._write(data)
            else:  # the library's sign for the end of the stream
                super().close()

    def close(self) -> None:
        """Say good-bye (RFC 6455 section 5.5.1: going away), then close."""
        if self._protocol.state is OPEN:
            self._protocol.send_close(1001)
            self._flush()
        super().close()
