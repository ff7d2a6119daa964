"""The two streams of a leg, sans-IO: what we send is one continuous stream, what we receive is counted.

    OutgoingStream   own SSRC; sequence numbers and timestamps run on across prompt, music, bridge, silence;
                     the marker bit says where a source begins (RFC 3551 4.1)
    IncomingStream   RFC 3550 A.1, A.3 and A.8: loss, jitter, reordering, duplicates

Packets that simply follow one another are not told one by one: the packet loop runs them on the settled way
(`telephony.media.way`), and they are booked here together. A source that is a bridge is an offset: our
sequence number is the peer's plus a constant, so that what was lost or reordered before us looks so behind us
too.

Times are monotonic seconds; timestamps and sequence numbers are modulo 2**32 and 2**16.
"""

import struct
from collections import OrderedDict
from enum import Enum, auto

CLOCK_RATE_HZ = 8000
MAX_DROPOUT = 3000  # RFC 3550 A.1
MAX_MISORDER = 100
MARKER = 0x0080
PLAIN_HEADER = 0x8000  # version 2, no padding, no extension, no contributing sources
HEADER = struct.Struct("!HHII")
"""The fixed header in four words; the first holds version, marker and payload type."""
HEADER_SIZE = HEADER.size
SEAM = 800
"""Timestamp units: a source that goes on where another ended leaves out no more of the clock than this."""
NEVER = -1


class Arrival(Enum):
    """How a packet stands to those before it."""

    NEXT = auto()
    AFTER_LOSS = auto()
    LATE = auto()
    DUPLICATE = auto()
    FAR = auto()
    """Too far from the others to belong to them; the next one after it proves a restart (RFC 3550 A.1)."""
    RESTART = auto()
    """A new SSRC, or a jump that only a restarted sender makes."""


