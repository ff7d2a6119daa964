"""A simulated telephone: our own SIP user agent on a port of its own, and a talker for its audio.

Data flow: SIP events -> `Call` (answered, over) and the queue of incoming calls; commands -> user agent ->
flush. One call at a time: a second caller gets 486, as from a real phone without call waiting.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable

from cordboard.demo.talker import Metronome, Talker
from telephony.calls import negotiation
from telephony.sip import events as sip
from telephony.sip.address import Address
from telephony.sip.config import UserAgentConfig
from telephony.sip.endpoint import SipEndpoint
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.uri import SipUri
from telephony.sip.user_agent import UserAgent

HOST = "127.0.0.1"
REGISTER_DEADLINE_S = 10.0
CLOSE_GRACE_S = 0.3
"""Long enough for a BYE and its 200 on the same machine; the server does not need us for longer."""


class PhoneError(Exception):
    """The phone cannot be used: its registration was refused or nobody answered."""


class NoPasswords:
    """Nobody registers at a phone."""

    def password(self, user: str, realm: str) -> str | None:
        """None for everybody."""
        del user, realm
        return None


class Call:
    """One call of a phone, in either direction."""

    def __init__(self, phone: Phone, talker: Talker, caller: str) -> None:
        self._phone = phone
        self.session: sip.SessionId | None = None
        self.offer: bytes | None = None
        self.talker = talker
        self.caller = caller
        self.answered = asyncio.Event()
        self.over = asyncio.Event()
        self.ended_by_us = False

    async def answer(self) -> None:
        """Pick up a ringing call; one that is over by now is left alone."""
        if self.over.is_set() or self.answered.is_set():
            return
        self._phone.pick_up(self, await self.talker.open(HOST))

    def hang_up(self) -> None:
        """End it, whatever state it is in."""
        self.ended_by_us = not self.over.is_set()
        self._phone.hang_up(self)

    async def lasts(self, seconds: float) -> bool:
        """Let time go by; False as soon as the call is over."""
        try:
            async with asyncio.timeout(seconds):
                await self.over.wait()
        except TimeoutError:
            return True
        return False

    async def until(self, what: asyncio.Event, seconds: float) -> bool:
        """Wait for something about the call; False when time is up or the call is over first."""
        await self.first_of(what, seconds=seconds)
        return what.is_set() and not self.over.is_set()

    async def first_of(self, *events: asyncio.Event, seconds: float) -> None:
        """Wait for any of these, the end of the call, or the time to be up."""
        waits = {asyncio.create_task(event.wait()) for event in (*events, self.over)}
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


class Phone:
    """One telephone, for one person."""

    def __init__(
        self,
        name: str,
        server: Address,
        metronome: Metronome,
        *,
        new_id: Callable[[], str] = lambda: secrets.token_hex(8),
        new_talker: Callable[[Metronome, int], Talker] = Talker,
    ) -> None:
        self.name = name
        self._new_talker = new_talker
        self._server = server
        self._metronome = metronome
        self._agent = UserAgent(
            UserAgentConfig(name="Cordboard demo", local_addresses={}),
            credentials=NoPasswords(),
            new_id=new_id,
        )
        self._endpoint = SipEndpoint(self._agent, self._on_event)
        self._call: Call | None = None
        self._registration: sip.RegistrationId | None = None
        self._registered: asyncio.Future[None] | None = None
        self.incoming: asyncio.Queue[Call] = asyncio.Queue()

    @property
    def port(self) -> int:
        """Where it is reached."""
        return self._endpoint.port

    async def start(self) -> None:
        """Take a port."""
        await self._endpoint.start(HOST, 0, tcp=False)

    async def close(self) -> None:
        """Hang up, take the registration back and leave."""
        if self._call is not None:
            self._call.hang_up()
        if self._registration is not None:
            self._agent.unregister(self._registration, time.monotonic())
        self._endpoint.flush()
        await asyncio.sleep(CLOSE_GRACE_S)
        await self._endpoint.close()
        if self._call is not None:
            self._finish(self._call)

    async def register(self, password: str) -> None:
        """Go on duty; raises PhoneError when the server does not let us."""
        self._registered = asyncio.get_running_loop().create_future()
        aor = SipUri(scheme="sip", user=self.name, host=self._server.host)
        self._registration = self._agent.register(
            self._server, aor, self.name, password, time.monotonic(), expires_s=300
        )
        self._endpoint.flush()
        try:
            async with asyncio.timeout(REGISTER_DEADLINE_S):
                await self._registered
        except TimeoutError:
            raise PhoneError(
                f"{self.name}: nobody answers at {self._server.host}:{self._server.port}"
            ) from None

    async def dial(self, number: str) -> Call:
        """Call a number at the server."""
        call = self._call = Call(self, self._new_talker(self._metronome, secrets.randbits(31)), self.name)
        port = await call.talker.open(HOST)
        host, sip_port = self._server.host, self._server.port
        call.session = self._agent.invite(
            SipUri(scheme="sip", user=number, host=host, port=sip_port),
            time.monotonic(),
            body=negotiation.offer(HOST, port),
            from_=negotiation.party("", self.name, HOST),
            to=negotiation.party("", number, host),
            destination=self._server,
        )
        self._endpoint.flush()
        return call

    def pick_up(self, call: Call, port: int) -> None:
        """Answer a ringing call, audio at `port`."""
        if call.session is None or call.over.is_set():  # it ended while the port was being taken
            call.talker.close()
            return
        try:
            agreed = negotiation.answer(call.offer, HOST, port)
        except (negotiation.NothingInCommon, RemoteProtocolError):
            self._agent.reject(call.session, 488, time.monotonic())
        else:
            self._agent.answer(call.session, agreed.body, time.monotonic())
            if agreed.remote is not None:
                call.talker.connect(agreed.remote)
            call.answered.set()
        self._endpoint.flush()

    def hang_up(self, call: Call) -> None:
        """End a call of this phone."""
        if call.session is not None and not call.over.is_set():
            self._agent.hang_up(call.session, time.monotonic())
            self._endpoint.flush()
        self._finish(call)

    def _finish(self, call: Call) -> None:
        call.talker.close()
        call.over.set()
        if self._call is call:
            self._call = None

    def _on_event(self, event: sip.Event) -> None:
        match event:
            case sip.IncomingCall():
                self._ring(event)
            case sip.Registered() if self._registered is not None and not self._registered.done():
                self._registered.set_result(None)
            case sip.RegistrationFailed(status=status) if self._registered is not None:
                if not self._registered.done():
                    self._registered.set_exception(PhoneError(f"{self.name}: registration refused: {status}"))
            case sip.CallAnswered(session=session, body=body) if self._is_current(session):
                self._answered(body)
            case sip.CallFailed(session=session) | sip.CallEnded(session=session) if self._is_current(
                session
            ):
                if self._call is not None:
                    self._finish(self._call)
            case _:
                pass  # progress, confirmations and the like change nothing for a simulated person

    def _is_current(self, session: sip.SessionId) -> bool:
        return self._call is not None and self._call.session == session

    def _ring(self, event: sip.IncomingCall) -> None:
        if self._call is not None:
            self._agent.reject(event.session, 486, time.monotonic())
            return
        talker = self._new_talker(self._metronome, secrets.randbits(31))
        caller = event.request.from_.uri.user or ""
        call = self._call = Call(self, talker, caller)
        call.session, call.offer = event.session, event.offer
        self._agent.ring(event.session, time.monotonic())
        self.incoming.put_nowait(call)

    def _answered(self, body: bytes | None) -> None:
        call = self._call
        if call is None:
            return
        try:
            call.talker.connect(negotiation.read_answer(body))
        except (negotiation.NothingInCommon, RemoteProtocolError):
            call.hang_up()
            return
        call.answered.set()
