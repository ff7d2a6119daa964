"""How messages lie on the control channel: a 4-byte big-endian length, then msgpack. Sans-IO.

The channel is a stream socket between two processes of one user on one machine; a peer that sends what cannot be
read is a defect or another version, and loses its connection (`RemoteProtocolError`).
"""

import struct
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import msgspec

from telephony.media.errors import RemoteProtocolError

_LENGTH = struct.Struct("!I")
LONGEST_MESSAGE = 16 * 1024 * 1024

_encoder = msgspec.msgpack.Encoder()
Message = TypeVar("Message")


def frame(message: msgspec.Struct) -> bytes:
    """One message as it goes over the channel."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


class FrameReader(Generic[Message]):
    """Collects bytes and gives whole messages."""

    def __init__(self, decoder: "msgspec.msgpack.Decoder[Any]") -> None:
        self._decoder = decoder
        self._buffer = bytearray()

    def receive(self, data: bytes) -> Iterator[Message]:
        """Every message that is complete with these bytes."""
        self._buffer += data
        position = 0
        try:
            while len(self._buffer) - position >= _LENGTH.size:
                (length,) = _LENGTH.unpack_from(self._buffer, position)
                if length > LONGEST_MESSAGE:
                    raise RemoteProtocolError(f"control message of {length} bytes")
                end = position + _LENGTH.size + length
                if len(self._buffer) < end:
                    return
                body = bytes(self._buffer[position + _LENGTH.size : end])
                position = end
                yield self._decode(body)
        finally:
            del self._buffer[:position]

    def _decode(self, body: bytes) -> Message:
        try:
            message: Message = self._decoder.decode(body)
        except msgspec.MsgspecError as error:
            raise RemoteProtocolError(f"control message cannot be read: {error}") from error
        return message
