"""User agents joined core to core: a network and a clock that are not real, so that no test sleeps.

    network = Network()
    phone, server = network.node("10.0.0.1"), network.node("10.0.0.2")
    session = phone.call(server)
    network.roundtrip()                  # deliver until nobody has anything to send; no time passes
    network.drop(lambda packet: ...)     # lose the next packet that matches
    network.run(32.0)                    # let time pass: packets, timers, in their order

`loss`, `duplication` and `delay_s` make a network bad, reproducibly: the generator is seeded.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from telephony.sip.address import Address
from telephony.sip.config import UserAgentConfig
from telephony.sip.events import Event, IncomingCall, OfferReceived, OfferRequested, SessionId
from telephony.sip.headers import NameAddr
from telephony.sip.parser import parse_message
from telephony.sip.timers import Timers
from telephony.sip.uri import SipUri
from telephony.sip.user_agent import UserAgent

OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
    b"m=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)
ANSWER = OFFER.replace(b"10.0.0.1", b"10.0.0.2").replace(b"40000", b"10000")

T = TypeVar("T")


class Passwords:
    """Credentials in a dictionary."""

    def __init__(self, **known: str) -> None:
        self._known = known

    def password(self, user: str, realm: str) -> str | None:
        del realm
        return self._known.get(user)


@dataclass(frozen=True)
class Packet:
    """One message on its way."""

    data: bytes
    source: Address
    destination: Address

    @property
    def start_line(self) -> str:
        return self.data.partition(b"\r\n")[0].decode()

    @property
    def method(self) -> str:
        """The request's method, or the one that the response answers."""
        return parse_message(self.data).cseq.method

    @property
    def is_request(self) -> bool:
        return not self.data.startswith(b"SIP/2.0")

    def is_response(self, status: int, method: str) -> bool:
        return self.data.startswith(b"SIP/2.0 %d" % status) and self.method == method

    def is_a(self, method: str) -> bool:
        return self.is_request and self.method == method


