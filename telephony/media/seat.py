"""One leg's seat in a conference: what it said and was not mixed yet, and whom it hears.

Packets come in as the network brings them; the mixer takes 20 ms at a time. Between them stands a queue of mu-law
octets that begins to give only when a frame and a margin are there, is silent where packets are missing, and
drops its oldest when the remote's clock runs ahead. A wide seat (`wide_mixing`) keeps samples at 16 kHz instead.
Who hears whom is a matter of roles:

    A hears B    if A's `hears` names B's role (or is None: everybody) and B's `heard_by` names A's (or is None)

    conference   all None              hold      hears nobody, heard by nobody
    listen       heard by nobody       whisper   heard by the agent alone
"""

from typing import TYPE_CHECKING, Final, NamedTuple

from telephony.media.errors import RemoteProtocolError
from telephony.media.g711 import ALAW_TO_ULAW, ULAW_SILENCE
from telephony.media.resampling import Decimator, Interpolator
from telephony.media.rtp import PCMA_PAYLOAD_TYPE, RtpPacket
from telephony.media.stream import HEADER, HEADER_SIZE, MARKER, PLAIN_HEADER

if TYPE_CHECKING:
    from telephony.media.leg import Leg

FRAME: Final = 160
"""Samples of 20 ms at 8 kHz."""
MARGIN: Final = 80
"""More than a frame that must be there before the first is taken: 10 ms of jitter do no harm."""
LONGEST: Final = 1280
"""Samples queued at most; beyond that the oldest are dropped down to a frame and the margin."""
LONGEST_GAP: Final = 800
"""A gap of the timestamps up to this is filled with silence; a longer one is a pause of the speaker."""
SILENCE: Final = bytes((ULAW_SILENCE,))
WIDE_UNIT: Final = 4
"""Octets of 16-bit samples at 16 kHz in the time of one sample at 8 kHz."""


class SeatFilters(NamedTuple):
    """Of a seat in a wide room: what its G.711 leg says and hears, and what a prompt says to it."""

    up: Interpolator
    down: Decimator
    prompt: Interpolator


class Seat:
    """A `Sink` of its leg; made and emptied by the mixer."""

    __slots__ = (
        "_expected",
        "_ssrc",
        "conference_id",
        "dropped",
        "filling",
        "filters",
        "heard",
        "heard_by",
        "hears",
        "in_wide_room",
        "is_wide",
        "leg",
        "out",
        "patience",
        "role",
        "underruns",
    )

    def __init__(
        self,
        leg: "Leg",
        conference_id: str,
        role: str,
        hears: frozenset[str] | None = None,
        heard_by: frozenset[str] | None = None,
    ) -> None:
        self.leg = leg
        self.conference_id = conference_id
        self.role = role
        self.hears = hears
        self.heard_by = heard_by
        self.filling = True
        """Not enough is there to begin with."""
        self.underruns = 0
        """Times the queue ran empty while the remote spoke."""
        self.dropped = 0
        """Samples given up because too many were there."""
        self.patience = 0
        """Frames that the leg is sent nothing for, as long as nobody it hears has begun (`telephony.media.seam`)."""
        self.out = bytearray()
        """Mixed for this leg and not sent yet: less than one packet."""
        self.heard = bytearray()
        """What was said and not mixed yet."""
        self.in_wide_room = False
        self.is_wide = False
        """Samples at 16 kHz go in and out; else mu-law."""
        self.filters: SeatFilters | None = None
        self._expected: int | None = None
        self._ssrc = 0

    @property
    def unit(self) -> int:
        """Octets in the time of one sample at 8 kHz."""
        return WIDE_UNIT if self.is_wide else 1

    def can_hear(self, other: "Seat") -> bool:
        if other is self:
            return False
        return (self.hears is None or other.role in self.hears) and (
            other.heard_by is None or self.role in other.heard_by
        )

    def write(self, channel: int, codec: int, packet: memoryview, size: int, arrival: float) -> None:  # noqa: ARG002
        """One packet of what the leg says."""
        kind, _, timestamp, ssrc = HEADER.unpack_from(packet)
        if kind & 0xFF00 == PLAIN_HEADER:
            payload = bytes(packet[HEADER_SIZE:size])
        else:
            try:
                payload = RtpPacket.parse(packet[:size]).payload
            except RemoteProtocolError:
                return  # the leg has counted it
        if codec == PCMA_PAYLOAD_TYPE:
            payload = payload.translate(ALAW_TO_ULAW)
        self.queue(payload, timestamp, ssrc, begins=bool(kind & MARKER))

    def take(self) -> bytes | None:
        """The next 20 ms; None: nothing is said."""
        heard, size = self.heard, FRAME * self.unit
        if self.filling:
            if len(heard) < size + MARGIN * self.unit:
                return None
            self.filling = False
        if len(heard) < size:
            self.filling = True
            if not heard:
                self.underruns += 1
                return None
        frame = bytes(heard[:size])
        del heard[:size]
        return frame.ljust(size, self._silence)

    def rest(self) -> list[bytes]:
        """All whole frames that were not mixed yet; nothing is kept."""
        heard, self.heard = bytes(self.heard), bytearray()
        size = FRAME * self.unit
        return [heard[at : at + size] for at in range(0, len(heard) - size + 1, size)]

    @property
    def _silence(self) -> bytes:
        return b"\0" if self.is_wide else SILENCE

    def queue(self, payload: bytes, timestamp: int, ssrc: int, *, begins: bool) -> None:
        """Audio in the seat's format, with an RTP timestamp at 8 kHz."""
        ahead = 0
        if self._expected is not None and ssrc == self._ssrc and not begins:
            ahead = (timestamp - self._expected) & 0xFFFFFFFF
            if ahead >= 0x80000000:
                return  # late: its place was filled with silence
        self._ssrc = ssrc
        unit = self.unit
        self._expected = timestamp + len(payload) // unit & 0xFFFFFFFF
        if 0 < ahead <= LONGEST_GAP:
            self.heard += self._silence * (ahead * unit)
        self.heard += payload
        if len(self.heard) > LONGEST * unit:
            excess = len(self.heard) // unit - FRAME - MARGIN
            del self.heard[: excess * unit]
            self.dropped += excess
