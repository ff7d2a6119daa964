"""RTP packets (RFC 3550 section 5): bytes in, a frozen dataclass out, and back.

The packet loop reads the twelve fixed bytes by itself; it comes here only for packets that are anything but
plain (extension, contributing sources, padding). Hostile bytes raise `RemoteProtocolError` and nothing else.
"""

import struct
from dataclasses import dataclass

from telephony.media.errors import LocalProtocolError, RemoteProtocolError

HEADER = struct.Struct("!BBHII")
HEADER_SIZE = HEADER.size
VERSION = 2

# RFC 3551 section 6 and RFC 3389: the static payload types of this room.
PCMU_PAYLOAD_TYPE = 0
PCMA_PAYLOAD_TYPE = 8
COMFORT_NOISE_PAYLOAD_TYPE = 13


def is_rtcp(data: bytes | bytearray | memoryview) -> bool:
    """Whether a packet on a shared port is RTCP: its second byte is 192 to 223 (RFC 5761 section 4)."""
    return len(data) >= 2 and 192 <= data[1] <= 223


def is_dtls(data: bytes | bytearray | memoryview) -> bool:
    """Whether a packet on a shared port is DTLS: its first byte is 20 to 63 (RFC 7983 section 7)."""
    return len(data) > 0 and 20 <= data[0] <= 63


@dataclass(frozen=True, slots=True)
class HeaderExtension:
    """RFC 3550 5.3.1: a profile word and whole 32-bit words of data."""

    profile: int
    data: bytes


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One RTP packet; padding is taken off on the way in and never put on."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False
    contributors: tuple[int, ...] = ()
    extension: HeaderExtension | None = None

    @classmethod
    def parse(cls, data: bytes | bytearray | memoryview) -> "RtpPacket":
        """Read one datagram."""
        data = bytes(data)
        if len(data) < HEADER_SIZE:
            raise RemoteProtocolError(f"RTP packet is {len(data)} bytes, shorter than its header")
        first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
        if first >> 6 != VERSION:
            raise RemoteProtocolError(f"RTP version is {first >> 6}, not 2")
        position = HEADER_SIZE + 4 * (first & 0x0F)
        if len(data) < position:
            raise RemoteProtocolError("RTP contributing sources are truncated")
        contributors = struct.unpack_from(f"!{first & 0x0F}I", data, HEADER_SIZE)
        extension = None
        if first & 0x10:
            extension, position = _parse_extension(data, position)
        return cls(
            payload_type=second & 0x7F,
            sequence=sequence,
            timestamp=timestamp,
            ssrc=ssrc,
            payload=data[position : _end_of_payload(data, position) if first & 0x20 else len(data)],
            marker=bool(second & 0x80),
            contributors=contributors,
            extension=extension,
        )

    def __bytes__(self) -> bytes:
        if not 0 <= self.payload_type <= 127:
            raise LocalProtocolError(f"RTP payload type {self.payload_type} does not fit seven bits")
        if len(self.contributors) > 15:
            raise LocalProtocolError(f"RTP allows 15 contributing sources, not {len(self.contributors)}")
        first = VERSION << 6 | (0x10 if self.extension else 0) | len(self.contributors)
        second = (0x80 if self.marker else 0) | self.payload_type
        parts = [
            HEADER.pack(first, second, self.sequence, self.timestamp, self.ssrc),
            struct.pack(f"!{len(self.contributors)}I", *self.contributors),
        ]
        if self.extension:
            if len(self.extension.data) % 4:
                raise LocalProtocolError("RTP header extension is not a whole number of 32-bit words")
            parts.append(struct.pack("!HH", self.extension.profile, len(self.extension.data) // 4))
            parts.append(self.extension.data)
        return b"".join((*parts, self.payload))


def _parse_extension(data: bytes, position: int) -> tuple[HeaderExtension, int]:
    if len(data) < position + 4:
        raise RemoteProtocolError("RTP header extension is truncated")
    profile, words = struct.unpack_from("!HH", data, position)
    start, end = position + 4, position + 4 + 4 * words
    if len(data) < end:
        raise RemoteProtocolError("RTP header extension is truncated")
    return HeaderExtension(profile, data[start:end]), end


def _end_of_payload(data: bytes, start: int) -> int:
    """Where the payload of a padded packet ends: its last byte counts the padding (RFC 3550 5.1)."""
    padding = data[-1]
    if padding == 0 or len(data) - padding < start:
        raise RemoteProtocolError(f"RTP padding of {padding} bytes does not fit the packet")
    return len(data) - padding
