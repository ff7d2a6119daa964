"""Makes spool files as a worker would: real RTP in the real format, with whatever the network did to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from telephony.media.g711 import Samples, linear_to_alaw, linear_to_ulaw
from telephony.media.rtp import RtpPacket
from telephony.media.spool import PACKET_HEADER, file_header

RATE_HZ = 8000
FRAME = 160
STARTED_AT = 1_772_442_000.0


@dataclass(frozen=True, slots=True)
class Sent:
    """One packet on its way into a spool."""

    arrival_s: float
    channel: int
    codec: int
    rtp: RtpPacket

    def __bytes__(self) -> bytes:
        data = bytes(self.rtp)
        return PACKET_HEADER.pack(self.arrival_s, self.channel, self.codec, len(data)) + data


def tone(hz: float, seconds: float, amplitude: float = 8000.0) -> Samples:
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return (amplitude * np.sin(2 * np.pi * hz * at)).astype(np.int16)


def stream(
    channel: int,
    samples: Samples,
    *,
    start_s: float = 0.0,
    ssrc: int = 0,
    first_timestamp: int = 1000,
    alaw: bool = False,
) -> list[Sent]:
    """Samples as packets of 20 ms that arrive when they should."""
    encode = linear_to_alaw if alaw else linear_to_ulaw
    payload_type = 8 if alaw else 0
    sent = []
    for number in range(len(samples) // FRAME):
        chunk = samples[number * FRAME : (number + 1) * FRAME]
        timestamp = (first_timestamp + number * FRAME) % 2**32
        rtp = RtpPacket(payload_type, number % 2**16, timestamp, ssrc or 100 + channel, encode(chunk))
        sent.append(Sent(start_s + number * 0.02, channel, payload_type, rtp))
    return sent


def write_spool(path: Path, packets: Iterable[Sent]) -> Path:
    """In order of arrival, as a worker writes."""
    in_order = sorted(packets, key=lambda sent: sent.arrival_s)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file_header(STARTED_AT) + b"".join(map(bytes, in_order)))
    return path
