"""The digits that rtpengine hears: one JSON object a datagram, sent to where its `dtmf-log-dest` points. asyncio."""

import asyncio
import json
from collections.abc import Callable

from telephony.media.dtmf import DIGITS
from telephony.media.errors import WorkerUnavailable

Heard = Callable[[str, str, str, int], None]


class DigitLog(asyncio.DatagramProtocol):
    """Tells `heard` call-id, tag, digit and duration in ms; whatever else arrives is counted and dropped."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._transport: asyncio.DatagramTransport | None = None
        self.malformed = 0

    async def open(self, address: tuple[str, int]) -> None:
        """WorkerUnavailable if the address cannot be listened on."""
        loop = asyncio.get_running_loop()
        try:
            self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=address)
        except OSError as error:
            host, port = address
            raise WorkerUnavailable(
                f"rtpengine's digits cannot be listened for at {host}:{port}: {error.strerror or error}"
            ) from error

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:  # noqa: ARG002
        try:
            told = json.loads(data)
            call_id, tag = str(told["callid"]), str(told["source_tag"])
            event, duration_ms = int(told["event"]), int(told["duration"])
        except (ValueError, KeyError, TypeError, RecursionError):
            event = -1
        if not 0 <= event < len(DIGITS):
            self.malformed += 1
            return
        self._heard(call_id, tag, DIGITS[event], duration_ms)
