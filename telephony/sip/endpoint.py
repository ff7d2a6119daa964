"""The asyncio adapter: sockets, framing, one timer handle. It takes no protocol decision.

Runs a `UserAgent` on any number of sockets: `start` opens UDP and TCP on one port, `listen` whatever is asked for.
Everything happens on the loop's thread: bytes in, `flush`, bytes out.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable, Sequence

import structlog

from telephony.sip.address import SECURE, STREAMS, Address, is_literal
from telephony.sip.defence.gate import Gate, GateConfig
from telephony.sip.defence.networks import LOOPBACK, Networks
from telephony.sip.defence.sources import Offence, SourceLimits, Sources
from telephony.sip.events import AuthenticationFailed, Event
from telephony.sip.listeners import Listener, StreamLimits, socket_key
from telephony.sip.location.dns import DnsConfig, DnsResolver
from telephony.sip.location.records import Answer, Question
from telephony.sip.streams import Streams
from telephony.sip.tls import TlsContexts, TlsFiles
from telephony.sip.trace import SipTrace
from telephony.sip.udp import UdpTransport
from telephony.sip.user_agent import UserAgent

log = structlog.get_logger(__name__)

# Timers of many transactions are due within a few milliseconds of each other: one wake-up serves them all.
_TIMER_GRAIN_S = 0.05
_PORT_ATTEMPTS = 20
_PROBE_EVERY_S = 0.05
_CERTIFICATE_CHECK_S = 5.0


class SipEndpoint:
    """Sockets for a user agent. `on_event` is called on the loop's thread, from within `flush`.

    `advertise` is the host that peers are told instead of the one bound, behind NAT.
    """

    def __init__(
        self,
        user_agent: UserAgent,
        on_event: Callable[[Event], None],
        gate: Gate | None = None,
        trace: SipTrace | None = None,
        *,
        tls: TlsFiles = TlsFiles(),  # noqa: B008 - immutable
        stream_limits: StreamLimits = StreamLimits(),  # noqa: B008 - immutable
        advertise: str | None = None,
        dns: DnsConfig = DnsConfig(),  # noqa: B008 - immutable
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
        self._tls_files = tls
        self._tls: TlsContexts | None = None
        self._stream_limits = stream_limits
        self._advertise = advertise
        self._dns = DnsResolver(dns, self._answered)
        user_agent.enable_location()
        self._udp: dict[str, UdpTransport] = {}
        self._streams: Streams | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._certificate_check: asyncio.TimerHandle | None = None
        self._flushing = False
        self._told = frozenset(user_agent.local_addresses)
        self.port = 0
        self.host = ""
        self.listening: list[Listener] = []

    async def start(self, host: str, port: int, *, tcp: bool = True) -> None:
        """Bind; port 0 picks one that is free on UDP and TCP. OSError says what the system said."""
        for attempt in range(_PORT_ATTEMPTS):
            try:
                self._bind(Listener("udp", host, port))
                self.host, self.port = host, self.listening[-1].port
                if tcp:
                    self._bind(Listener("tcp", host, self.port))
                return
            except OSError as error:
                await self.close()
                if port != 0 or error.errno != errno.EADDRINUSE or attempt == _PORT_ATTEMPTS - 1:
                    raise

    async def listen(self, listeners: Sequence[Listener]) -> None:
        """Bind more; OSError says what the system said of which."""
        for listener in listeners:
            try:
                self._bind(listener)
            except OSError as error:
                error.add_note(str(listener))
                raise
            if not self.port:
                self.host, self.port = listener.host, self.listening[-1].port

    def _bind(self, listener: Listener) -> None:
        """Open one socket; the first of its transport and family needs no name of its own."""
        transport, host = listener.transport, listener.host
        key = socket_key(transport, host)
        taken = {socket_key(each.transport, each.host) for each in self.listening}
        local = str(listener) if key in taken else ""
        if transport == "udp":
            udp = UdpTransport(asyncio.get_running_loop(), self._received, self._closed, local)
            port = udp.bind(host, listener.port)
            self._udp[local or key] = udp
            udp.start()  # what it reads is taken in a later turn of the loop, when the socket has its name
        else:
            context = self._server_context() if transport in SECURE else None
            port = self._open_streams().listen(listener, local, context)
        self.listening.append(Listener(transport, host, port))
        seen_as = self._advertise if self._advertise and ":" not in host else local_host(host)
        name = f"{transport}@{local}" if local else key
        if name not in self._told:
            self.user_agent.local_addresses[name] = (seen_as, port)
        if self._probe is None:
            self._probe_due = asyncio.get_running_loop().time()
            self._probe_lag()

    def _open_streams(self) -> Streams:
        if self._streams is None:
            agent = self.user_agent
            self._streams = Streams(
                asyncio.get_running_loop(),
                self._received,
                self._closed,
                agent.config.limits,
                self._stream_limits,
                agent.flows_in_use,
                lambda: self._contexts().client,
                lambda host: not self.gate.sources.is_banned(host, asyncio.get_running_loop().time()),
            )
        return self._streams

    def _contexts(self) -> TlsContexts:
        if self._tls is None:
            self._tls = TlsContexts(self._tls_files)
            if self._tls.server is not None:
                self._check_certificate()
        return self._tls

    def _server_context(self) -> ssl.SSLContext:
        context = self._contexts().server
        if context is None:
            raise OSError(errno.ENOENT, "a certificate is needed to listen on TLS")
        return context

    def _check_certificate(self) -> None:
        """Look whether the files have changed, now and every few seconds."""
        if self._tls is None:
            return
        try:
            if self._tls.reload_if_changed():
                log.info("sip.certificate_reloaded", path=str(self._tls_files.certificate))
        except OSError as error:
            log.warning("sip.certificate_not_usable", path=str(self._tls_files.certificate), why=str(error))
        loop = asyncio.get_running_loop()
        self._certificate_check = loop.call_later(_CERTIFICATE_CHECK_S, self._check_certificate)

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
        if not self.listening:
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
        if self._timer is not None and self._timer_at - _TIMER_GRAIN_S <= now:
            self._timer.cancel()  # awake anyway: this spares a wake-up of its own
            self._timer_due()
            return
        self.flush()

    async def addresses_of(self, where: Address) -> set[str]:
        """The hosts that a name leads to by RFC 3263; none when it leads nowhere, or nobody could be asked."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[set[str]] = loop.create_future()

        def located(targets: list[Address], _now: float) -> None:
            if not found.done():
                found.set_result({each.host for each in targets})

        self.user_agent.locate(where, loop.time(), located)
        self.flush()
        return await found

    def _answered(self, question: Question, answer: Answer) -> None:
        self.user_agent.receive_answer(question, answer, asyncio.get_running_loop().time())
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
            if self._streams is not None:
                for address in user_agent.to_disconnect():
                    self._streams.disconnect(address)
            # the last event's commands
            for data, destination in user_agent.to_send(now):
                self._note(now, True, destination, data)
                self._send(data, destination)
        finally:
            self._flushing = False
        for question in user_agent.questions():
            self._dns.ask(question)
        self._arm()

    def _send(self, data: bytes, destination: Address) -> None:
        if not destination.port:
            destination = destination.by_default()
        transport = destination.transport
        if transport == "udp":
            udp = self._udp_towards(destination)
            if udp is not None:
                udp.send(data, destination)
                return
        elif transport in STREAMS and (self._streams is not None or self.listening):
            self._open_streams().send(data, destination)
            return
        asyncio.get_running_loop().call_soon(self._closed, destination)

    def _udp_towards(self, destination: Address) -> UdpTransport | None:
        """The socket that a flow came by, else the first of the far end's family."""
        sockets = self._udp
        if destination.local and destination.local in sockets:
            return sockets[destination.local]
        key = socket_key("udp", destination.host)
        if key in sockets or is_literal(destination.host):
            return sockets.get(key)
        return next(iter(sockets.values()), None)

    def _arm(self) -> None:
        due = self.user_agent.next_timer()
        if due is None:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        # What is overdue counts as due now: put off at each flush, the timer would never come under load.
        due = max(due, now)
        if self._timer is not None:
            if due >= self._timer_at - _TIMER_GRAIN_S:
                return
            self._timer.cancel()
        self._timer_at = due + _TIMER_GRAIN_S
        self._timer = loop.call_at(self._timer_at, self._timer_due)

    def _timer_due(self) -> None:
        """Do what time demands, and what else there is to do."""
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
        if self._certificate_check is not None:
            self._certificate_check.cancel()
            self._certificate_check = None
        self._tls = None
        self._dns.close()
        for udp in self._udp.values():
            udp.close()
        self._udp.clear()
        self.listening.clear()
        if self._streams is not None:
            streams, self._streams = self._streams, None
            await streams.close()


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
