"""rtpengine's ng protocol over UDP: a cookie, a bencoded dictionary out, one back. asyncio.

A command that is not answered is sent again under the same cookie: rtpengine repeats its answer then and does
nothing twice.
"""

import asyncio
from itertools import count
from typing import Final

from telephony.media.errors import LocalProtocolError, RemoteProtocolError, WorkerUnavailable
from telephony.media.rtpengine.bencode import Dictionary, Value, decode_dictionary, encode

TRIES_S: Final = (0.5, 1.0, 2.0, 2.0)
"""How long each sending of a command waits for its answer."""


class NgRefused(LocalProtocolError):
    """rtpengine understood the command and did not do it; the text is its reason."""


class NgLink(asyncio.DatagramProtocol):
    """One UDP socket to one rtpengine."""

    def __init__(self, address: tuple[str, int], prefix: str) -> None:
        """`prefix` begins every cookie and must be new for each process."""
        self.address = address
        self._prefix = prefix
        self._numbers = count(1)
        self._waiting: dict[bytes, asyncio.Future[Dictionary]] = {}
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        """WorkerUnavailable if there is no way to that address at all."""
        loop = asyncio.get_running_loop()
        try:
            self._transport, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=self.address)
        except OSError as error:
            raise WorkerUnavailable(f"rtpengine at {self}: {error.strerror or error}") from error

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def ask(self, command: str, **fields: Value) -> Dictionary:
        """Its answer to a command; `_` in a field's name stands for `-`. NgRefused, WorkerUnavailable."""
        if self._transport is None or self._transport.is_closing():
            raise WorkerUnavailable(f"rtpengine at {self} is not connected")
        cookie = f"{self._prefix}{next(self._numbers)}".encode()
        message = {name.replace("_", "-"): value for name, value in fields.items()} | {"command": command}
        answer = self._waiting[cookie] = asyncio.get_running_loop().create_future()
        try:
            return _checked(command, await self._sent(cookie + b" " + encode(message), answer))
        finally:
            del self._waiting[cookie]

    async def _sent(self, datagram: bytes, answer: asyncio.Future[Dictionary]) -> Dictionary:
        assert self._transport is not None
        for wait_s in TRIES_S:
            self._transport.sendto(datagram)
            done, _ = await asyncio.wait((answer,), timeout=wait_s)
            if done:
                return answer.result()
        raise WorkerUnavailable(f"rtpengine at {self} does not answer")

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:  # noqa: ARG002
        cookie, _, body = data.partition(b" ")
        answer = self._waiting.get(cookie)
        if answer is None or answer.done():
            return  # of a command sent twice
        try:
            answer.set_result(decode_dictionary(body))
        except RemoteProtocolError as error:
            answer.set_exception(error)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there at the moment: the command is sent again, or given up, by its own clock."""

    def __str__(self) -> str:
        host, port = self.address
        return f"{host}:{port}"


def _checked(command: str, answer: Dictionary) -> Dictionary:
    if answer.get("result") == "error":
        raise NgRefused(f"rtpengine refused {command}: {answer.get('error-reason', 'no reason given')}")
    return answer
