"""The audio half of a simulated telephone: RTP out every 20 ms, digits among it, and an ear for what comes
in.

One `Metronome` a process beats for all talkers: a tick walks them and sends a packet each. That is light
enough for some dozens of people, and it is not the server's media path: nothing here is shared with it but
the packet formats.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

import numpy as np

from telephony.media.dtmf import DigitSender
from telephony.media.errors import RemoteProtocolError
from telephony.media.g711 import ALAW_TO_LINEAR, ULAW_SILENCE, ULAW_TO_ALAW, ULAW_TO_LINEAR
from telephony.media.messages import RemoteMedia
from telephony.media.rtp import RtpPacket, is_rtcp

FRAME_S = 0.020
FRAME = 160
SILENCE = bytes([ULAW_SILENCE]) * FRAME
AUDIBLE = 500.0
"""Mean magnitude of 16-bit samples above which a frame is sound: about -36 dBFS."""


class Talker(asyncio.DatagramProtocol):
    """Sends to one remote end what it is told to say; notes when it hears sound."""

    def __init__(self, metronome: Metronome, ssrc: int) -> None:
        self._metronome = metronome
        self._ssrc = ssrc
        self._frames: deque[bytes] = deque()
        self._digits = DigitSender()
        self._sequence, self._timestamp = ssrc & 0xFFFF, ssrc >> 4
        self._transport: asyncio.DatagramTransport | None = None
        self._remote: RemoteMedia | None = None
        self.heard_sound = asyncio.Event()
        self.packets_sent = 0
        self.packets_received = 0

    async def open(self, host: str) -> int:
        """Take a port; returns it."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    def close(self) -> None:
        """Fall silent for good."""
        self._metronome.talkers.discard(self)
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def connect(self, remote: RemoteMedia) -> None:
        """Begin to send, silence at first; a second time only changes where to."""
        self._remote = remote
        self._metronome.talkers.add(self)

    def say(self, audio: bytes) -> float:
        """Say this (mu-law) after what is being said; returns how long it takes from now in seconds."""
        whole = len(audio) - len(audio) % FRAME
        self._frames.extend(audio[start : start + FRAME] for start in range(0, whole, FRAME))
        return len(self._frames) * FRAME_S

    def press(self, digits: str) -> None:
        """Send digits by RFC 4733, if the other end takes them."""
        self._digits.queue(digits)

    def tick(self) -> None:
        """Send the packet of these 20 ms."""
        remote = self._remote
        if self._transport is None or remote is None:
            return
        if remote.sending:
            self._transport.sendto(bytes(self._next_packet(remote)), (remote.host, remote.port))
            self.packets_sent += 1
            self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + FRAME) & 0xFFFFFFFF

    def _next_packet(self, remote: RemoteMedia) -> RtpPacket:
        event = self._digits.next_packet(self._timestamp) if remote.dtmf_payload_type is not None else None
        if event is not None and remote.dtmf_payload_type is not None:
            kind, at, payload, marker = remote.dtmf_payload_type, event.timestamp, event.payload, event.marker
        else:
            audio = self._frames.popleft() if self._frames else SILENCE
            payload = audio.translate(ULAW_TO_ALAW) if remote.codec == "PCMA" else audio
            kind, at, marker = remote.payload_type, self._timestamp, self.packets_sent == 0
        return RtpPacket(kind, self._sequence, at, self._ssrc, payload, marker)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Listen."""
        del addr
        if is_rtcp(data):
            return
        try:
            packet = RtpPacket.parse(data)
        except RemoteProtocolError:
            return  # not for a simulated person to judge
        self.packets_received += 1
        if not self.heard_sound.is_set() and len(packet.payload) == FRAME:
            table = ALAW_TO_LINEAR if packet.payload_type == 8 else ULAW_TO_LINEAR
            samples = table[np.frombuffer(packet.payload, dtype=np.uint8)]
            if float(np.abs(samples.astype(np.float32)).mean()) > AUDIBLE:
                self.heard_sound.set()


class Metronome:
    """One beat for all talkers of a process."""

    def __init__(self) -> None:
        self.talkers: set[Talker] = set()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Metronome:
        self._task = asyncio.create_task(self._beat(), name="metronome")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            for talker in tuple(self.talkers):
                talker.tick()
            due += FRAME_S
            if (late := loop.time() - due) > 10 * FRAME_S:
                due += late  # the process was stopped for a while: do not send in one burst what is past
            await asyncio.sleep(due - loop.time())
