"""A phone that lives in this process: our own user agent on a thread of its own, and a tone for its voice.

What it hears is kept packet by packet, so that a test can say whether a sine came through without a break: not only
that no packet is missing, but that the phase runs on from one to the next. It never registers or dials by itself.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np

from telephony.calls import negotiation
from telephony.calls.terms import MediaTerms
from telephony.media.messages import RemoteMedia
from telephony.sip import events as sip
from telephony.sip.address import Address
from telephony.sip.config import UserAgentConfig
from telephony.sip.endpoint import SipEndpoint
from telephony.sip.uri import SipUri
from telephony.sip.user_agent import UserAgent
from tests.interop.kit.ports import LOOPBACK
from tests.interop.kit.tones import RATE_HZ, mulaw, sine

PACKET = 160
WAIT_S = 30.0
DIGITS = "0123456789*#"
HEADER = struct.Struct("!BBHII")
TERMS = MediaTerms(codecs=("PCMU",))
T = TypeVar("T")


@dataclass(frozen=True)
class Packet:
    """One that arrived."""

    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    at: float


class Voice(threading.Thread):
    """Sends a tone every 20 ms once it knows where to, and keys in between; keeps what it hears."""

    def __init__(self, tone_hz: int) -> None:
        super().__init__(daemon=True)
        self.heard: list[Packet] = []
        self.keys: deque[str] = deque()
        self.remote: RemoteMedia | None = None
        self._tone = mulaw(sine(tone_hz, 1.0))  # whole periods: it loops without a click
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOOPBACK, 0))
        self._over = threading.Event()
        self._sequence = itertools.count(secrets.randbits(12))
        self._timestamp = 0
        self._ssrc = secrets.randbits(32)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def run(self) -> None:
        due = time.monotonic()
        while not self._over.is_set():
            readable, _, _ = select.select([self._socket], [], [], max(0.0, due - time.monotonic()))
            if readable:
                self._hear()
            if time.monotonic() >= due:
                due += PACKET / RATE_HZ
                self._send()
        self._socket.close()

    def end(self) -> None:
        self._over.set()
        self.join()

    def _hear(self) -> None:
        data = self._socket.recv(2048)
        _, kind, sequence, timestamp, ssrc = HEADER.unpack_from(data)
        if kind & 0x7F in (0, 8):
            self.heard.append(Packet(sequence, timestamp, ssrc, data[12:], time.monotonic()))

    def _send(self) -> None:
        remote = self.remote
        self._timestamp += PACKET
        if remote is None:
            return
        if self.keys:
            self._press(self.keys.popleft(), remote)
            return
        begin = self._timestamp % RATE_HZ
        self._packet(remote, remote.payload_type, self._tone[begin : begin + PACKET])

    def _press(self, key: str, remote: RemoteMedia) -> None:
        """RFC 4733: the key goes down and up within one packet time; its end is said three times."""
        assert remote.dtmf_payload_type is not None
        for last, duration in ((False, 160), (False, 320), (True, 480), (True, 480), (True, 480)):
            event = struct.pack("!BBH", DIGITS.index(key), 0x80 * last + 10, duration)
            self._packet(remote, remote.dtmf_payload_type, event)

    def _packet(self, remote: RemoteMedia, kind: int, payload: bytes) -> None:
        header = HEADER.pack(0x80, kind, next(self._sequence) & 0xFFFF, self._timestamp, self._ssrc)
        self._socket.sendto(header + payload, (remote.host, remote.port))


class TonePhone:
    """One line. Use as a context; every method may be called from the test's thread."""

    def __init__(self, name: str, server_port: int, tone_hz: int = 440, port: int = 0) -> None:
        self.name = name
        self.voice = Voice(tone_hz)
        self.events: list[sip.Event] = []
        self.session: sip.SessionId | None = None
        self._ours = b""
        self._offer: bytes | None = None
        self._server = Address("udp", LOOPBACK, server_port)
        self._agent = UserAgent(
            UserAgentConfig(name="Tone phone", local_addresses={}),
            credentials=_Nobody(),
            new_id=lambda: secrets.token_hex(8),
        )
        self._endpoint = SipEndpoint(self._agent, self._on_event)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._port = port

    def __enter__(self) -> Self:
        self._thread.start()
        self.voice.start()
        self._await(self._endpoint.start(LOOPBACK, self._port, tcp=False))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.voice.end()
        self._await(self._endpoint.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # --- what a person does -------------------------------------------------------------------------------------

    def register(self, password: str) -> None:
        aor = SipUri(scheme="sip", user=self.name, host=LOOPBACK)
        self._do(lambda now: self._agent.register(self._server, aor, self.name, password, now, 300))
        self.wait_for(sip.Registered)

    def dial(self, number: str) -> None:
        """Call a number that answers; once more if the server is too busy, as any server on a loaded machine may be."""
        deadline = time.monotonic() + WAIT_S
        while True:
            answered, failed = self.count(sip.CallAnswered), self.count(sip.CallFailed)
            self._invite(number)
            self.wait(
                lambda: self.count(sip.CallAnswered) > answered or self.count(sip.CallFailed) > failed,  # noqa: B023 - waited for at once
                f"answer of {number}",
            )
            if self.count(sip.CallAnswered) > answered:
                return
            last = self.events[-1]
            assert isinstance(last, sip.CallFailed), last
            assert last.status == 503, last
            assert time.monotonic() < deadline, last
            time.sleep(0.2)

    def _invite(self, number: str) -> None:
        self._ours = negotiation.offer(LOOPBACK, self.voice.port, TERMS)
        target = SipUri(scheme="sip", user=number, host=LOOPBACK, port=self._server.port)
        self.session = self._do(
            lambda now: self._agent.invite(
                target,
                now,
                body=self._ours,
                from_=negotiation.party("", self.name, LOOPBACK),
                to=negotiation.party("", number, LOOPBACK),
                destination=self._server,
            )
        )

    def pick_up(self) -> None:
        """Answer the call that rings."""
        assert self.session is not None
        agreed = negotiation.answer(self._offer, LOOPBACK, self.voice.port, TERMS)
        self._ours, self.voice.remote = agreed.body, agreed.remote
        session = self.session
        self._do(lambda now: self._agent.answer(session, agreed.body, now))

    def offer_again(self) -> None:
        """Re-INVITE with what stands; the answer must come."""
        assert self.session is not None
        self._ours = negotiation.offer_again(self._ours, negotiation.TALK)
        session = self.session
        self._do(lambda now: self._agent.reoffer(session, self._ours, now))
        self.wait_for(sip.OfferAnswered)

    def hang_up(self) -> None:
        """End the call, and wait until the server has heard of it."""
        session = self.begin_to_hang_up()
        self.wait(lambda: not self._agent.knows(session), "end of its own call")

    def begin_to_hang_up(self) -> sip.SessionId:
        """Put the handset down, whether anybody answers or not."""
        assert self.session is not None
        session, self.session, self.voice.remote = self.session, None, None
        self._do(lambda now: self._agent.hang_up(session, now))
        return session

    def press(self, keys: str) -> None:
        self.voice.keys.extend(keys)

    # --- what it can say of it ----------------------------------------------------------------------------------

    def count(self, kind: type[sip.Event]) -> int:
        return sum(isinstance(event, kind) for event in self.events)

    def wait_for(self, kind: type[sip.Event], times: int = 1) -> None:
        """Wait until that many such events have come, from the beginning."""
        self.wait(lambda: self.count(kind) >= times, kind.__name__)

    def wait_to_hear(self, packets: int) -> None:
        """Wait until that many more packets came."""
        before = len(self.voice.heard)
        self.wait(lambda: len(self.voice.heard) >= before + packets, f"{packets} packets")

    def wait(self, holds: Callable[[], bool], what: str) -> None:
        """Look until something holds."""
        deadline = time.monotonic() + WAIT_S
        while not holds():
            assert time.monotonic() < deadline, f"{self.name}: no {what}; had {self.events}"
            time.sleep(0.02)

    # --- inside -------------------------------------------------------------------------------------------------

    def _on_event(self, event: sip.Event) -> None:
        match event:
            case sip.IncomingCall(session=session, offer=offer):
                self.session, self._offer = session, offer
                self._agent.ring(session, time.monotonic())
            case sip.CallAnswered(body=body):
                self.voice.remote = negotiation.read_answer(body, TERMS)
            case sip.OfferReceived(session=session, offer=offer):
                agreed = negotiation.answer_again(offer, self._ours, TERMS)
                self._ours = agreed.body
                self._agent.answer_offer(session, agreed.body, time.monotonic())
            case sip.CallEnded() | sip.CallFailed():
                self.voice.remote = None
        self.events.append(event)

    def _do(self, what: Callable[[float], T]) -> T:
        async def done() -> T:
            result = what(asyncio.get_running_loop().time())
            self._endpoint.flush()
            return result

        return self._await(done())

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_S)


