"""A user agent and a media client that only write down what they are told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from telephony.calls.exchange import Exchange, ExchangeListeners
from telephony.calls.lines import Lines
from telephony.calls.terms import TERMS, MediaTerms
from telephony.media.errors import NoPortAvailable
from telephony.media.messages import LegStatistics, LocalMedia
from telephony.sip.address import Address
from telephony.sip.events import IncomingCall, SessionId
from telephony.sip.parser import parse_message

OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)


@dataclass
class FakeUserAgent:
    """Records commands as tuples, its name first."""

    said: list[tuple[Any, ...]] = field(default_factory=list)
    invited: int = 0
    forgotten: set[SessionId] = field(default_factory=set)

    def knows(self, session: SessionId) -> bool:
        return session not in self.forgotten

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        def say(*arguments: Any, **named: Any) -> None:
            self.said.append((name, *arguments, *([named] if named else [])))

        return say

    def invite(self, target: Any, now: float, **named: Any) -> SessionId:
        self.invited += 1
        self.said.append(("invite", str(target), named["body"]))
        return SessionId(f"out-{self.invited}")

    def call_id(self, session: SessionId) -> str:
        return f"call-id-of-{session}"

    def names(self) -> list[str]:
        return [said[0] for said in self.said]


@dataclass
class FakeEndpoint:
    user_agent: FakeUserAgent
    flushed: int = 0

    def flush(self) -> None:
        self.flushed += 1


@dataclass
class FakeMedia:
    """Opens legs on ports of its own; `gate` holds an opening back until it is set."""

    hears_digits = True
    said: list[tuple[Any, ...]] = field(default_factory=list)
    gate: asyncio.Event | None = None
    refuse: bool = False
    port: int = 20000
    reserve: int = 0

    async def open_leg(self, leg_id: str, *, near: str | None = None) -> LocalMedia:
        if self.gate is not None:
            await self.gate.wait()
        if self.refuse:
            raise NoPortAvailable("no port is free")
        self.port += 2
        self.said.append(("open_leg", leg_id))
        return LocalMedia(self.port)

    def open_leg_at_once(self, leg_id: str) -> LocalMedia | None:
        if self.reserve == 0:
            return None
        self.reserve -= 1
        self.port += 2
        self.said.append(("open_leg", leg_id))
        return LocalMedia(self.port)

    async def close_leg(self, leg_id: str) -> LegStatistics:
        self.said.append(("close_leg", leg_id))
        return LegStatistics()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        def say(*arguments: Any, **named: Any) -> None:
            self.said.append((name, *arguments, *([named] if named else [])))

        return say

    def names(self) -> list[str]:
        return [said[0] for said in self.said]


class Bench:
    """An exchange between fakes, with what it reported."""

    def __init__(self, terms: MediaTerms = TERMS, lines: Lines | None = None) -> None:
        self.agent = FakeUserAgent()
        self.media = FakeMedia()
        self.incoming: list[Any] = []
        self.bindings: list[Any] = []
        self.released: list[Any] = []
        ids = iter(f"leg-{n}" for n in range(1, 1000))
        self.exchange = Exchange(
            FakeEndpoint(self.agent),  # type: ignore[arg-type]
            self.media,  # type: ignore[arg-type]
            ExchangeListeners(
                incoming=self.incoming.append,
                bindings=self.bindings.append,
                released=lambda leg, statistics: self.released.append((leg, statistics)),
            ),
            new_id=lambda: next(ids),
            lines=lines,
            terms=terms,
        )

    def invite(self, offer: bytes | None = OFFER, session: str = "in-1") -> Any:
        """A caller rings in; returns the leg."""
        request = parse_message(
            b"INVITE sip:1000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1\r\n"
            b"From: <sip:+442079460000@127.0.0.1>;tag=a\r\nTo: <sip:1000@127.0.0.1>\r\nCall-ID: 1\r\n"
            b"CSeq: 1 INVITE\r\nContact: <sip:caller@127.0.0.1:5070>\r\nContent-Length: 0\r\n\r\n"
        )
        source = Address("udp", "127.0.0.1", 5070)
        self.exchange.on_sip_event(IncomingCall(SessionId(session), request, source, offer))  # type: ignore[arg-type]
        return self.incoming[-1]
