"""The RTP clock of a remote whose codec does not count at 8 kHz, and the 8 kHz that all else here counts in.

    inward(timestamp)        of the remote's audio, at 8 kHz; outward the other way round
    event_inward, -outward   telephone-events: their timestamp, and their duration in a clock that may be another

Timestamps wrap at 32 bits. Outwards that takes care of itself (a product modulo 2**32); inwards the turns are counted.
Opus frames are whole multiples of 2.5 ms (RFC 6716 section 2.1.4), so that nothing is lost by rounding. An event of
more than 65535 units comes as segments (RFC 4733 section 2.5.1.3): at 48 kHz that is a key held for 1.4 s. They are one
event at 8 kHz, and segments again on the way out.
"""

import struct
from typing import Final

from telephony.media.messages import Codec

CLOCK_RATES_HZ: Final[dict[Codec, int]] = {"PCMU": 8000, "PCMA": 8000, "G722": 8000, "opus": 48_000}
"""Of RTP timestamps (RFC 3551 section 4.5.2: G.722's too, though it samples at 16 kHz; RFC 7587 section 4.1)."""
_EVENT: Final = struct.Struct("!BBH")
_LONGEST: Final = 0xFFFF
_LATE: Final = 5 * 48_000
"""A timestamp so far behind is of an event before this one; further behind it is another timeline."""
_WHOLE: Final = 1 << 32
_HALF: Final = 1 << 31


class RtpClock:
    """One leg's; `ratio` is the remote's clock rate over 8 kHz, `event_ratio` that of its telephone-events."""

    __slots__ = ("_event", "_event_start", "_extended", "_segment", "event_ratio", "ratio")

    def __init__(self, ratio: int, event_ratio: int) -> None:
        self.ratio = ratio
        self.event_ratio = event_ratio
        self._extended = _WHOLE  # the last timestamp of audio, with its turns
        self._event = -1  # the event heard last, its first timestamp, and that of its latest segment
        self._event_start = self._segment = 0

    def inward(self, timestamp: int) -> int:
        """A timestamp of audio at 8 kHz."""
        self._extended = self._unwrapped(timestamp)
        return self._extended // self.ratio % _WHOLE

    def outward(self, timestamp: int) -> int:
        """A timestamp at 8 kHz in the remote's clock."""
        return timestamp * self.ratio % _WHOLE

    def event_inward(self, timestamp: int, payload: bytes) -> tuple[int, bytes]:
        """A telephone-event of the remote's at 8 kHz; a payload that is none stays as it is."""
        if len(payload) < _EVENT.size:
            return timestamp, payload
        event, flags, duration = _EVENT.unpack_from(payload)
        step = (timestamp - self._segment) % _WHOLE
        start = timestamp
        if event == self._event and step in (0, _LONGEST):
            start = self._event_start
        if self._event < 0 or step < _WHOLE - _LATE:
            self._event, self._event_start, self._segment = event, start, timestamp
        units = min(((timestamp - start) % _WHOLE + duration) // self.event_ratio, _LONGEST)
        return self._unwrapped(start) // self.ratio % _WHOLE, _EVENT.pack(event, flags, units)

    def event_outward(self, timestamp: int, payload: bytes) -> tuple[int, bytes]:
        """A telephone-event at 8 kHz for the remote."""
        event, flags, duration = _EVENT.unpack_from(payload)
        segments, units = divmod(duration * self.event_ratio, _LONGEST)
        if segments and not units:
            segments, units = segments - 1, _LONGEST
        start = self.outward(timestamp) + segments * _LONGEST
        return start % _WHOLE, _EVENT.pack(event, flags, units)

    def _unwrapped(self, timestamp: int) -> int:
        return self._extended + (timestamp - self._extended + _HALF) % _WHOLE - _HALF
