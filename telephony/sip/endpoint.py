"""The asyncio adapter: sockets, framing, one timer handle. It takes no protocol decision.

Runs a `UserAgent` on one UDP socket and one TCP listener of the same port. Everything happens on the loop's
thread: bytes in, `flush`, bytes out.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable

from telephony.sip.address import Address
from telephony.sip.defence.gate import Gate, GateConfig
from telephony.sip.defence.networks import LOOPBACK, Networks
from telephony.sip.defence.sources import Offence, SourceLimits, Sources
from telephony.sip.events import AuthenticationFailed, Event
from telephony.sip.tcp import TcpTransport
from telephony.sip.trace import SipTrace
from telephony.sip.udp import UdpTransport
from telephony.sip.user_agent import UserAgent

# Timers of many transactions are due within a few milliseconds of each other: one wake-up serves them all.
_TIMER_GRAIN_S = 0.01
_PORT_ATTEMPTS = 20
_PROBE_EVERY_S = 0.05


class SipEndpoint:
    """Sockets for a user agent. `on_event` is called on the loop's thread, from within `flush`."""

    def __init__(
        self,
        user_agent: UserAgent,
        on_event: Callable[[Event], None],
        gate: Gate | None = None,
        trace: SipTrace | None = None,
    ) -> None:
        self.user_agent = user_agent
        self.gate = (
            gate if gate is not None else Gate(GateConfig(), Sources(SourceLimits(), Networks(LOOPBACK)))
        )
        self.gate.knows_invite = user_agent.knows_invite
        self._note = (trace if trace is not None else SipTrace(0)).note
        self._turn_is_due = False
        self._probe: asyncio.TimerHandle | None = None
        self._probe_due = 0.0
        self._on_event = on_event
        self._udp: UdpTransport | None = None
        self._tcp: TcpTransport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._flushing = False
        self._told = frozenset(user_agent.local_addresses)
        self.port = 0
        self.host = ""

    async def start(self, host: str, port: int, *, tcp: bool = True) -> None:
        """Bind; port 0 picks one that is free on UDP and TCP. OSError says what the system said."""
        for attempt in range(_PORT_ATTEMPTS):
            try:
                await self._bind(host, port, tcp=tcp)
                return
            except OSError as error:
                await self.close()
                if port != 0 or error.errno != errno.EADDRINUSE or attempt == _PORT_ATTEMPTS - 1:
                    raise

    async def _bind(self, host: str, port: int, *, tcp: bool) -> None:
        loop = asyncio.get_running_loop()
        udp = self._udp = UdpTransport(loop, self._received, self._closed)
        self.port = udp.bind(host, port)
        self.host = host
        seen_as = local_host(host)
        for transport in {"udp", "tcp"} - self._told:  # before anything is read: an answer names its address
            self.user_agent.local_addresses[transport] = (seen_as, self.port)
        if tcp:
            self._tcp = TcpTransport(loop, self._received, self._closed, self.user_agent.config.limits)
            await self._tcp.listen(host, self.port)
        udp.start()
        self._probe_due = loop.time()
        self._probe_lag()

    def _probe_lag(self) -> None:
        """How late the loop comes to what is due is what every caller waits in addition."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self.gate.overload.measure(now, lag_s=max(0.0, now - self._probe_due))
        self._probe_due = now + _PROBE_EVERY_S
        self._probe = loop.call_at(self._probe_due, self._probe_lag)

    def _received(self, batch: list[tuple[bytes, Address]]) -> None:
        self._take(self.gate.received(batch, asyncio.get_running_loop().time()))

    def _next_turn(self) -> None:
        self._turn_is_due = False
        if self._udp is None:
            return  # closed meanwhile
        self._take(self.gate.next_turn(asyncio.get_running_loop().time()))

    def _take(self, batch: list[tuple[bytes, Address]]) -> None:
        """What the gate lets in, and what it answers itself; what still waits gets its turn after the loop's
        other work."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self.gate.has_waiting and not self._turn_is_due:
            self._turn_is_due = True
            loop.call_soon(self._next_turn)
        answers = self.gate.answers
        if answers:
            for data, destination in answers:
                self._send(data, destination)
            answers.clear()
        receive, note = self.user_agent.receive, self._note
        for data, source in batch:
            note(now, False, source, data)
            receive(data, source, now)
        self.flush()

    def _closed(self, address: Address) -> None:
        self.user_agent.receive_closed(address, asyncio.get_running_loop().time())
        self.flush()

    def flush(self) -> None:
        """Send what is to be sent, tell what happened, set the timer; call it after any command."""
        if self._flushing:
            return  # an event's handler gave a command: the loop below takes it up
        self._flushing = True
        user_agent = self.user_agent
        try:
            now = asyncio.get_running_loop().time()
            while True:
                for data, destination in user_agent.to_send(now):
                    self._note(now, True, destination, data)
                    self._send(data, destination)
                event = user_agent.next_event()
                if event is None:
                    break
                if isinstance(event, AuthenticationFailed):
                    self.gate.offence(event.source.host, Offence.FAILED_DIGEST, now)
                self._on_event(event)
            # the last event's commands
            for data, destination in user_agent.to_send(now):
                self._note(now, True, destination, data)
                self._send(data, destination)
        finally:
            self._flushing = False
        self._arm()

    def _send(self, data: bytes, destination: Address) -> None:
        if destination.transport == "udp" and self._udp is not None:
            self._udp.send(data, destination)
        elif destination.transport == "tcp" and self._tcp is not None:
            self._tcp.send(data, destination)
        else:
            asyncio.get_running_loop().call_soon(self._closed, destination)

    def _arm(self) -> None:
        due = self.user_agent.next_timer()
        if due is None:
            return
        if self._timer is not None:
            if due >= self._timer_at - _TIMER_GRAIN_S:
                return
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer_at = max(due, loop.time()) + _TIMER_GRAIN_S
        self._timer = loop.call_at(self._timer_at, self._timer_due)

    def _timer_due(self) -> None:
        self._timer = None
        self.user_agent.handle_timer(asyncio.get_running_loop().time())
        self.flush()

    async def close(self) -> None:
        """Close all sockets; nothing is sent or told afterwards."""
        if self._probe is not None:
            self._probe.cancel()
            self._probe = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._udp is not None:
            self._udp.close()
            self._udp = None
        if self._tcp is not None:
            tcp, self._tcp = self._tcp, None
            await tcp.close()


def local_host(host: str) -> str:
    """What peers can reach when bound to a wildcard: the address of the route outward; no packet is sent."""
    if host not in ("0.0.0.0", "::", ""):
        return host
    family, probe = (socket.AF_INET6, "2001:db8::1") if host == "::" else (socket.AF_INET, "192.0.2.1")
    with socket.socket(family, socket.SOCK_DGRAM) as outward:
        try:
            outward.connect((probe, 9))
            return str(outward.getsockname()[0])
        except OSError:
            return "::1" if family == socket.AF_INET6 else "127.0.0.1"
