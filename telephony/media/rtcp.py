"""RTCP packets (RFC 3550 section 6): sender and receiver reports, source description, goodbye.

`parse_compound` reads a datagram into the packets it holds, `compound` joins packets into one. Types that
this room has no use for (APP, feedback, extended reports) are kept as `UnknownRtcp`: ordinary, not an error.
Hostile bytes raise `RemoteProtocolError` and nothing else.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from telephony.media.errors import RemoteProtocolError

SENDER_REPORT, RECEIVER_REPORT, SOURCE_DESCRIPTION, GOODBYE = 200, 201, 202, 203
CNAME = 1
NTP_EPOCH_OFFSET_S = 2_208_988_800  # 1900 to 1970

_HEADER = struct.Struct("!BBH")
_SENDER = struct.Struct("!IIIII")
_BLOCK = struct.Struct("!IIIIII")


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What a receiver says about one source (RFC 3550 6.4.1)."""

    ssrc: int
    fraction_lost: int
    """In 256ths, since the previous report."""
    lost: int
    """Cumulative, 24 bits signed: duplicates can make it negative."""
    highest_sequence: int
    jitter: int
    """In timestamp units."""
    last_sender_report: int
    """Middle 32 bits of the NTP time of the last SR; 0 if none."""
    delay_since_last: int
    """In 65536ths of a second."""

    @classmethod
    def parse(cls, data: bytes, position: int) -> "ReportBlock":
        ssrc, loss, highest, jitter, last, delay = _BLOCK.unpack_from(data, position)
        lost = loss & 0xFFFFFF
        return cls(ssrc, loss >> 24, lost - (lost >> 23 << 24), highest, jitter, last, delay)

    def __bytes__(self) -> bytes:
        lost = max(-0x800000, min(0x7FFFFF, self.lost)) & 0xFFFFFF
        return _BLOCK.pack(
            self.ssrc,
            self.fraction_lost << 24 | lost,
            self.highest_sequence,
            self.jitter,
            self.last_sender_report,
            self.delay_since_last,
        )


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp_time: int
    """64 bits: seconds since 1900 and their fraction."""
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...] = ()

    def __bytes__(self) -> bytes:
        ntp = self.ntp_time
        packets, octets = self.packets & 0xFFFFFFFF, self.octets & 0xFFFFFFFF
        body = _SENDER.pack(ntp >> 32, ntp & 0xFFFFFFFF, self.timestamp, packets, octets)
        return _packet(
            SENDER_REPORT, len(self.blocks), struct.pack("!I", self.ssrc) + body + _join(self.blocks)
        )


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()

    def __bytes__(self) -> bytes:
        return _packet(RECEIVER_REPORT, len(self.blocks), struct.pack("!I", self.ssrc) + _join(self.blocks))


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """Canonical names by source; other items are dropped on the way in."""

    names: tuple[tuple[int, str], ...]

    def __bytes__(self) -> bytes:
        chunks = []
        for ssrc, name in self.names:
            text = name.encode()[:255]
            chunk = struct.pack("!IBB", ssrc, CNAME, len(text)) + text
            chunks.append(chunk + bytes(4 - len(chunk) % 4))  # at least one zero ends the list of items
        return _packet(SOURCE_DESCRIPTION, len(chunks), b"".join(chunks))


@dataclass(frozen=True, slots=True)
class Goodbye:
    sources: tuple[int, ...]

    def __bytes__(self) -> bytes:
        return _packet(GOODBYE, len(self.sources), struct.pack(f"!{len(self.sources)}I", *self.sources))


@dataclass(frozen=True, slots=True)
class UnknownRtcp:
    packet_type: int
    count: int
    body: bytes

    def __bytes__(self) -> bytes:
        return _packet(self.packet_type, self.count, self.body)


RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Goodbye | UnknownRtcp


def compound(packets: Sequence[RtcpPacket]) -> bytes:
    """One datagram of several packets; a report comes first (RFC 3550 6.1)."""
    return _join(packets)


