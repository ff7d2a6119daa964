"""SIP over TLS on loopback: a call, verification, a certificate that changes while calls go on."""

from __future__ import annotations

import asyncio
import os
import ssl
from pathlib import Path

import pytest

from telephony.sip.events import CallAnswered, CallConfirmed, CallEnded, CallFailed, IncomingCall
from telephony.sip.listeners import StreamLimits
from telephony.sip.tls import TlsContexts, TlsFiles
from tests.telephony.sip.stations import DEADLINE_S, certificate

TLS = "tls:127.0.0.1:0"


@pytest.fixture
def event_loop_policy(both_loops) -> asyncio.AbstractEventLoopPolicy:
    return both_loops


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    made = certificate(tmp_path / "tls")
    return TlsFiles(made.certificate, made.key, authorities=made.certificate)


async def test_a_call_over_tls_with_a_certificate_that_is_verified(station, files: TlsFiles) -> None:
    server = await station("s", TLS, answers=True, tls=files)
    phone = await station("p", tls=TlsFiles(authorities=files.certificate))
    session = phone.invite(f"sip:1000@127.0.0.1:{server.port('tls')};transport=tls")
    call = await server.expect(IncomingCall)
    assert call.source.transport == "tls"
    assert call.request.via.transport == "TLS"
    await phone.expect(CallAnswered)
    await server.expect(CallConfirmed)
    server.agent.hang_up(call.session, asyncio.get_running_loop().time())
    server.endpoint.flush()
    assert (await phone.expect(CallEnded)).session == session


async def test_a_server_without_a_believable_certificate_is_not_called(station, files: TlsFiles) -> None:
    server = await station("s", TLS, answers=True, tls=files)
    uri = f"sip:1000@127.0.0.1:{server.port('tls')};transport=tls"
    suspicious, trusting = await station("p"), await station("q", tls=TlsFiles(verify_servers=False))
    suspicious.invite(uri)
    assert (await suspicious.expect(CallFailed)).status == 503
    trusting.invite(uri)
    await trusting.expect(CallAnswered)


async def test_a_certificate_for_another_name_is_refused(station, tmp_path: Path) -> None:
    made = certificate(tmp_path / "other", "other.example")
    server = await station("s", TLS, answers=True, tls=TlsFiles(made.certificate, made.key))
    phone = await station("p", tls=TlsFiles(authorities=made.certificate))
    phone.invite(f"sip:1000@127.0.0.1:{server.port('tls')};transport=tls")
    assert (await phone.expect(CallFailed)).status == 503


async def test_clients_must_show_a_certificate_where_that_is_asked(station, files: TlsFiles) -> None:
    mutual = TlsFiles(files.certificate, files.key, files.certificate, verify_clients=True)
    server = await station("s", TLS, answers=True, tls=mutual)
    stranger, friend = (
        await station("p", tls=TlsFiles(authorities=files.certificate)),
        await station("q", tls=files),
    )
    uri = f"sip:1000@127.0.0.1:{server.port('tls')};transport=tls"
    stranger.invite(uri)
    assert (await stranger.expect(CallFailed)).status == 503
    friend.invite(uri)
    await friend.expect(CallAnswered)


async def test_a_new_certificate_serves_new_connections_and_old_ones_stay(station, tmp_path: Path) -> None:
    old = certificate(tmp_path / "live")
    live = TlsFiles(old.certificate, old.key)
    server = await station("s", TLS, answers=True, tls=live)
    phone = await station("p", tls=TlsFiles(verify_servers=False))
    uri = f"sip:1000@127.0.0.1:{server.port('tls')};transport=tls"
    phone.invite(uri)
    first = await server.expect(IncomingCall)
    await server.expect(CallConfirmed)
    before = await _served(server.port("tls"))

    new = certificate(tmp_path / "new")
    new.key.replace(old.key)
    server.endpoint._check_certificate()  # half of the pair is there: refused, and nothing changes
    assert await _served(server.port("tls")) == before
    new.certificate.replace(old.certificate)
    server.endpoint._check_certificate()
    assert await _served(server.port("tls")) != before

    server.agent.hang_up(first.session, asyncio.get_running_loop().time())
    server.endpoint.flush()
    await phone.expect(CallEnded)
    phone.invite(uri)
    assert (await server.expect(IncomingCall)).source == first.source, "the connection from before serves on"


async def _served(port: int) -> bytes:
    """The certificate that a new connection gets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with asyncio.timeout(DEADLINE_S):
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.transport.abort()
    assert found
    return found


async def test_a_handshake_that_never_comes_gives_its_seat_back(station, files: TlsFiles) -> None:
    limits = StreamLimits(connections_per_source=1, handshake_s=0.1)
    server = await station("s", TLS, tls=files, stream_limits=limits)
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port("tls"))
        try:
            assert await reader.read() == b""
        except ConnectionResetError:
            pass
        writer.close()
        while server.endpoint._streams.seats.total:
            await asyncio.sleep(0.01)


async def test_tls_without_a_certificate_cannot_be_listened_on(station) -> None:
    with pytest.raises(OSError, match="certificate is needed"):
        await station("s", TLS)


def test_contexts_notice_only_changes(files: TlsFiles) -> None:
    contexts = TlsContexts(files)
    assert not contexts.reload_if_changed()
    assert files.certificate is not None
    os.utime(files.certificate, (1, 1))
    assert contexts.reload_if_changed()
    assert not contexts.reload_if_changed()
    files.certificate.write_text("nonsense")
    with pytest.raises(ssl.SSLError):
        contexts.reload_if_changed()
    assert not contexts.reload_if_changed(), "said once, until the files change again"
