"""Telephones that say one tone each, and know by its frequency whom they hear.

A `HearingPhone` keeps every packet that it hears. What it hears *now* is a spectrum over the last `WINDOW_S`; what it
ever heard is the loudest over all such windows; whether its stream was broken is asked of sequence numbers and
timestamps. Its SIP is the demo's phone, on the event loop of the test; `tone_phone` has one on a thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cordboard.demo.phone import Call, Phone
from cordboard.demo.talker import FRAME, Metronome, Talker
from telephony.calls import negotiation
from telephony.media.errors import RemoteProtocolError
from telephony.media.g711 import ALAW_TO_LINEAR, ULAW_TO_LINEAR
from telephony.media.rtp import RtpPacket, is_rtcp
from telephony.sip import events as sip
from telephony.sip.address import Address
from telephony.sip.defence.overload import OverloadLimits
from telephony.sip.uri import SipUri
from tests.interop.kit.tones import RATE_HZ, mulaw

TONES_HZ = {"caller": 455, "ann": 735, "bob": 1015, "sue": 1365, "guest": 1855}
"""No frame of 20 ms holds whole periods: a frame too few or too many turns the phase."""
AMPLITUDE = 4000.0
WINDOW_S = 0.8
DEADLINE_S = 30.0
Samples = npt.NDArray[np.float64]


class ToneTalker(Talker):
    """Says its tone without end, and keeps what it hears."""

    def __init__(self, metronome: Metronome, ssrc: int, *, tone_hz: float) -> None:
        super().__init__(metronome, ssrc)
        period = np.arange(RATE_HZ // 5) / RATE_HZ  # 200 ms hold whole periods of every tone
        codes = mulaw(AMPLITUDE / 32768 * np.sin(2 * np.pi * tone_hz * period))
        self._tone = [codes[at : at + FRAME] for at in range(0, len(codes), FRAME)]
        self.heard: list[RtpPacket] = []
        self.arrivals: list[float] = []

    def tick(self) -> None:
        if not self._frames:
            self._frames.extend(self._tone)
        super().tick()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        super().datagram_received(data, addr)
        if is_rtcp(data):
            return
        try:
            self.heard.append(RtpPacket.parse(data))
        except RemoteProtocolError:
            return
        self.arrivals.append(time.monotonic())


def played(packets: Iterable[RtpPacket]) -> Samples:
    """What a listener gets who goes by the timestamps."""
    audio = [packet for packet in packets if packet.payload_type in (0, 8)]
    if not audio:
        return np.zeros(0)
    first = audio[0].timestamp
    length = (audio[-1].timestamp - first & 0xFFFFFFFF) + len(audio[-1].payload)
    samples = np.zeros(length)
    for packet in audio:
        table = ALAW_TO_LINEAR if packet.payload_type == 8 else ULAW_TO_LINEAR
        at = packet.timestamp - first & 0xFFFFFFFF
        part = table[np.frombuffer(packet.payload, dtype=np.uint8)][: max(0, length - at)]
        samples[at : at + len(part)] = part
    return samples


def amplitude(samples: Samples, frequency_hz: float) -> float:
    """Of that tone, by a Hann window: others are 60 dB down."""
    return float(abs(np.dot(samples, _matched(len(samples), frequency_hz)))) if len(samples) else 0.0


@lru_cache(maxsize=32)
def _matched(length: int, frequency_hz: float) -> npt.NDArray[np.complex128]:
    window = np.hanning(length)
    turning = np.exp(-2j * np.pi * frequency_hz * np.arange(length) / RATE_HZ)
    return np.asarray(2 * window * turning / np.sum(window))


def tones_in(samples: Samples) -> set[str]:
    """Who is heard: within 12 dB of what they say."""
    return {name for name, hz in TONES_HZ.items() if amplitude(samples, hz) > AMPLITUDE / 4}


class HearingPhone(Phone):
    """A telephone that answers at once, if it is told to."""

    def __init__(self, name: str, server: Address, metronome: Metronome, *, answers: bool = True) -> None:
        tone_hz = TONES_HZ.get(name, TONES_HZ["caller"])
        super().__init__(name, server, metronome, new_talker=partial(ToneTalker, tone_hz=tone_hz))
        self._answers = answers
        self._answering: asyncio.Task[None] | None = None
        self.last_failure = ""

    async def start(self) -> None:
        await super().start()
        # The test and its phones share a loop; that this one is late at times is no reason to refuse a call.
        self._endpoint.gate.overload.limits = OverloadLimits(lag_high_s=60.0, lag_low_s=60.0)
        if self._answers:
            self._answering = asyncio.create_task(self._answer_all(), name=f"{self.name} answers")

    async def close(self) -> None:
        if self._answering is not None:
            self._answering.cancel()
            await asyncio.gather(self._answering, return_exceptions=True)
        await super().close()

    def _on_event(self, event: sip.Event) -> None:
        if isinstance(event, sip.CallFailed):
            self.last_failure = f": {event.status} {event.reason}"
        super()._on_event(event)

    async def _answer_all(self) -> None:
        while True:
            await (await self.incoming.get()).answer()

    @property
    def call(self) -> Call:
        assert self._call is not None, f"{self.name} is in no call"
        return self._call

    @property
    def is_in_call(self) -> bool:
        return self._call is not None

    @property
    def ear(self) -> ToneTalker:
        assert isinstance(self.call.talker, ToneTalker)
        return self.call.talker

    def said(self) -> str:
        """Who this is, and how much went to and fro; for who reads of a failure."""
        if self._call is None:
            return f"{self.name} (in no call{self.last_failure})"
        return f"{self.name} (sent {self.ear.packets_sent}, heard {len(self.ear.heard)})"

    def hears(self) -> set[str]:
        """Whom, over the last window; nobody before there is one."""
        if self._call is None or not self.ear.arrivals or time.monotonic() - self.ear.arrivals[-1] > WINDOW_S:
            return set()
        packets = self.ear.heard[-int(WINDOW_S * 50) :]
        samples = played(packets)[-int(WINDOW_S * RATE_HZ) :]
        return tones_in(samples) if len(samples) >= WINDOW_S * RATE_HZ else set()

    def ever_heard(self, since: int = 0) -> set[str]:
        """Whom, in any part of the call since that many packets."""
        samples = played(self.ear.heard[since:])
        step = int(WINDOW_S * RATE_HZ / 4)
        windows = [samples[at : at + step] for at in range(0, max(1, len(samples) - step), step // 2)]
        return set().union(*(tones_in(window) for window in windows))

    def hold(self, *, held: bool = True) -> None:
        """Put the other side on hold, or take them back."""
        session = self.call.session
        assert session is not None
        ours = self._agent.local_description(session)
        direction = negotiation.HOLD if held else negotiation.TALK
        self._agent.reoffer(session, negotiation.offer_again(ours, direction), time.monotonic())
        self._endpoint.flush()

    def transfer(self, target: str) -> None:
        """Ask the server to give the other side to somebody else (REFER)."""
        session = self.call.session
        assert session is not None
        uri = SipUri(scheme="sip", user=target, host=self._server.host, port=self._server.port)
        self._agent.refer(session, time.monotonic(), target=uri)
        self._endpoint.flush()


async def eventually(
    holds: Callable[[], bool], what: Callable[[], str], deadline_s: float = DEADLINE_S
) -> None:
    """Wait until it holds, however slow the machine is; say what is instead if it never does."""
    ends = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < ends, what()
        await asyncio.sleep(0.2)


async def hear(expected: dict[HearingPhone, set[str]]) -> None:
    """Wait until everybody hears exactly whom they should."""
    await eventually(
        lambda: all(phone.hears() == wanted for phone, wanted in expected.items()),
        lambda: "; ".join(
            f"{phone.said()} hears {sorted(phone.hears())}, not {sorted(wanted)}"
            for phone, wanted in expected.items()
        ),
    )


def amplitude_of_all(phone: HearingPhone) -> float:
    """Of everything that is heard in the last second, by its power."""
    samples = played(phone.ear.heard[-50:])
    return float(np.sqrt(2 * np.mean(samples**2)))


def losses(packets: list[RtpPacket]) -> list[str]:
    """Where one stream is not one: a number that is missing or doubled, another source."""
    return [
        f"{other.sequence} after {one.sequence}"
        for one, other in pairwise(packets)
        if other.sequence - one.sequence & 0xFFFF != 1 or one.ssrc != other.ssrc
    ]


def breaks(packets: list[RtpPacket]) -> list[str]:
    """The same, and where the timestamps step: nothing was said, or the machine was too busy to say it."""
    found = []
    for one, other in pairwise(packets):
        step = other.sequence - one.sequence & 0xFFFF, other.timestamp - one.timestamp & 0xFFFFFFFF
        if step != (1, FRAME) or one.ssrc != other.ssrc:
            found.append(f"after {one.sequence}: number +{step[0]}, timestamp +{step[1]}")
    return found


def phase_steps(packets: list[RtpPacket], frequency_hz: float) -> float:
    """The largest step of a tone's phase from one 20 ms to the next, in radians; a click or a gap is one."""
    samples = played(packets)
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    turning = np.exp(-2j * np.pi * frequency_hz * np.arange(frames.size) / RATE_HZ).reshape(-1, FRAME)
    phasors = (frames * turning).mean(axis=1)
    return float(np.max(np.abs(np.angle(phasors[1:] * np.conj(phasors[:-1])))))
