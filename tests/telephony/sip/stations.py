"""User agents on real sockets of loopback, with a queue of what each told; every wait has a deadline."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime
from pathlib import Path

from cordboard.certificates import MadeCertificate, make_certificate
from telephony.sip.address import Address
from telephony.sip.config import UserAgentConfig
from telephony.sip.endpoint import SipEndpoint
from telephony.sip.events import Event, IncomingCall, SessionId
from telephony.sip.headers import NameAddr
from telephony.sip.parser import Limits
from telephony.sip.timers import Timers
from telephony.sip.uri import SipUri
from telephony.sip.user_agent import UserAgent
from tests.telephony.sip.kit import ANSWER, OFFER, Passwords

DEADLINE_S = 10.0


class Station:
    """One user agent. `options` are the endpoint's."""

    def __init__(
        self,
        name: str,
        *,
        timers: Timers | None = None,
        answers: bool = False,
        config: UserAgentConfig | None = None,
        **options: object,
    ) -> None:
        count = itertools.count()
        self.agent = UserAgent(
            config or UserAgentConfig(limits=Limits(message_bytes=8192)),
            credentials=Passwords(alice="secret"),
            new_id=lambda: f"{name}{next(count)}",
            timers=timers or Timers(),
        )
        self.endpoint = SipEndpoint(self.agent, self._on_event, **options)  # type: ignore[arg-type]
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

    def port(self, transport: str) -> int:
        """Where it listens on a transport."""
        return next(each.port for each in self.endpoint.listening if each.transport == transport)

    def invite(self, uri: str, **options: object) -> SessionId:
        """Call a URI."""
        target = SipUri.parse(uri)
        session = self.agent.invite(
            target,
            asyncio.get_running_loop().time(),
            from_=NameAddr(SipUri.parse("sip:a@127.0.0.1")),
            to=NameAddr(target),
            **{"body": OFFER, **options},  # type: ignore[arg-type]
        )
        self.endpoint.flush()
        return session

    def call(self, other: Station, transport: str) -> SessionId:
        return self.invite(f"sip:1000@127.0.0.1:{other.endpoint.port};transport={transport}")


def certificate(folder: Path, *names: str) -> MadeCertificate:
    """A self-signed certificate."""
    return make_certificate(folder, names or ("127.0.0.1",), days=2, now=datetime.now(UTC))
