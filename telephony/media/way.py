"""The settled way of a packet: all that the packet loop needs for packets that simply follow one another.

While a stream runs on without anything new (same source, same size, next sequence number, same destination) the
loop reads and writes this one small object and no other; how many packets went by follows from the sequence
numbers. Before anybody looks at the figures, and whenever the way changes, the leg books what has passed to
its streams (`Leg.book`). A way whose `kind` is CLOSED takes no packet: each goes to `hearing.hear`.
"""

from collections.abc import Callable
from typing import Final

from telephony.media.sinks import Sink
from telephony.media.stream import CLOCK_RATE_HZ

CLOSED: Final = -1
Send = Callable[[memoryview], int]
Receive = Callable[[bytearray], int]


class Way:
    """Flat and mutable, one a leg; `Leg` opens and closes it, the packet loop runs it."""

    __slots__ = (
        "begun",
        "channel",
        "codec",
        "expected",
        "failures",
        "heard_at",
        "jitter",
        "kind",
        "out_kind",
        "out_ssrc",
        "receive",
        "send",
        "sequence_offset",
        "sink",
        "size",
        "ssrc",
        "timestamp_offset",
        "transit",
        "translate",
        "view",
    )

    def __init__(self) -> None:
        # What a packet must look like.
        self.receive: Receive | None = None
        self.kind = CLOSED
        self.size = 0
        self.ssrc = 0
        self.expected = 0
        """Its sequence number; 65536, which no packet has, leads wrap-around to the leg."""
        # What becomes of it.
        self.sink: Sink | None = None
        self.channel = 0
        self.codec = 0
        self.send: Send | None = None
        """None: nobody is bridged with us, or may be sent to."""
        self.translate: bytes | None = None
        self.out_kind = 0
        self.out_ssrc = 0
        self.sequence_offset = 0
        self.timestamp_offset = 0
        self.view = memoryview(b"")
        """The packet buffer's first `size` bytes."""
        # What is kept of it.
        self.begun = 0
        """`expected` when this was last booked."""
        self.heard_at = 0.0
        self.transit = 0.0
        self.jitter = 0.0
        self.failures = 0

    @property
    def passed(self) -> int:
        """Packets since the last booking."""
        return self.expected - self.begun

    @property
    def timestamp(self) -> int:
        """Of the last packet: the way keeps arrival and transit only."""
        return round(self.heard_at * CLOCK_RATE_HZ - self.transit) & 0xFFFFFFFF
