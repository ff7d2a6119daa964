"""Phones on TLS and in browsers, against a server as its users start it; the certificate is `cordboard cert`'s."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.interop.kit.baresip import BaresipOrder
from tests.interop.kit.captures import Tone
from tests.interop.kit.ports import LOOPBACK, free_port
from tests.interop.kit.processes import RunningProcess
from tests.interop.kit.server import CONFIGURATIONS, Server
from tests.interop.kit.talks import ROSA, StartBaresip, StartSipp, on_duty, sipp_calls

pytestmark = pytest.mark.interop


@dataclass
class Secure:
    """A server and what its phones need to know."""

    server: Server
    tls_port: int
    wss_port: int
    certificate: Path


@pytest.fixture
def secure(tmp_path: Path, processes: list[RunningProcess]) -> Iterator[Secure]:
    program = str(Path(sys.executable).with_name("cordboard"))
    folder = tmp_path / "tls"
    subprocess.run([program, "cert", "--out", str(folder)], check=True, timeout=30, stdout=subprocess.DEVNULL)
    tls_port, wss_port = free_port(), free_port()
    environment = {
        "INTEROP_TLS": str(folder),
        "INTEROP_TLS_PORT": str(tls_port),
        "INTEROP_WSS_PORT": str(wss_port),
    }
    running = Server(CONFIGURATIONS / "secure", tmp_path / "server", environment)
    processes.append(running)
    yield Secure(running, tls_port, wss_port, folder / "cert.pem")
    running.stop()


def test_baresip_registers_over_tls_and_answers(
    secure: Secure, sipp: StartSipp, baresip: StartBaresip
) -> None:
    server = secure.server
    phone = on_duty(
        server,
        baresip(BaresipOrder("rosa", ROSA, secure.tls_port, transport="tls", certificate=secure.certificate)),
    )
    sipp_calls(server, sipp, phone, [Tone(440, 3.0)], 3.0)
    phone.quit()
    server.eventually(lambda: server.agent("rosa")["presence"] == "offline", "rosa off duty")


def options(transport: str, host: str) -> bytes:
    lines = [
        "OPTIONS sip:cordboard SIP/2.0",
        f"Via: SIP/2.0/{transport} {host};branch=z9hG4bKbrowser;rport",
        "From: <sip:browser@example.com>;tag=b",
        "To: <sip:cordboard>",
        "Call-ID: browser",
        "CSeq: 1 OPTIONS",
        "Max-Forwards: 70",
        "Content-Length: 0",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def test_a_browser_is_served_over_secure_websocket(secure: Secure) -> None:
    async def ask() -> str:
        context = ssl.create_default_context(cafile=secure.certificate)
        uri = f"wss://{LOOPBACK}:{secure.wss_port}/"
        async with asyncio.timeout(10), connect(uri, subprotocols=["sip"], ssl=context) as browser:
            await browser.send(options("WSS", "df7jal23ls0d.invalid").decode())
            return str(await browser.recv())

    assert asyncio.run(ask()).startswith("SIP/2.0 200 OK\r\nVia: SIP/2.0/WSS df7jal23ls0d.invalid;")


def test_a_phone_on_ipv6_is_served(secure: Secure) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as phone:
        phone.bind(("::1", 0))
        phone.settimeout(5)
        phone.sendto(options("UDP", f"[::1]:{phone.getsockname()[1]}"), ("::1", secure.tls_port))
        assert phone.recv(65536).startswith(b"SIP/2.0 200 OK\r\n")