class _Nobody:
    """Nobody registers at a phone."""

    def password(self, user: str, realm: str) -> str | None:
        del user, realm
        return None


def loudness(packets: list[Packet], tone_hz: float) -> float:
    """The amplitude of a tone in packets that follow one another; 1 is full scale."""
    samples = _LINEAR[np.frombuffer(b"".join(packet.payload for packet in packets), np.uint8)]
    if not len(samples):
        return 0.0
    turn = -2j * np.pi * tone_hz / RATE_HZ
    return float(2 * np.abs(np.mean(samples * np.exp(turn * np.arange(len(samples))))))


def assert_one_stream(packets: list[Packet]) -> None:
    """No packet missing, no jump of the clock."""
    assert len(packets) > 50, "too little was heard to say anything"
    assert len({packet.ssrc for packet in packets}) == 1
    for before, after in itertools.pairwise(packets):
        assert (after.sequence - before.sequence) & 0xFFFF == 1, "a packet is missing"
        assert (after.timestamp - before.timestamp) & 0xFFFFFFFF == PACKET, "the clock jumped"


def assert_unbroken(packets: list[Packet], tone_hz: float) -> None:
    """One stream of one sine: no packet missing, none silent, and the phase of each is that of the one before."""
    assert_one_stream(packets)
    phases = []
    turn = -2j * np.pi * tone_hz / RATE_HZ
    for number, packet in enumerate(packets):
        samples = _LINEAR[np.frombuffer(packet.payload, np.uint8)]
        found = np.sum(samples * np.exp(turn * (number * PACKET + np.arange(len(samples)))))
        assert abs(found) > 0.02 * len(samples), f"packet {number} of {len(packets)} holds no tone"
        phases.append(np.angle(found))
    drift = np.abs(np.angle(np.exp(1j * (np.array(phases) - phases[0]))))
    assert drift.max() < 0.2, f"the phase jumped by {drift.max():.2f}"


def _linear() -> np.ndarray[Any, np.dtype[np.float64]]:
    """ITU-T G.711 mu-law read, -1 to 1."""
    code = ~np.arange(256, dtype=np.uint8)
    magnitude = ((((code & 0x0F).astype(np.int32) << 3) + 132) << ((code & 0x70) >> 4)) - 132
    return np.where(code & 0x80, -magnitude, magnitude) / 32768.0


_LINEAR = _linear()
