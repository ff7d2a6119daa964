"""The asyncio adapter on loopback: real sockets, real clock, every wait with a deadline."""

from __future__ import annotations

import asyncio
import errno
import itertools
import socket
from collections.abc import AsyncIterator, Callable

import pytest
import uvloop

from telephony.sip.address import Address
from telephony.sip.config import UserAgentConfig
from telephony.sip.endpoint import SipEndpoint
from telephony.sip.events import (
    CallAnswered,
    CallConfirmed,
    CallEnded,
    CallFailed,
    Event,
    IncomingCall,
    Registered,
)
from telephony.sip.headers import NameAddr
from telephony.sip.parser import Limits
from telephony.sip.timers import Timers
from telephony.sip.uri import SipUri
from telephony.sip.user_agent import UserAgent
from tests.telephony.sip.kit import ANSWER, OFFER, Passwords, request_text

DEADLINE_S = 10.0


@pytest.fixture(params=[asyncio.DefaultEventLoopPolicy, uvloop.EventLoopPolicy], ids=["asyncio", "uvloop"])
def event_loop_policy(request) -> asyncio.AbstractEventLoopPolicy:
    """Every test here runs on both loops: their transports differ."""
    return request.param()


class Station:
    """A user agent on real sockets, with a queue of what it told."""

    def __init__(self, name: str, *, timers: Timers | None = None, answers: bool = False) -> None:
        count = itertools.count()
        self.agent = UserAgent(
            UserAgentConfig(limits=Limits(message_bytes=8192)),
            credentials=Passwords(alice="secret"),
            new_id=lambda: f"{name}{next(count)}",
            timers=timers or Timers(),
        )
        self.endpoint = SipEndpoint(self.agent, self._on_event)
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self._answers = answers

    def _on_event(self, event: Event) -> None:
        self.events.put_nowait(event)
        if self._answers and isinstance(event, IncomingCall):
            self.agent.answer(event.session, ANSWER, asyncio.get_running_loop().time())

    async def expect(self, kind: type[Event]) -> Event:
        async with asyncio.timeout(DEADLINE_S):
            while True:
                event = await self.events.get()
                if isinstance(event, kind):
                    return event

    def address(self, transport: str) -> Address:
        return Address(transport, "127.0.0.1", self.endpoint.port)

    def call(self, other: Station, transport: str):
        target = SipUri.parse(f"sip:1000@127.0.0.1:{other.endpoint.port};transport={transport}")
        now = asyncio.get_running_loop().time()
        session = self.agent.invite(
            target, now, body=OFFER, from_=NameAddr(SipUri.parse("sip:a@127.0.0.1")), to=NameAddr(target)
        )
        self.endpoint.flush()
        return session


@pytest.fixture
async def station() -> AsyncIterator[Callable[..., object]]:
    made: list[Station] = []

    async def make(name: str, **options) -> Station:
        new = Station(name, **options)
        made.append(new)
        await new.endpoint.start("127.0.0.1", 0)
        return new

    yield make
    for each in made:
        await each.endpoint.close()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_call_over_loopback(station, transport: str) -> None:
    server, phone = await station("s", answers=True), await station("p")
    session = phone.call(server, transport)
    call = await server.expect(IncomingCall)
    assert call.source.transport == transport
    assert (await phone.expect(CallAnswered)) == CallAnswered(session, ANSWER)
    await server.expect(CallConfirmed)
    server.agent.hang_up(call.session, asyncio.get_running_loop().time())
    server.endpoint.flush()
    assert (await phone.expect(CallEnded)).session == session


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_registration_and_a_call_to_its_flow(station, transport: str) -> None:
    server, phone = await station("s"), await station("p", answers=True)
    loop = asyncio.get_running_loop()
    aor = SipUri.parse("sip:alice@127.0.0.1")
    phone.agent.register(server.address(transport), aor, "alice", "secret", loop.time())
    phone.endpoint.flush()
    await phone.expect(Registered)
    [binding] = server.agent.registrar.bindings("alice", loop.time())
    server.agent.invite(
        binding.contact,
        loop.time(),
        body=OFFER,
        from_=NameAddr(aor),
        to=NameAddr(aor),
        destination=binding.flow,
    )
    server.endpoint.flush()
    call = await phone.expect(IncomingCall)
    await server.expect(CallAnswered)
    if transport == "tcp":
        assert call.source == server.address("tcp")  # the phone's own connection, not a new one


async def test_timers_run(station) -> None:
    phone = await station("p", timers=Timers(t1=0.01, t2=0.04))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        target = SipUri.parse(f"sip:x@127.0.0.1:{deaf.getsockname()[1]}")
        phone.agent.invite(
            target, asyncio.get_running_loop().time(), body=b"", from_=NameAddr(target), to=NameAddr(target)
        )
        phone.endpoint.flush()
        assert (await phone.expect(CallFailed)).status == 408
        assert phone.agent.counters.retransmissions >= 3


async def test_a_refused_connection_is_503_at_once(station) -> None:
    phone = await station("p")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    target = SipUri.parse(f"sip:x@127.0.0.1:{port};transport=tcp")
    phone.agent.invite(
        target, asyncio.get_running_loop().time(), body=b"", from_=NameAddr(target), to=NameAddr(target)
    )
    phone.endpoint.flush()
    assert (await phone.expect(CallFailed)).status == 503


async def test_names_are_resolved_without_waiting(station) -> None:
    server, phone = await station("s", answers=True), await station("p")
    target = SipUri.parse(f"sip:x@localhost:{server.endpoint.port}")
    phone.agent.invite(
        target, asyncio.get_running_loop().time(), body=b"", from_=NameAddr(target), to=NameAddr(target)
    )
    phone.endpoint.flush()
    await phone.expect(CallAnswered)


async def test_a_busy_port_says_so(station) -> None:
    first = await station("a")
    second = Station("b")
    with pytest.raises(OSError) as caught:
        await second.endpoint.start("127.0.0.1", first.endpoint.port)
    assert caught.value.errno == errno.EADDRINUSE


async def test_a_stream_in_pieces_with_keep_alives_and_nonsense(station) -> None:
    server = await station("s")
    options = request_text("OPTIONS").replace("\n", "\r\n").encode()
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.endpoint.port)
        for start in range(0, len(options), 50):
            writer.write(options[start : start + 50])
            await writer.drain()
        assert (await reader.readuntil(b"\r\n")) == b"SIP/2.0 200 OK\r\n"
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\r\n\r\n")
        assert (await reader.readexactly(2)) == b"\r\n"
        writer.write(options.replace(b"Content-Length: 0", b"Content-Length: x"))
        assert (await reader.readuntil(b"\r\n")) == b"SIP/2.0 400 Bad Request\r\n"
        await reader.read()  # and the connection ends
        writer.close()
        await writer.wait_closed()


async def test_a_burst_is_read_whole(station) -> None:
    server = await station("s")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as burst:
        for number in range(500):
            text = request_text("OPTIONS", branch=f"z9hG4bK{number}", seq=number + 1)
            burst.sendto(text.replace("\n", "\r\n").encode(), ("127.0.0.1", server.endpoint.port))
        async with asyncio.timeout(DEADLINE_S):
            while server.agent.counters.requests < 500:
                await asyncio.sleep(0)


async def test_closing_with_connections_open(station) -> None:
    server = await station("s")
    _, writer = await asyncio.open_connection("127.0.0.1", server.endpoint.port)
    async with asyncio.timeout(DEADLINE_S):
        await server.endpoint.close()
        writer.close()
        await writer.wait_closed()
    server.endpoint.flush()
