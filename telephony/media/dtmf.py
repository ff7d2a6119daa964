"""RFC 4733 telephone-events: digits received and digits sent. Sans-IO.

A key press is a run of packets that share one RTP timestamp; each repeats the event with a longer duration,
the last ones carry the end bit and are sent three times. The receiver therefore tells presses apart by their
timestamp alone: whatever is lost, doubled or late, one timestamp is one press.

    DigitReceiver.receive(payload, timestamp, now)  ->  [KeyDown | KeyUp]
    DigitReceiver.handle_timer(now)                 ->  [KeyUp]    when every end packet was lost
    DigitSender.next_packet(timestamp)              ->  packet | None (a pause)    once a packet time
"""

import struct
from collections import deque
from dataclasses import dataclass

from telephony.media.errors import LocalProtocolError, RemoteProtocolError

DIGITS = "0123456789*#ABCD"
_PAYLOAD = struct.Struct("!BBH")
_END = 0x80
_VOLUME_DBM0 = 10  # 10 below 0 dBm0, sent as a positive number (RFC 4733 2.3.4)
LONGEST_SEGMENT = 0xFFFF


@dataclass(frozen=True, slots=True)
class TelephoneEvent:
    """The payload of one packet (RFC 4733 2.3); `duration` in timestamp units."""

    event: int
    end: bool
    volume: int
    duration: int

    @classmethod
    def parse(cls, data: bytes | bytearray | memoryview) -> "TelephoneEvent":
        if len(data) < _PAYLOAD.size:
            raise RemoteProtocolError(f"telephone-event is {len(data)} bytes, not 4")
        event, flags, duration = _PAYLOAD.unpack_from(data)
        return cls(event, bool(flags & _END), flags & 0x3F, duration)

    def __bytes__(self) -> bytes:
        return _PAYLOAD.pack(self.event, (_END if self.end else 0) | self.volume, self.duration)


@dataclass(frozen=True, slots=True)
class KeyDown:
    digit: str


@dataclass(frozen=True, slots=True)
class KeyUp:
    digit: str
    duration_ms: int


class DigitReceiver:
    """Turns the packets of one incoming stream into key presses."""

    __slots__ = ("_clock_rate_hz", "_digit", "_duration", "_earlier", "_heard_at", "_start", "_timestamp")

    LOST_END_S = 0.1
    """RFC 4733 2.5.2.2: without a packet for this long (five packet times) the key counts as released."""
    MEMORY_S = 5.0
    """A timestamp before the last press is a late packet of an older one only within this time."""

    def __init__(self, clock_rate_hz: int = 8000) -> None:
        self._clock_rate_hz = clock_rate_hz
        self._digit: str | None = None  # the key that is down
        self._timestamp: int | None = None  # of the current or last press, its latest segment
        self._earlier = 0  # duration of the segments before it
        self._duration = 0
        self._heard_at = 0.0

    @property
    def key_is_down(self) -> bool:
        return self._digit is not None

    def reset(self) -> None:
        """Forget timestamps: the remote starts a new stream. A key that is down stays so until its timer."""
        self._timestamp = None

    def receive(self, payload: bytes, timestamp: int, now: float) -> list[KeyDown | KeyUp]:
        """One packet. Events that are no keys (fax tones, flash) are ignored."""
        packet = TelephoneEvent.parse(payload)
        if packet.event >= len(DIGITS):
            return []
        happened: list[KeyDown | KeyUp] = []
        if timestamp != self._timestamp:
            if self._is_late(timestamp, now):
                return []
            if not self._continues(packet, timestamp):
                happened += self._release()
                self._digit = DIGITS[packet.event]
                self._earlier = 0
                happened.append(KeyDown(self._digit))
            self._timestamp = timestamp
            self._duration = 0
        self._heard_at = now
        if self._digit is not None:
            self._duration = max(self._duration, packet.duration)
            if packet.end:
                happened += self._release()
        return happened

    def handle_timer(self, now: float) -> list[KeyUp]:
        """Release a key whose end packets were all lost."""
        if self._digit is not None and now - self._heard_at >= self.LOST_END_S:
            return self._release()
        return []

    def _is_late(self, timestamp: int, now: float) -> bool:
        if self._timestamp is None or now - self._heard_at > self.MEMORY_S:
            return False
        behind = (self._timestamp - timestamp) & 0xFFFFFFFF
        return 0 < behind < self.MEMORY_S * self._clock_rate_hz

    def _continues(self, packet: TelephoneEvent, timestamp: int) -> bool:
        """Whether this is a further segment of a key held for more than 65535 units (RFC 4733 2.5.1.3)."""
        if self._digit is None or self._timestamp is None or DIGITS[packet.event] != self._digit:
            return False
        if (timestamp - self._timestamp) & 0xFFFFFFFF != LONGEST_SEGMENT:
            return False
        self._earlier += LONGEST_SEGMENT
        return True

    def _release(self) -> list[KeyUp]:
        if self._digit is None:
            return []
        units = self._earlier + self._duration
        released = KeyUp(self._digit, round(1000 * units / self._clock_rate_hz))
        self._digit = None
        return [released]


@dataclass(frozen=True, slots=True)
class EventPacket:
    """What the sender wants sent now."""

    payload: bytes
    timestamp: int
    marker: bool
    digit: str
    last: bool
    """The third end packet: this digit is done."""


class DigitSender:
    """Sends queued digits one after the other, a packet each packet time."""

    __slots__ = (
        "_digits",
        "_ends",
        "_pause_packets",
        "_pause_units",
        "_ptime_ms",
        "_sent_units",
        "_timestamp",
        "_tone_units",
        "_units_per_ms",
    )

    END_PACKETS = 3

    def __init__(self, *, tone_ms: int = 120, pause_ms: int = 80, clock_rate_hz: int = 8000) -> None:
        self._digits: deque[str] = deque()
        self._units_per_ms = clock_rate_hz // 1000
        self._tone_units = tone_ms * self._units_per_ms
        self._pause_units = pause_ms * self._units_per_ms
        self._sent_units = 0  # duration told so far of the first digit in the queue
        self._ends = 0  # end packets sent of it
        self._timestamp = 0
        self._pause_packets = 0

    @property
    def active(self) -> bool:
        """Whether digits, or the pause behind the last one, still occupy the stream."""
        return bool(self._digits) or self._pause_packets > 0

    def queue(self, digits: str) -> None:
        """Send these after the ones already queued."""
        digits = digits.upper()
        for digit in digits:
            if digit not in DIGITS:
                raise LocalProtocolError(f"no telephone-event for {digit!r}; digits are {DIGITS}")
        self._digits.extend(digits)

    def next_packet(self, timestamp: int, ptime_ms: int = 20) -> EventPacket | None:
        """What to send in this packet time, None in a pause. `timestamp`: the stream's media time now."""
        if self._pause_packets > 0:
            self._pause_packets -= 1
            return None
        if not self._digits:
            return None
        digit = self._digits[0]
        marker = self._sent_units == 0
        if marker:
            self._timestamp = timestamp
        if self._sent_units < self._tone_units:
            self._sent_units += ptime_ms * self._units_per_ms
        end = self._sent_units >= self._tone_units
        self._ends += end
        last = self._ends == self.END_PACKETS
        payload = bytes(TelephoneEvent(DIGITS.index(digit), end, _VOLUME_DBM0, min(self._sent_units, 0xFFFF)))
        if last:
            self._digits.popleft()
            self._sent_units = self._ends = 0
            self._pause_packets = -(-self._pause_units // (ptime_ms * self._units_per_ms))
        return EventPacket(payload, self._timestamp, marker, digit, last)
