"""Streams on loopback: limits, half messages, resets, reuse. Timeouts are set to hundredths of a second."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from telephony.sip.config import UserAgentConfig
from telephony.sip.events import (
    BindingsChanged,
    CallAnswered,
    CallConfirmed,
    CallEnded,
    IncomingCall,
    Registered,
)
from telephony.sip.headers import NameAddr
from telephony.sip.listeners import StreamLimits
from telephony.sip.uri import SipUri
from tests.telephony.sip.kit import request_text
from tests.telephony.sip.stations import DEADLINE_S, Station

OPTIONS = request_text("OPTIONS").replace("\n", "\r\n").encode()


@pytest.fixture
def event_loop_policy(both_loops) -> asyncio.AbstractEventLoopPolicy:
    return both_loops


async def connect(server: Station) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", server.endpoint.port)


async def is_ended(reader: asyncio.StreamReader) -> bool:
    """Whether the server ends the connection, by whatever means, in time."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            return await reader.read(1) == b""
    except ConnectionResetError:
        return True


async def test_a_message_that_never_ends_is_cut_off_while_whole_ones_are_served(station) -> None:
    server = await station("s", stream_limits=StreamLimits(partial_s=0.15))
    (slow, dripping), (_, other) = await connect(server), await connect(server)
    ended = asyncio.create_task(is_ended(slow))
    for byte in OPTIONS[:200]:
        if ended.done():
            break
        dripping.write(bytes([byte]))  # each byte is in time, the message is not
        other.write(OPTIONS)
        await asyncio.sleep(0.01)
    assert await ended
    assert server.agent.counters.requests > 1
    assert not other.is_closing()
    for writer in (dripping, other):
        writer.close()


async def test_an_idle_connection_ends_but_not_one_that_carries_a_registration(station) -> None:
    server = await station("s", stream_limits=StreamLimits(idle_s=0.15))
    phone = await station("p")
    loop = asyncio.get_running_loop()
    phone.agent.register(
        server.address("tcp"), SipUri.parse("sip:alice@127.0.0.1"), "alice", "secret", loop.time()
    )
    phone.endpoint.flush()
    await phone.expect(Registered)
    reader, writer = await connect(server)
    assert await is_ended(reader)
    writer.close()
    [binding] = server.agent.registrar.bindings("alice", loop.time())
    server.agent.invite(
        binding.contact, loop.time(), body=b"", from_=_name("a"), to=_name("alice"), destination=binding.flow
    )
    server.endpoint.flush()
    call = await phone.expect(IncomingCall)
    assert call.source == server.address("tcp"), "the connection of the registration still stands"


def _name(user: str) -> NameAddr:
    return NameAddr(SipUri.parse(f"sip:{user}@127.0.0.1"))


async def test_too_many_connections_of_one_source_are_closed_at_once(station) -> None:
    server = await station("s", stream_limits=StreamLimits(connections_per_source=2))
    kept = [await connect(server) for _ in range(2)]
    refused, writer = await connect(server)
    assert await is_ended(refused)
    writer.close()
    kept[0][1].close()
    async with asyncio.timeout(DEADLINE_S):
        while True:  # once the seat is free, the next one is served
            reader, writer = await connect(server)
            writer.write(OPTIONS)
            try:
                line = await reader.readline()
            except ConnectionResetError:
                line = b""
            writer.close()
            if line:
                break
    assert line == b"SIP/2.0 200 OK\r\n"
    kept[1][1].close()


async def test_a_reset_in_mid_message_ends_what_was_on_the_connection(station) -> None:
    server, phone = await station("s", answers=True), await station("p")
    phone.call(server, "tcp")
    call = await server.expect(IncomingCall)
    await phone.expect(CallAnswered)
    await server.expect(CallConfirmed)
    with socket.create_connection(("127.0.0.1", server.endpoint.port)) as rude:
        rude.sendall(OPTIONS[:100])
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close is a reset
    reader, writer = await connect(server)
    writer.write(OPTIONS)
    async with asyncio.timeout(DEADLINE_S):
        assert await reader.readline() == b"SIP/2.0 200 OK\r\n"
    writer.close()
    assert server.agent.counters.malformed == 0
    server.agent.hang_up(call.session, asyncio.get_running_loop().time())
    server.endpoint.flush()
    await phone.expect(CallEnded)


async def test_a_lost_connection_takes_the_binding_that_only_it_could_reach(station) -> None:
    server = await station("s", config=UserAgentConfig(authenticate_registrations=False))
    register = request_text("REGISTER", "sip:127.0.0.1", extra="Expires: 600\n")
    text = register.replace(
        "Contact: <sip:hand@10.9.9.9:5060>", "Contact: <sip:alice@browser.invalid;transport=tcp>"
    )
    reader, writer = await connect(server)
    writer.write(text.replace("\n", "\r\n").encode())
    async with asyncio.timeout(DEADLINE_S):
        assert await reader.readline() == b"SIP/2.0 200 OK\r\n"
    changed = await server.expect(BindingsChanged)
    assert len(changed.bindings) == 1
    writer.transport.abort()
    assert (await server.expect(BindingsChanged)).bindings == ()


async def test_all_requests_to_one_far_end_share_a_connection(station) -> None:
    server, phone = await station("s", answers=True), await station("p")
    sources = set()
    for _ in range(3):
        phone.call(server, "tcp")
        sources.add((await server.expect(IncomingCall)).source)
        await phone.expect(CallAnswered)
    assert len(sources) == 1
