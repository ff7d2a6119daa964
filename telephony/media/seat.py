"""One leg's seat in a conference: what it said and was not mixed yet, and whom it hears.

Packets come in as the network brings them; the mixer takes 20 ms at a time. Between them stands a queue of mu-law
bytes that begins to give only when a frame and a margin are there, is silent where packets are missing, and
drops its oldest when the remote's clock runs ahead. Who hears whom is a matter of roles:

    A hears B    if A's `hears` names B's role (or is None: everybody) and B's `heard_by` names A's (or is None)

    conference   all None              hold      hears nobody, heard by nobody
    listen       heard by nobody       whisper   heard by the agent alone
"""

from typing import TYPE_CHECKING, Final

from telephony.media.errors import RemoteProtocolError
from telephony.media.g711 import ALAW_TO_ULAW, ULAW_SILENCE
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


class Seat:
    """A `Sink` of its leg; made and emptied by the mixer."""

    __slots__ = (
        "_expected",
        "_heard",
        "_ssrc",
        "conference_id",
        "dropped",
        "filling",
        "heard_by",
        "hears",
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
        self._heard = bytearray()
        self._expected: int | None = None
        self._ssrc = 0

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
        self._queue(payload, timestamp, ssrc, begins=bool(kind & MARKER))

    def take(self) -> bytes | None:
        """The next 20 ms of mu-law; None: nothing is said."""
        heard = self._heard
        if self.filling:
            if len(heard) < FRAME + MARGIN:
                return None
            self.filling = False
        if len(heard) < FRAME:
            self.filling = True
            if not heard:
                self.underruns += 1
                return None
        frame = bytes(heard[:FRAME])
        del heard[:FRAME]
        return frame.ljust(FRAME, SILENCE)

    def rest(self) -> list[bytes]:
        """All whole frames that were not mixed yet; nothing is kept."""
        heard, self._heard = bytes(self._heard), bytearray()
        return [heard[at : at + FRAME] for at in range(0, len(heard) - FRAME + 1, FRAME)]

    def _queue(self, payload: bytes, timestamp: int, ssrc: int, *, begins: bool) -> None:
        ahead = 0
        if self._expected is not None and ssrc == self._ssrc and not begins:
            ahead = (timestamp - self._expected) & 0xFFFFFFFF
            if ahead >= 0x80000000:
                return  # late: its place was filled with silence
        self._ssrc = ssrc
        self._expected = timestamp + len(payload) & 0xFFFFFFFF
        if 0 < ahead <= LONGEST_GAP:
            self._heard += SILENCE * ahead
        self._heard += payload
        excess = len(self._heard) - LONGEST
        if excess > 0:
            excess = len(self._heard) - FRAME - MARGIN
            del self._heard[:excess]
            self.dropped += excess