class OutgoingStream:
    """What we send on a leg. The header of every packet comes from here."""

    __slots__ = (
        "_begun",
        "_origin_at",
        "_origin_timestamp",
        "_seam",
        "kind",
        "octets",
        "packets",
        "sent_at",
        "sequence",
        "sequence_offset",
        "ssrc",
        "timestamp",
        "timestamp_offset",
        "units",
    )

    def __init__(self, ssrc: int, sequence: int, timestamp: int, now: float) -> None:
        """The start values are random (RFC 3550 5.1); who makes the stream draws them."""
        self.ssrc = ssrc
        self.sequence = sequence
        """Of the packet sent last."""
        self.timestamp = timestamp
        self.sent_at = now
        self.kind = PLAIN_HEADER
        """The first two bytes of a plain audio packet: fixed bits and payload type."""
        self.units = 160
        """Of media time in one packet of our own."""
        self.packets = 0
        self.octets = 0
        """Of payload, as sender reports count them."""
        self.sequence_offset = 0
        self.timestamp_offset = 0
        self._begun = False
        self._seam = False
        self._origin_at = now
        self._origin_timestamp = timestamp

    def configure(self, payload_type: int, ptime_ms: int) -> None:
        self.kind = PLAIN_HEADER | payload_type
        self.units = ptime_ms * CLOCK_RATE_HZ // 1000

    def switch(self, *, seam: bool = False) -> None:
        """Another source speaks from the next packet on; `seam`: it goes on with what the last one said."""
        self._begun = False
        self._seam = seam

    def media_time(self, now: float) -> int:
        """The timestamp of this moment: behind the last packet, and where the clock is if nobody spoke."""
        clock = self._origin_timestamp + round((now - self._origin_at) * CLOCK_RATE_HZ)
        after_last = self.timestamp + (self.units if self.packets else 0)
        ahead = (clock - after_last) & 0xFFFFFFFF
        least = SEAM if self._seam else 0
        return (clock if least <= ahead < 0x80000000 else after_last) & 0xFFFFFFFF

    def next_local(self, now: float) -> tuple[int, int, int]:
        """Header words (kind, sequence, timestamp) of an audio packet that we make ourselves."""
        kind = self.kind
        if self._begun:
            self.timestamp = self.timestamp + self.units & 0xFFFFFFFF
        else:
            self.timestamp = self.media_time(now)
            self._begun = True
            kind |= MARKER
        self.sequence = self.sequence + 1 & 0xFFFF
        self.sent_at = now
        self.packets += 1
        self.octets += self.units
        return kind, self.sequence, self.timestamp

    def next_event(self, payload_type: int, marker: bool, timestamp: int, now: float) -> tuple[int, int, int]:
        """Header words of a telephone-event packet: its timestamp is that of the key press."""
        self.sequence = self.sequence + 1 & 0xFFFF
        self.timestamp = timestamp
        self.sent_at = now
        self.packets += 1
        self.octets += 4
        self._begun = False
        return PLAIN_HEADER | payload_type | (MARKER if marker else 0), self.sequence, timestamp

    def anchor(self, sequence: int, timestamp: int, now: float) -> None:
        """A peer's packet with these numbers is our next one; from it on ours are theirs plus a constant."""
        self._begun = False
        self.sequence_offset = (self.sequence + 1 - sequence) & 0xFFFF
        self.timestamp_offset = (self.media_time(now) - timestamp) & 0xFFFFFFFF

    def next_relayed(
        self, payload_type: int, sequence: int, timestamp: int, now: float, *, marker: bool, octets: int
    ) -> tuple[int, int, int]:
        """Header words of a peer's packet, which may be a late one."""
        sequence = sequence + self.sequence_offset & 0xFFFF
        timestamp = timestamp + self.timestamp_offset & 0xFFFFFFFF
        if (sequence - self.sequence) & 0xFFFF < 0x8000:
            self.sequence = sequence
            self.timestamp = timestamp
            self.sent_at = now
        self.packets += 1
        self.octets += octets
        return PLAIN_HEADER | payload_type | (MARKER if marker else 0), sequence, timestamp

    def book_relayed(self, count: int, octets: int, sequence: int, timestamp: int, sent_at: float) -> None:
        """`count` packets went by on the settled way; the last one was the peer's with these numbers."""
        self.packets += count
        self.octets += octets
        self.sequence = sequence + self.sequence_offset & 0xFFFF
        self.timestamp = timestamp + self.timestamp_offset & 0xFFFFFFFF
        self.sent_at = sent_at

    def book_played(self, octets: int, sequence: int, timestamp: int, sent_at: float) -> None:
        """Frames of a prompt that were sent by themselves (`telephony.media.run`)."""
        self.packets += octets // self.units
        self.octets += octets
        self.sequence, self.timestamp, self.sent_at = sequence, timestamp, sent_at

    def skip_relayed(self) -> None:
        """A packet of the peer is not passed on: the receiver must not take that for loss."""
        self.sequence_offset = self.sequence_offset - 1 & 0xFFFF