@dataclass
class Node:
    """A user agent at an address, with all that it told its application."""

    network: Network
    user_agent: UserAgent
    host: str
    port: int
    transport: str
    events: list[Event] = field(default_factory=list)
    on_event: Callable[[Event], None] | None = None

    @property
    def address(self) -> Address:
        return Address(self.transport, self.host, self.port)

    def uri(self, user: str) -> SipUri:
        suffix = ";transport=tcp" if self.transport == "tcp" else ""
        return SipUri.parse(f"sip:{user}@{self.host}:{self.port}{suffix}")

    def call(self, callee: Node, user: str = "1000", body: bytes = OFFER, **options: object) -> SessionId:
        """INVITE another node."""
        target = callee.uri(user)
        return self.user_agent.invite(
            target,
            self.network.now,
            body=body,
            from_=NameAddr(self.uri("alice"), "Alice"),
            to=NameAddr(target),
            **options,  # type: ignore[arg-type]
        )

    def hear(self, message: bytes | str, source: Address | None = None) -> None:
        """Receive hand-made bytes, LF line ends allowed in text."""
        data = message if isinstance(message, bytes) else message.replace("\n", "\r\n").encode()
        self.user_agent.receive(data, source or Address("udp", "10.9.9.9", 5060), self.network.now)
        self.collect()

    def said(self) -> list[Packet]:
        """Take what it wants to send, instead of delivering it."""
        sent = self.user_agent.to_send(self.network.now)
        return [
            Packet(data, self.address._replace(transport=destination.transport), destination)
            for data, destination in sent
        ]

    def collect(self) -> None:
        while (event := self.user_agent.next_event()) is not None:
            self.events.append(event)
            if self.on_event is not None:
                self.on_event(event)

    def of(self, kind: type[T]) -> list[T]:
        """The events of a kind, so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def last(self, kind: type[T]) -> T:
        return self.of(kind)[-1]

    def incoming(self) -> SessionId:
        return self.last(IncomingCall).session

    @property
    def open_sessions(self) -> int:
        return len(self.user_agent._core.sessions)

    @property
    def open_transactions(self) -> int:
        layer = self.user_agent._core.layer
        return len(layer.clients) + len(layer.servers)


class Network:
    """Nodes, packets on their way, and the time."""

    def __init__(
        self,
        *,
        loss: float = 0.0,
        duplication: float = 0.0,
        delay_s: tuple[float, float] = (0.0, 0.0),
        seed: int = 0,
    ) -> None:
        self.now = 1000.0
        self.loss, self.duplication, self.delay_s = loss, duplication, delay_s
        self.nodes: dict[Address, Node] = {}
        self.log: list[Packet] = []
        self._random = random.Random(seed)
        self._flying: list[tuple[float, int, Packet]] = []
        self._count = 0
        self._ids = 0
        self._drops: list[Callable[[Packet], bool]] = []
        self._drop_always: list[Callable[[Packet], bool]] = []

    def node(
        self,
        host: str,
        *,
        port: int = 5060,
        transport: str = "udp",
        passwords: Passwords | None = None,
        config: UserAgentConfig | None = None,
        timers: Timers | None = None,
    ) -> Node:
        """A new user agent at `host`."""
        local = {transport: (host, port)}
        settings = replace(config or UserAgentConfig(), local_addresses=local)
        agent = UserAgent(
            settings, credentials=passwords or Passwords(), new_id=self._new_id, timers=timers or Timers()
        )
        node = Node(self, agent, host, port, transport)
        self.nodes[node.address] = node
        return node

    def _new_id(self) -> str:
        self._ids += 1
        return f"id{self._ids}"

    def drop(self, matches: Callable[[Packet], bool]) -> None:
        """Lose the next packet that matches."""
        self._drops.append(matches)

    def drop_all(self, matches: Callable[[Packet], bool]) -> None:
        """Lose every packet that matches from now on."""
        self._drop_always.append(matches)

    def _is_dropped(self, packet: Packet) -> bool:
        if any(matches(packet) for matches in self._drop_always):
            return True
        for matches in self._drops:
            if matches(packet):
                self._drops.remove(matches)
                return True
        return self._random.random() < self.loss

    def _post(self) -> None:
        for node in list(self.nodes.values()):
            for packet in node.said():
                self.log.append(packet)
                if self._is_dropped(packet):
                    continue
                copies = 2 if self._random.random() < self.duplication else 1
                for _ in range(copies):
                    self._count += 1
                    due = self.now + self._random.uniform(*self.delay_s)
                    heapq.heappush(self._flying, (due, self._count, packet))

    def _deliver(self, packet: Packet) -> None:
        node = self.nodes.get(packet.destination)
        if node is not None:
            node.user_agent.receive(packet.data, packet.source, self.now)

    def roundtrip(self) -> None:
        """Deliver until nobody has anything to send. On a network with delays use `run`."""
        while True:
            self._collect()
            self._post()
            if not self._flying:
                return
            _, _, packet = heapq.heappop(self._flying)
            self._deliver(packet)

    def _collect(self) -> None:
        for node in list(self.nodes.values()):
            node.collect()

    def _next(self) -> float | None:
        times = [due for node in self.nodes.values() if (due := node.user_agent.next_timer()) is not None]
        if self._flying:
            times.append(self._flying[0][0])
        return min(times, default=None)

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while True:
            self._collect()
            self._post()
            due = self._next()
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            while self._flying and self._flying[0][0] <= self.now:
                self._deliver(heapq.heappop(self._flying)[2])
            for node in list(self.nodes.values()):
                timer = node.user_agent.next_timer()
                if timer is not None and timer <= self.now:
                    node.user_agent.handle_timer(self.now)
        self.now = end

    def sent(self, matches: Callable[[Packet], bool]) -> list[Packet]:
        """What was sent so far and matches."""
        return [packet for packet in self.log if matches(packet)]


def answering(node: Node, body: bytes = ANSWER) -> Node:
    """Have a node answer all calls."""

    def on_event(event: Event) -> None:
        if isinstance(event, IncomingCall):
            node.user_agent.answer(event.session, body, node.network.now)

    node.on_event = on_event
    return node


def established(network: Network, caller: Node, callee: Node) -> tuple[SessionId, SessionId]:
    """A call that stands: (caller's session, callee's session)."""
    ours = caller.call(callee)
    network.roundtrip()
    theirs = callee.incoming()
    callee.user_agent.answer(theirs, ANSWER, network.now)
    network.roundtrip()
    return ours, theirs


class Call:
    """A call that stands between two nodes; the network turns bad once it does."""

    def __init__(
        self,
        transport: str = "udp",
        *,
        config: UserAgentConfig | None = None,
        server_config: UserAgentConfig | None = None,
        loss: float = 0.0,
        duplication: float = 0.0,
        delay_s: tuple[float, float] = (0.0, 0.0),
        seed: int = 0,
    ) -> None:
        network = self.network = Network(seed=seed)
        self.phone = network.node("10.0.0.1", transport=transport, config=config)
        self.server = network.node("10.0.0.2", transport=transport, config=server_config or config)
        self.ours, self.theirs = established(network, self.phone, self.server)
        network.loss, network.duplication, network.delay_s = loss, duplication, delay_s


def answering_offers(node: Node, session: SessionId, body: bytes = ANSWER) -> Node:
    """Have a node answer all later offers of a session."""

    def on_event(event: Event) -> None:
        if isinstance(event, OfferReceived | OfferRequested) and event.session == session:
            node.user_agent.answer_offer(session, body, node.network.now)

    node.on_event = on_event
    return node


def request_text(
    method: str,
    uri: str = "sip:1000@10.0.0.2",
    *,
    to_tag: str = "",
    extra: str = "",
    body: str = "",
    branch: str = "z9hG4bKhand",
    seq: int = 1,
    call_id: str = "hand@10.9.9.9",
    from_tag: str = "hand",
) -> str:
    """A hand-made request."""
    tag = f";tag={to_tag}" if to_tag else ""
    return (
        f"{method} {uri} SIP/2.0\nVia: SIP/2.0/UDP 10.9.9.9:5060;branch={branch}\nMax-Forwards: 70\n"
        f"From: <sip:hand@10.9.9.9>;tag={from_tag}\nTo: <sip:1000@10.0.0.2>{tag}\nCall-ID: {call_id}\n"
        f"CSeq: {seq} {method}\nContact: <sip:hand@10.9.9.9:5060>\n{extra}Content-Length: {len(body)}\n\n{body}"
    )
