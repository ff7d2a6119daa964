"""Phones in browsers: the `websockets` client as one, over ws and wss (RFC 7118)."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from telephony.sip.digest import answer_challenge, choose_challenge
from telephony.sip.events import BindingsChanged, CallAnswered, CallConfirmed, CallEnded, IncomingCall
from telephony.sip.headers import NameAddr
from telephony.sip.listeners import StreamLimits
from telephony.sip.message import Request, Response
from telephony.sip.parser import parse_message
from telephony.sip.tls import TlsFiles
from telephony.sip.uri import SipUri
from tests.telephony.sip.kit import ANSWER, OFFER
from tests.telephony.sip.stations import DEADLINE_S, Station, certificate

HOST = "df7jal23ls0d.invalid"  # what a browser writes for itself: it does not know its address (section 5)


@pytest.fixture
def event_loop_policy(both_loops) -> asyncio.AbstractEventLoopPolicy:
    return both_loops


class BrowserPhone:
    """What a JavaScript phone does, with the library's client under it."""

    def __init__(self, socket: ClientConnection, transport: str) -> None:
        self._socket = socket
        self._transport = transport.upper()
        self._seq = 0

    async def hear(self) -> Request | Response:
        async with asyncio.timeout(DEADLINE_S):
            data = await self._socket.recv()
        return parse_message(data.encode() if isinstance(data, str) else data)

    async def ask(
        self, method: str, uri: str, *extra: tuple[str, str], to: str = "", body: bytes = b""
    ) -> None:
        self._seq += 1
        fields = [
            ("Via", f"SIP/2.0/{self._transport} {HOST};branch=z9hG4bKb{self._seq}{method}"),
            ("Max-Forwards", "70"),
            ("From", "<sip:alice@example.com>;tag=browser"),
            ("To", to or "<sip:alice@example.com>"),
            ("Call-ID", f"browser-{method if method == 'REGISTER' else 'call'}"),
            ("CSeq", f"{self._seq} {method}"),
            ("Contact", f"<sip:alice@{HOST};transport=ws>"),
            *extra,
        ]
        await self._socket.send(bytes(Request(method, uri, fields, body)).decode())

    async def answer(self, request: Request, body: bytes) -> None:
        fields = [("Contact", f"<sip:alice@{HOST};transport=ws>"), ("Content-Type", "application/sdp")]
        response = Response.to_request(request, 200, to_tag="browser", fields=fields, body=body)
        await self._socket.send(bytes(response))

    async def register(self) -> Response:
        await self.ask("REGISTER", "sip:example.com", ("Expires", "300"))
        challenged = await self.hear()
        challenge = choose_challenge(challenged.lines("www-authenticate"))
        assert challenge is not None
        proof = answer_challenge(
            challenge, user="alice", password="secret", method="REGISTER", uri="sip:example.com", cnonce="c"
        )
        await self.ask("REGISTER", "sip:example.com", ("Expires", "300"), ("Authorization", proof))
        answer = await self.hear()
        assert isinstance(answer, Response)
        return answer


async def browser(
    server: Station, transport: str = "ws", context: ssl.SSLContext | None = None
) -> ClientConnection:
    uri = f"{transport}://127.0.0.1:{server.port(transport)}"
    return await connect(uri, subprotocols=["sip"], ssl=context, open_timeout=DEADLINE_S, close_timeout=1)


