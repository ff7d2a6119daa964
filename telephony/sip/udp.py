"""UDP: one socket, read until it is empty at each wake-up, written without waiting.

asyncio's datagram transports cost a callback and a tuple a packet and read one at a time; this reads a whole
burst and hands it over at once. When datagrams come in quick succession, each would wake the process of its own, with
cold caches: they are let gather for a moment then, as network cards do. What comes alone, or as one of the few that
make a call, is read at once.
What the socket cannot take is dropped: SIP retransmits (RFC 3261 section 17).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from telephony.sip.address import Address

# A burst of 1,000 calls must survive a pause of the loop; the kernel grants at most its rmem_max.
_BUFFER_BYTES = 8 * 1024 * 1024
# All that came is read before any of it is worked off: what waits in the socket grows old there, is sent again, and is
# neither sorted nor refused. Reading and sorting so many takes some 10 ms.
_BATCH = 1024
# As network cards moderate their interrupts: when so many datagrams came within so short a time, more are to be
# expected, and are looked for this often. At 400 calls a second a wake-up for each cost a quarter of all CPU. The few
# of one call that is set up must not wait for each other. The longer wait is for when the shorter one brought many.
_MANY, _WITHIN_S, _GATHER_S, _LONGER_S = 8, 0.050, 0.010, 0.020
_MAX_DATAGRAM = 65_535
_MAX_LITERALS = _MAX_SOURCES = 20_000
_MAX_RESOLVING = 200
_RESOLVE_TIMEOUT_S = 5.0


class UdpTransport:
    """`on_batch` gets all datagrams of a wake-up."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        on_batch: Callable[[list[tuple[bytes, Address]]], None],
        on_unreachable: Callable[[Address], None],
        local: str = "",
    ) -> None:
        self._loop = loop
        self._on_batch = on_batch
        self._on_unreachable = on_unreachable
        self._local = local
        self._socket: socket.socket | None = None
        self._family = socket.AF_INET
        # One address for all datagrams of a source: trunks send thousands, and calls keep what theirs came from.
        self._sources: dict[tuple[str, int], Address] = {}
        self._literals: set[str] = set()  # hosts known to be addresses, which need no resolving
        self._resolving: set[asyncio.Task[None]] = set()
        self._counted_from = 0.0
        self._count = 0  # of datagrams since then
        self._gathering: asyncio.Handle | None = (
            None  # the next look; the loop does not watch the socket meanwhile
        )
        self.dropped = 0

    def bind(self, host: str, port: int) -> int:
        """Open the socket; returns its port. Nothing is read before `start`."""
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        opened = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            opened.setblocking(False)
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                opened.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
            if self._family == socket.AF_INET6:
                opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            opened.bind((host, port))
        except OSError:
            opened.close()
            raise
        self._socket = opened
        return int(opened.getsockname()[1])

    def start(self) -> None:
        """Begin to read."""
        if self._socket is not None:
            self._loop.add_reader(self._socket.fileno(), self._readable)

    def _readable(self) -> None:
        """Something is there. If it is one of many in quick succession, more is to be expected: let it gather."""
        now, batch = self._loop.time(), self._read()
        if now - self._counted_from > _WITHIN_S:
            self._counted_from, self._count = now, 0
        self._count += len(batch)
        if batch:
            if self._count >= _MANY and self._socket is not None:
                self._loop.remove_reader(self._socket.fileno())
                self._gather(batch)
            self._on_batch(batch)

    def _gather(self, batch: list[tuple[bytes, Address]]) -> None:
        """Look again in a moment; at once, but after the loop's other work, if there was more than a batch."""
        if len(batch) == _BATCH:
            self._gathering = self._loop.call_soon(self._look_again)
        else:
            wait_s = _LONGER_S if len(batch) >= _MANY else _GATHER_S
            self._gathering = self._loop.call_later(wait_s, self._look_again)

    def _look_again(self) -> None:
        """What has gathered; when nothing has, the loop watches again."""
        self._gathering = None
        batch = self._read()
        if batch:
            self._gather(batch)
            self._on_batch(batch)
        else:
            self.start()

    def _read(self) -> list[tuple[bytes, Address]]:
        """All that is there, up to a batch."""
        batch: list[tuple[bytes, Address]] = []
        opened = self._socket
        if opened is None:
            return batch
        receive, sources = opened.recvfrom, self._sources
        try:
            for _ in range(_BATCH):
                data, source = receive(_MAX_DATAGRAM)
                batch.append((data, sources.get(source) or self._source(source)))
        except (BlockingIOError, InterruptedError):
            pass  # empty
        except OSError:
            self.dropped += 1  # an ICMP error of an earlier datagram: Timers B and F tell whom it concerns
        return batch

    def _source(self, source: tuple[str, int]) -> Address:
        """The address of a source that was not heard before; with IPv6 the tuple is longer (flow and scope)."""
        if len(self._sources) >= _MAX_SOURCES:
            self._sources.clear()
        address = self._sources[source] = Address("udp", source[0], source[1], self._local)
        return address

    def send(self, data: bytes, destination: Address) -> None:
        """Send now, or after its name is resolved: a socket would look names up while everything waits."""
        if self._is_literal(destination.host):
            self._send_to(data, (destination.host, destination.port))
        elif len(self._resolving) < _MAX_RESOLVING:
            task = self._loop.create_task(self._resolve_and_send(data, destination))
            self._resolving.add(task)
            task.add_done_callback(self._resolving.discard)
        else:
            self.dropped += 1

    def _is_literal(self, host: str) -> bool:
        if host in self._literals:
            return True
        try:
            socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
        except OSError:
            return False
        if len(self._literals) >= _MAX_LITERALS:
            self._literals.clear()
        self._literals.add(host)
        return True

    def _send_to(self, data: bytes, address: tuple[str, int]) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(data, address)
        except OSError:
            self.dropped += 1  # a full buffer, a host without a route: as if lost on the way

    async def _resolve_and_send(self, data: bytes, destination: Address) -> None:
        try:
            async with asyncio.timeout(_RESOLVE_TIMEOUT_S):
                found = await self._loop.getaddrinfo(
                    destination.host, destination.port, family=self._family, type=socket.SOCK_DGRAM
                )
        except (OSError, UnicodeError, TimeoutError):
            self._on_unreachable(destination)
            return
        host, port = found[0][4][:2]
        self._send_to(data, (str(host), int(port)))

    def close(self) -> None:
        """Close the socket."""
        for task in self._resolving:
            task.cancel()
        if self._gathering is not None:
            self._gathering.cancel()
        if self._socket is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None
