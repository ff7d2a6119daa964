"""Takes connections in: counted in all and for each source before any byte or handshake costs anything.

asyncio's own servers call us only once a TLS handshake is through, which would let anybody hold thousands open.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Callable

from telephony.sip.address import Address
from telephony.sip.connection import Connection
from telephony.sip.listeners import Listener, StreamLimits

_BACKLOG = 1024
_BATCH = 64
# When the process has no file descriptors left, accepting again at once would only spin.
_PAUSE_S = 0.2


class Seats:
    """How many connections there are, and from where."""

    def __init__(self, limits: StreamLimits, admits: Callable[[str], bool] = lambda _host: True) -> None:
        self._limits = limits
        self._admits = admits
        self._by_host: Counter[str] = Counter()
        self.total = 0
        self.refused = 0

    def take(self, host: str) -> bool:
        """One more; False if that is too many, or one too many of a host that is not admitted."""
        limits = self._limits
        full = self.total >= limits.connections or self._by_host.get(host, 0) >= limits.connections_per_source
        if full or not self._admits(host):
            self.refused += 1
            return False
        self.total += 1
        self._by_host[host] += 1
        return True

    def leave(self, host: str) -> None:
        """One fewer."""
        self.total -= 1
        self._by_host[host] -= 1
        if not self._by_host[host]:
            del self._by_host[host]


class Acceptor:
    """One listening stream socket. `make` gives each connection its protocol."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        listener: Listener,
        local: str,
        make: Callable[[Address], Connection],
        seats: Seats,
        limits: StreamLimits,
        context: ssl.SSLContext | None,
    ) -> None:
        self._loop = loop
        self._listener = listener
        self._local = local
        self._make = make
        self._seats = seats
        self._limits = limits
        self._context = context
        self._socket: socket.socket | None = None
        self._handshakes: set[asyncio.Task[None]] = set()

    def bind(self) -> int:
        """Listen; returns the port."""
        host, port = self._listener.host, self._listener.port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_STREAM)
        try:
            opened.setblocking(False)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            opened.bind((host, port))
            opened.listen(_BACKLOG)
        except OSError:
            opened.close()
            raise
        self._socket = opened
        self._loop.add_reader(opened.fileno(), self._acceptable)
        return int(opened.getsockname()[1])

    def _acceptable(self) -> None:
        opened = self._socket
        if opened is None:
            return
        for _ in range(_BATCH):
            try:
                accepted, peer = opened.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                self._loop.remove_reader(opened.fileno())
                self._loop.call_later(_PAUSE_S, self._resume)
                return
            if not self._seats.take(peer[0]):
                accepted.close()
                continue
            accepted.setblocking(False)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            address = Address(self._listener.transport, peer[0], peer[1], self._local)
            task = self._loop.create_task(self._take_in(accepted, address))
            self._handshakes.add(task)
            task.add_done_callback(self._handshakes.discard)

    def _resume(self) -> None:
        if self._socket is not None:
            self._loop.add_reader(self._socket.fileno(), self._acceptable)

    async def _take_in(self, accepted: socket.socket, address: Address) -> None:
        connection = self._make(address)
        try:
            await self._loop.connect_accepted_socket(
                lambda: connection,
                accepted,
                ssl=self._context,
                ssl_handshake_timeout=self._limits.handshake_s if self._context is not None else None,
            )
        except OSError:  # the handshake failed or took too long; the peer has gone
            self._seats.leave(address.host)
            accepted.close()
        except asyncio.CancelledError:
            accepted.close()
            raise

    async def close(self) -> None:
        """Stop listening and give up handshakes."""
        if self._socket is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None
        for task in self._handshakes:
            task.cancel()
        await asyncio.gather(*self._handshakes, return_exceptions=True)