@pytest.mark.parametrize("transport", ["ws", "wss"])
async def test_a_browser_phone_registers_is_called_and_calls(station, tmp_path: Path, transport: str) -> None:
    made = certificate(tmp_path / "tls")
    files = TlsFiles(made.certificate, made.key)
    server = await station("s", f"{transport}:127.0.0.1:0", answers=True, tls=files)
    context = ssl.create_default_context(cafile=made.certificate) if transport == "wss" else None
    async with await browser(server, transport, context) as socket:
        assert socket.subprotocol == "sip"
        phone = BrowserPhone(socket, transport)
        registered = await phone.register()
        assert registered.status == 200
        assert registered.via.parameters.get("received") == "127.0.0.1"
        [binding] = (await server.expect(BindingsChanged)).bindings
        assert binding.flow.transport == transport

        now = asyncio.get_running_loop().time()
        server.agent.invite(
            binding.contact,
            now,
            body=OFFER,
            from_=NameAddr(SipUri.parse("sip:queue@example.com")),
            to=NameAddr(binding.contact),
            destination=binding.flow,
        )
        server.endpoint.flush()
        invite = await phone.hear()
        assert isinstance(invite, Request)
        assert invite.uri.host == HOST
        assert invite.via.transport == transport.upper()
        await phone.answer(invite, ANSWER)
        answered = await server.expect(CallAnswered)
        ack = await phone.hear()
        assert isinstance(ack, Request)
        assert ack.method == "ACK"
        server.agent.hang_up(answered.session, now)
        server.endpoint.flush()
        bye = await phone.hear()
        assert isinstance(bye, Request)
        assert bye.method == "BYE"

        target = "sip:1000@example.com"
        await phone.ask("INVITE", target, ("Content-Type", "application/sdp"), to=f"<{target}>", body=OFFER)
        call = await server.expect(IncomingCall)
        while (answer := await phone.hear()).status < 200:  # type: ignore[union-attr]
            pass
        assert answer.contact is not None
        assert answer.contact.uri.parameters.get("transport") == "ws"
        phone._seq -= 1  # an ACK has its INVITE's number (RFC 3261 section 13.2.2.4)
        await phone.ask("ACK", str(answer.contact.uri), to=answer.required("to"))
        await server.expect(CallConfirmed)
    assert (await server.expect(BindingsChanged)).bindings == (), "its connection was the only way to it"
    server.agent.hang_up(call.session, now)
    server.endpoint.flush()


async def test_keep_alives_are_answered(station) -> None:
    server = await station("s", "ws:127.0.0.1:0")
    async with await browser(server) as socket, asyncio.timeout(DEADLINE_S):
        await socket.send("\r\n\r\n")
        assert await socket.recv() == "\r\n"
        await (await socket.ping())


async def test_fragments_make_one_message(station) -> None:
    server = await station("s", "ws:127.0.0.1:0", answers=True)
    async with await browser(server) as socket, asyncio.timeout(DEADLINE_S):
        text = (
            f"OPTIONS sip:x@h SIP/2.0\r\nVia: SIP/2.0/WS {HOST};branch=z9hG4bKf\r\nFrom: <sip:a@h>;tag=1\r\n"
            "To: <sip:x@h>\r\nCall-ID: f\r\nCSeq: 1 OPTIONS\r\n\r\n"
        )
        await socket.send(text[start : start + 40] for start in range(0, len(text), 40))
        assert str(await socket.recv()).startswith("SIP/2.0 200 OK")


async def test_without_the_subprotocol_nobody_gets_in(station) -> None:
    server = await station("s", "ws:127.0.0.1:0")
    for offered in (None, ["chat"]):
        with pytest.raises(InvalidStatus) as caught:
            await connect(f"ws://127.0.0.1:{server.port('ws')}", subprotocols=offered)
        assert caught.value.response.status_code == 400


async def test_a_message_that_is_too_large_ends_the_connection(station) -> None:
    server = await station("s", "ws:127.0.0.1:0")
    async with await browser(server) as socket, asyncio.timeout(DEADLINE_S):
        await socket.send("x" * 100_000)
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1009


async def test_a_handshake_that_never_ends_is_cut_off(station) -> None:
    server = await station("s", "ws:127.0.0.1:0", stream_limits=StreamLimits(partial_s=0.1))
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port("ws"))
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
        try:
            assert await reader.read() == b""
        except ConnectionResetError:
            pass
        writer.close()


async def test_a_lost_browser_ends_its_call(station) -> None:
    server = await station("s", "ws:127.0.0.1:0")
    async with await browser(server) as socket:
        phone = BrowserPhone(socket, "ws")
        await phone.ask("INVITE", "sip:1@h", ("Content-Type", "application/sdp"), to="<sip:1@h>", body=OFFER)
        call = await server.expect(IncomingCall)
    assert (await server.expect(CallEnded)).session == call.session