class IncomingStream:
    """What the remote sends us, counted; sequence numbers tell what is missing."""

    __slots__ = (
        "_after_far",
        "_base",
        "_cycles",
        "_earlier_expected",
        "_missing",
        "_reported_expected",
        "_reported_received",
        "duplicates",
        "expected",
        "heard_at",
        "jitter",
        "octets",
        "out_of_order",
        "received",
        "restarts",
        "ssrc",
        "transit",
    )

    def __init__(self) -> None:
        self.ssrc = NEVER
        self.expected = NEVER
        """The number that is next; 65536 after 65535."""
        self.received = 0
        """Packets, without duplicates."""
        self.octets = 0
        """Of payload."""
        self.heard_at = 0.0
        self.transit = 0.0
        self.jitter = 0.0
        """In timestamp units (RFC 3550 6.4.1)."""
        self.out_of_order = 0
        self.duplicates = 0
        self.restarts = 0
        self._after_far = NEVER
        self._base = 0
        self._cycles = 0
        self._earlier_expected = 0  # by streams before the last restart
        self._missing: OrderedDict[int, None] = OrderedDict()  # sequence numbers that may still come late
        self._reported_expected = 0
        self._reported_received = 0

    def update(self, sequence: int, timestamp: int | None, ssrc: int, octets: int, now: float) -> Arrival:
        """Count one packet of the locked source. No timestamp: one that says nothing about jitter."""
        self.heard_at = now
        arrival = self._place(sequence, ssrc)
        if arrival is Arrival.DUPLICATE:
            self.duplicates += 1
            return arrival
        if arrival is Arrival.FAR:
            self.out_of_order += 1
            return arrival
        self.received += 1
        self.octets += octets
        if arrival is Arrival.LATE:
            self.out_of_order += 1
        elif timestamp is not None:
            self._measure_jitter(timestamp, now, restart=arrival is Arrival.RESTART)
        return arrival

    def book(self, count: int, octets: int) -> None:
        """`count` packets went by on the settled way, each the next of the one before."""
        self.received += count
        self.octets += octets
        self.expected += count

    def missing(self) -> frozenset[int]:
        """Sequence numbers that may still come late."""
        return frozenset(self._missing)

    @property
    def highest(self) -> int:
        """The extended highest sequence number received."""
        return self._cycles + self.expected - 1 if self.expected != NEVER else 0

    @property
    def expected_packets(self) -> int:
        if self.expected == NEVER:
            return self._earlier_expected
        return self._earlier_expected + self.highest - self._base + 1

    @property
    def lost(self) -> int:
        return max(0, self.expected_packets - self.received)

    def fraction_lost(self) -> int:
        """Loss since the last call in 256ths (RFC 3550 A.3)."""
        expected = self.expected_packets - self._reported_expected
        lost = expected - (self.received - self._reported_received)
        self._reported_expected = self.expected_packets
        self._reported_received = self.received
        return min(255, (lost << 8) // expected) if expected > 0 and lost > 0 else 0

    def _place(self, sequence: int, ssrc: int) -> Arrival:
        if ssrc != self.ssrc:
            return self._restart(sequence, ssrc)
        ahead = (sequence - self.expected) & 0xFFFF
        if ahead < MAX_DROPOUT:
            return self._advance(sequence, ahead)
        behind = 0x10000 - ahead
        if behind > MAX_MISORDER:
            if sequence == self._after_far:
                return self._restart(sequence, ssrc)
            self._after_far = sequence + 1 & 0xFFFF
            return Arrival.FAR
        if sequence in self._missing:
            del self._missing[sequence]
            return Arrival.LATE
        return Arrival.DUPLICATE

    def _advance(self, sequence: int, ahead: int) -> Arrival:
        for gap in range(max(0, ahead - MAX_MISORDER), ahead):
            self._missing[self.expected + gap & 0xFFFF] = None
        while self._missing and (sequence - next(iter(self._missing))) & 0xFFFF > MAX_MISORDER:
            self._missing.popitem(last=False)
        if self.expected + ahead > 0xFFFF:
            self._cycles += 0x10000
        self.expected = sequence + 1
        return Arrival.AFTER_LOSS if ahead else Arrival.NEXT

    def _restart(self, sequence: int, ssrc: int) -> Arrival:
        self._earlier_expected = self.expected_packets
        if self.expected != NEVER:
            self.restarts += 1
        self._missing.clear()
        self._after_far = NEVER
        self._base = sequence
        self._cycles = 0
        self.ssrc = ssrc
        self.expected = sequence + 1
        return Arrival.RESTART

    def _measure_jitter(self, timestamp: int, now: float, *, restart: bool) -> None:
        """RFC 3550 A.8; a jump of more than ten seconds is a new timeline (or wrap-around), not jitter."""
        transit = now * CLOCK_RATE_HZ - timestamp
        change = abs(transit - self.transit)
        self.transit = transit
        if change < 10 * CLOCK_RATE_HZ and not restart:
            self.jitter += (change - self.jitter) / 16
