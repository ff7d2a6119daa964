"""Stands for rtpengine: takes commands on loopback, keeps them, and answers as told."""

import asyncio
from collections.abc import Callable
from itertools import count

from telephony.media.rtpengine.bencode import Dictionary, decode_dictionary, encode


class FakeRtpengine(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.commands: list[Dictionary] = []
        self.refuse: dict[str, str] = {}
        """Command -> the reason why it is refused."""
        self.answers: dict[str, Dictionary] = {}
        """Command -> what its answer holds besides the result."""
        self.lose = 0
        """So many datagrams to come are lost."""
        self.datagrams = 0
        self._ports = count(40000, 2)
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> tuple[str, int]:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        address: tuple[str, int] = self._transport.get_extra_info("sockname")
        return address

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        self.datagrams += 1
        if self.lose:
            self.lose -= 1
            return
        cookie, _, body = data.partition(b" ")
        command = decode_dictionary(body)
        self.commands.append(command)
        self._transport.sendto(cookie + b" " + encode(self._answer(command)), addr)

    def _answer(self, command: Dictionary) -> Dictionary:
        name = str(command["command"])
        if name in self.refuse:
            return {"result": "error", "error-reason": self.refuse[name]}
        if name == "ping":
            return {"result": "pong"}
        answer: dict[str, object] = {"result": "ok"}
        if name in {"offer", "answer"}:
            answer["sdp"] = f"m=audio {next(self._ports)} RTP/AVP 0\r\n"
        return answer | self.answers.get(name, {})  # type: ignore[return-value]

    def said(
        self, *, but: Callable[[str], bool] = lambda name: name in {"ping", "list", "query"}
    ) -> list[str]:
        """Commands and who with whom, in order."""
        return [
            " ".join(str(c[key]) for key in ("command", "from-tag", "to-tag") if key in c)
            for c in self.commands
            if not but(str(c["command"]))
        ]
