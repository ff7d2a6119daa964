"""The asyncio adapter on loopback: real sockets, real clock, every wait with a deadline."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable

import pytest

from telephony.sip.events import (
    CallAnswered,
    CallConfirmed,
    CallEnded,
    CallFailed,
    IncomingCall,
    Registered,
)
from telephony.sip.headers import NameAddr
from telephony.sip.timers import Timers
from telephony.sip.uri import SipUri
from tests.telephony.sip.kit import ANSWER, OFFER, request_text
from tests.telephony.sip.stations import DEADLINE_S, Station


@pytest.fixture
def event_loop_policy(both_loops) -> asyncio.AbstractEventLoopPolicy:
    """Every test here runs on both loops."""
    return both_loops


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


async def test_several_addresses_at_once_each_answers_by_its_own_socket(station) -> None:
    server = await station("s", "udp:[::1]:0", "tcp:[::1]:0", "udp:127.0.0.1:0", answers=True)
    phone = await station("p", "udp:[::1]:0")
    for listener in server.endpoint.listening:
        host = f"[{listener.host}]" if ":" in listener.host else listener.host
        phone.invite(f"sip:1000@{host}:{listener.port};transport={listener.transport}")
        call = await server.expect(IncomingCall)
        assert call.source.transport == listener.transport
        await phone.expect(CallAnswered)
        await server.expect(CallConfirmed)  # the ACK came to the Contact that this socket's answer named
        via = call.request.via
        assert (":" in via.host) == (":" in listener.host)


@pytest.mark.parametrize("rport", [True, False])
async def test_answers_of_a_second_socket_name_that_socket(station, rport: bool) -> None:
    server = await station("s", "udp:127.0.0.1:0", answers=True)
    second = server.endpoint.listening[-1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.bind(("127.0.0.1", 0))
        caller.setblocking(False)
        text = request_text("INVITE", extra="Content-Type: application/sdp\n", body=OFFER.decode())
        ours = f"127.0.0.1:{caller.getsockname()[1]};{'rport;' if rport else ''}branch="
        text = text.replace("10.9.9.9:5060;branch=", ours).replace("\r\n", "\n").replace("\n", "\r\n")
        caller.sendto(text.encode(), ("127.0.0.1", second.port))
        caller.settimeout(DEADLINE_S)
        answer, source = await asyncio.to_thread(caller.recvfrom, 65535)
        assert source[1] == second.port
        assert f"Contact: <sip:1000@127.0.0.1:{second.port}>".encode() in answer


class SlowLoop:
    """A loop whose clock goes on by a millisecond with each look at it; it holds the one timer that was set last."""

    def __init__(self) -> None:
        self.now = 1.0
        self.due: tuple[float, Callable[[], None]] | None = None

    def time(self) -> float:
        self.now += 0.001
        return self.now

    def call_at(self, at: float, callback: Callable[[], None]) -> SlowLoop:
        self.due = (at, callback)
        return self

    def cancel(self) -> None:
        self.due = None

    def call_soon(self, callback: Callable[..., None], *_arguments: object) -> None:
        """Told that nothing can be sent there, later; here never."""

    def turn(self) -> None:
        if self.due is not None and self.due[0] <= self.time():
            callback, self.due = self.due[1], None
            callback()


def test_timers_are_not_put_off_by_what_comes_in_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = SlowLoop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    phone = Station("p")
    phone.agent.local_addresses["udp"] = ("127.0.0.1", 5060)
    target = SipUri.parse("sip:x@127.0.0.1:9")
    invites = 50
    for _ in range(invites):  # one is due when another's timer has just been looked at
        phone.agent.invite(target, loop.time(), body=b"", from_=NameAddr(target), to=NameAddr(target))
        phone.endpoint.flush()
    while loop.now < 2.0:  # the first repetition of each is due after 500 ms, the second a second later
        phone.endpoint.flush()
        loop.turn()
    assert phone.agent.counters.retransmissions == invites