def parse_compound(data: bytes | bytearray | memoryview) -> tuple[RtcpPacket, ...]:
    """All packets of one datagram."""
    data = bytes(data)
    if len(data) < 4:
        raise RemoteProtocolError(f"RTCP packet is {len(data)} bytes, shorter than its header")
    packets: list[RtcpPacket] = []
    position = 0
    while position < len(data):
        if len(data) < position + 4:
            raise RemoteProtocolError("RTCP compound has trailing bytes")
        first, packet_type, words = _HEADER.unpack_from(data, position)
        if first >> 6 != 2:
            raise RemoteProtocolError(f"RTCP version is {first >> 6}, not 2")
        end = position + 4 + 4 * words
        if len(data) < end:
            raise RemoteProtocolError("RTCP packet is truncated")
        body = data[position + 4 : end]
        if first & 0x20:
            if not body or body[-1] == 0 or body[-1] > len(body):
                raise RemoteProtocolError("RTCP padding does not fit the packet")
            body = body[: -body[-1]]
        packets.append(_parse_body(packet_type, first & 0x1F, body))
        position = end
    return tuple(packets)


def ntp_time(utc_s: float) -> int:
    """Seconds since 1970 as a 64-bit NTP time."""
    return round((utc_s + NTP_EPOCH_OFFSET_S) * 2**32) & 0xFFFFFFFFFFFFFFFF


def middle_bits(ntp: int) -> int:
    """The 32 bits that reports carry of an NTP time: 16 of seconds, 16 of fraction."""
    return ntp >> 16 & 0xFFFFFFFF


def round_trip_s(block: ReportBlock, now_ntp: int) -> float | None:
    """How long a report of ours and its answer were on the way (RFC 3550 6.4.1); None if it answers none."""
    if block.last_sender_report == 0:
        return None
    elapsed = (middle_bits(now_ntp) - block.last_sender_report - block.delay_since_last) & 0xFFFFFFFF
    # A clock that stepped, or a peer that invents figures, gives a difference that no network has.
    return elapsed / 65536 if elapsed < 60 * 65536 else None


def _parse_body(packet_type: int, count: int, body: bytes) -> RtcpPacket:
    if packet_type == SENDER_REPORT:
        _require(len(body) >= 24 + 24 * count, "RTCP sender report is truncated")
        (ssrc,) = struct.unpack_from("!I", body)
        high, low, timestamp, packets, octets = _SENDER.unpack_from(body, 4)
        return SenderReport(ssrc, high << 32 | low, timestamp, packets, octets, _blocks(body, 24, count))
    if packet_type == RECEIVER_REPORT:
        _require(len(body) >= 4 + 24 * count, "RTCP receiver report is truncated")
        return ReceiverReport(struct.unpack_from("!I", body)[0], _blocks(body, 4, count))
    if packet_type == SOURCE_DESCRIPTION:
        return SourceDescription(tuple(_names(body, count)))
    if packet_type == GOODBYE:
        _require(len(body) >= 4 * count, "RTCP goodbye is truncated")
        return Goodbye(struct.unpack_from(f"!{count}I", body))
    return UnknownRtcp(packet_type, count, body)


def _blocks(body: bytes, position: int, count: int) -> tuple[ReportBlock, ...]:
    return tuple(ReportBlock.parse(body, position + 24 * index) for index in range(count))


def _names(body: bytes, count: int) -> Iterable[tuple[int, str]]:
    position = 0
    for _ in range(count):
        _require(len(body) >= position + 4, "RTCP source description is truncated")
        (ssrc,) = struct.unpack_from("!I", body, position)
        position += 4
        while True:
            _require(len(body) > position, "RTCP source description is truncated")
            if body[position] == 0:
                position += 4 - position % 4
                break
            _require(len(body) >= position + 2, "RTCP source description is truncated")
            kind, length = body[position], body[position + 1]
            text = body[position + 2 : position + 2 + length]
            _require(len(text) == length, "RTCP source description is truncated")
            if kind == CNAME:
                yield ssrc, text.decode(errors="replace")
            position += 2 + length


def _packet(packet_type: int, count: int, body: bytes) -> bytes:
    return _HEADER.pack(0x80 | count, packet_type, len(body) // 4) + body


def _join(parts: Iterable[RtcpPacket | ReportBlock]) -> bytes:
    return b"".join(bytes(part) for part in parts)


def _require(condition: bool, why: str) -> None:
    if not condition:
        raise RemoteProtocolError(why)
