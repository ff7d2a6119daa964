"""Where a packet's audio belongs in the recording, in samples since its start.

Within one RTP stream the sender's timestamps say it exactly, whatever the network did (RFC 3550 5.1). Streams
have no common clock (their timestamps start at random), so each stream is tied to the recording by the
arrival of its first packet: a new SSRC is a new stream. So is a timestamp that strays more than `STRAY_S`
from the arrival: some phones begin anew after a hold without changing their SSRC. This also bounds what a
hostile timestamp can do.
"""

from __future__ import annotations

from telephony.media.spool import SpoolPacket

RATE_HZ = 8000
STRAY_S = 4.0

_STRAY = int(STRAY_S * RATE_HZ)
_HALF, _WHOLE = 1 << 31, 1 << 32


class Timeline:
    """One side of the recording."""

    __slots__ = ("_offset", "_ssrc", "_timestamp")

    def __init__(self) -> None:
        self._ssrc: int | None = None
        self._timestamp = 0
        self._offset = 0

    def place(self, packet: SpoolPacket) -> int:
        """The position of the packet's first sample; it may be before that of an earlier packet."""
        arrived = packet.arrival_ns * RATE_HZ // 1_000_000_000
        if packet.ssrc == self._ssrc:
            # Timestamps wrap at 32 bits; the nearer way round is the way it went.
            step = (packet.rtp_timestamp - self._timestamp + _HALF) % _WHOLE - _HALF
            position = self._offset + step
            if abs(position - arrived) <= _STRAY:
                return max(0, position)
        self._ssrc = packet.ssrc
        self._timestamp = packet.rtp_timestamp
        self._offset = arrived
        return arrived
