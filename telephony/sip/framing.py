"""Cuts a byte stream into messages by Content-Length (RFC 3261 section 18.3, 7.5; RFC 5626 section 4.4.1).

Bounded: header fields and body together may not pass the limit, so a peer cannot make us keep more than that.
After an error the stream has no known place to go on from; its connection must be closed.
"""

from __future__ import annotations

import re

from telephony.sip.errors import RemoteProtocolError
from telephony.sip.parser import DEFAULT_LIMITS, Limits, content_length

_LENGTH = re.compile(rb"\r\n(?:content-length|l)[ \t]*:[ \t]*(?:\r\n[ \t]+)*([^\r\n]*)", re.I)


class StreamFramer:
    """Feed it what arrives; take out whole messages and keep-alives.

    `pongs`: a lone CRLF is one, as it is on a connection that we made (RFC 5626 section 4.4.1); otherwise it may be
    the first half of a ping.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS, *, pongs: bool = False) -> None:
        self._buffer = bytearray()
        self._pongs = pongs
        self._limits = limits
        self._searched = 0  # where the search for the empty line goes on, so that it costs linear time
        self._needed = 0  # length of the message at the front, once known

    def feed_into(self, data: bytes, frames: list[bytes]) -> None:
        """Add bytes; append the messages that are whole now, and each double CRLF, to `frames`.

        Raises RemoteProtocolError once no more messages can be cut; those before are in `frames` then.
        """
        self._buffer += data
        while (frame := self._next()) is not None:
            frames.append(frame)

    @property
    def partial(self) -> bool:
        """Whether a message has begun and not ended."""
        return len(self._buffer) > 3 or bool(self._buffer.strip(b"\r\n"))

    def rest(self) -> bytes:
        """What is left after an error, so that it can be answered before the connection is closed."""
        return bytes(self._buffer)

    def _next(self) -> bytes | None:
        buffer = self._buffer
        if not self._needed:
            if buffer.startswith(b"\r\n\r\n"):
                del buffer[:4]
                return b"\r\n\r\n"
            if buffer.startswith(b"\r\n") and len(buffer) >= 4:
                del buffer[:2]
                return self._next()
            if self._pongs and buffer == b"\r\n":
                buffer.clear()
                return b"\r\n"
            if len(buffer) <= 3 and not buffer.strip(b"\r\n"):
                return None
            self._needed = self._measure()
        if not self._needed or len(buffer) < self._needed:
            return None
        frame = bytes(buffer[: self._needed])
        del buffer[: self._needed]
        self._needed = self._searched = 0
        return frame

    def _measure(self) -> int:
        """The whole length of the message at the front; 0 while its header fields are not complete."""
        buffer = self._buffer
        end = buffer.find(b"\r\n\r\n", self._searched)
        if end < 0:
            self._searched = max(0, len(buffer) - 3)
            if len(buffer) > self._limits.message_bytes:
                raise RemoteProtocolError(f"header fields of {len(buffer)} bytes", 513)
            return 0
        values = [each.decode("ascii", "replace").strip() for each in _LENGTH.findall(buffer, 0, end)]
        if not values:
            raise RemoteProtocolError("Content-Length is missing on a stream")
        needed = end + 4 + content_length(values)
        if needed > self._limits.message_bytes:
            raise RemoteProtocolError(f"message of {needed} bytes", 513)
        return needed
