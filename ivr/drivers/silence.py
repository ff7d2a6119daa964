"""Hears in a spool that grows on the disk whether somebody still speaks. Pure: packets and seconds in, seconds out.

The media worker tells nothing of levels, but what it spools is on the disk within about a second and a half; that
is how late the end of a recording by silence may be, and no more. Silence is what is less than 12 dB above the
quietest of the last seconds, within fixed limits: a hiss is silence, a low voice is not. Packets that are not sent
(silence suppression, a muted phone) are silence too.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from telephony.media.decoding import Decoder, new_decoder
from telephony.media.g711 import CLOCK_RATE_HZ, Samples
from telephony.media.messages import Codec
from telephony.media.spool import CALLER, SpoolPacket

SPOOL_DELAY_S = 1.5
"""How old a packet may be before it is in the file: flushed every second, written every tenth of one."""
QUIETEST_DBFS, LOUDEST_DBFS = -45.0, -28.0
"""Where the border between silence and speech may lie."""
MARGIN_DB = 12.0
FLOOR_WINDOW = 250
"""Packets, five seconds of them, whose quietest tenth is the noise of the line."""
NEEDED = 3
"""So many loud packets of the last five are speech; a click is not."""


class SilenceWatch:
    """One recording's voice. Times are seconds since it began."""

    def __init__(self, silence_s: float) -> None:
        self.spoken_until_s = 0.0
        """When the caller was last heard speaking; 0 if never."""
        self._silence_s = silence_s
        self._levels: deque[float] = deque(maxlen=FLOOR_WINDOW)
        self._loud: deque[bool] = deque(maxlen=5)
        self._heard_until_s = 0.0
        self._decoders: dict[Codec, Decoder] = {}

    def take(self, packets: list[SpoolPacket]) -> None:
        """Listen to what has been written since the last time."""
        for packet in packets:
            if packet.channel != CALLER or not packet.payload:
                continue
            samples = self._decoded(packet)
            end_s = packet.arrival_ns / 1e9 + len(samples) / CLOCK_RATE_HZ
            self._heard_until_s = max(self._heard_until_s, end_s)
            if self._is_speech(_dbfs(samples)):
                self.spoken_until_s = max(self.spoken_until_s, end_s)

    def is_over(self, elapsed_s: float) -> bool:
        """Whether nothing has been said for long enough, `elapsed_s` after the beginning."""
        known_s = max(self._heard_until_s, elapsed_s - SPOOL_DELAY_S)
        return known_s - self.spoken_until_s >= self._silence_s

    def _decoded(self, packet: SpoolPacket) -> Samples:
        decoder = self._decoders.get(packet.codec)
        if decoder is None:
            decoder = self._decoders[packet.codec] = new_decoder(packet.codec)
        return decoder.samples(packet.payload)

    def _is_speech(self, level: float) -> bool:
        self._levels.append(level)
        quiet = sorted(self._levels)[len(self._levels) // 10]
        border = min(max(quiet + MARGIN_DB, QUIETEST_DBFS), LOUDEST_DBFS)
        self._loud.append(level > border)
        return sum(self._loud) >= NEEDED


def _dbfs(samples: Samples) -> float:
    power = float(np.square(samples, dtype=np.float64).mean()) if len(samples) else 0.0
    return 10 * math.log10(power / 32768.0**2) if power else -math.inf
