"""One side's packets decoded and laid into a mixdown, at 8 kHz or, where a wideband codec is spoken, at 16 kHz.

G.711 packets that follow each other are decoded together, up to a second: a table look-up costs least in bulk. Other
codecs keep the state of their stream and are decoded packet by packet. All timestamps of a spool count at 8 kHz.
"""

from __future__ import annotations

from collections.abc import Iterable

from recordings.mixdown import SIDES, Mixdown
from recordings.timeline import RATE_HZ, Timeline
from telephony.media.decoding import WIDE, Decoder, new_decoder
from telephony.media.messages import Codec
from telephony.media.spool import SpoolPacket

LONGEST_RUN = RATE_HZ
"""G.711 samples that are gathered before they are laid."""


class Side:
    """One side's way into the mixdown."""

    __slots__ = ("_codec", "_decoders", "_end", "_mixdown", "_payloads", "_side", "_start", "_timeline")

    def __init__(self, side: int, mixdown: Mixdown) -> None:
        self._side = side
        self._mixdown = mixdown
        self._timeline = Timeline()
        self._payloads: list[bytes] = []
        self._start = self._end = 0  # of the run, in 8 kHz
        self._codec: Codec = "PCMU"
        self._decoders: dict[Codec, Decoder] = {}  # their states are the stream's

    def take(self, packet: SpoolPacket) -> None:
        position = self._timeline.place(packet)
        if packet.codec in WIDE:
            self.flush()
            self._lay(position, packet.codec, packet.payload)
            return
        if position != self._end or packet.codec != self._codec or position - self._start > LONGEST_RUN:
            self.flush()
            self._start, self._codec = position, packet.codec
        self._payloads.append(packet.payload)
        self._end = position + len(packet.payload)

    def flush(self) -> None:
        if self._payloads:
            self._lay(self._start, self._codec, b"".join(self._payloads))
            self._payloads.clear()

    def _lay(self, position: int, codec: Codec, payload: bytes) -> None:
        rate_hz = self._mixdown.rate_hz
        decoder = self._decoders.get(codec)
        if decoder is None:
            decoder = self._decoders[codec] = new_decoder(codec, rate_hz)
        self._mixdown.lay(self._side, position * (rate_hz // RATE_HZ), decoder.samples(payload))


def lay_out(packets: Iterable[SpoolPacket], mixdown: Mixdown) -> bool:
    """Every packet of audio to its place. False, and unfinished: one is wideband, and the mixdown is not."""
    sides = [Side(side, mixdown) for side in range(SIDES)]
    for packet in packets:
        if packet.codec in WIDE and mixdown.rate_hz == RATE_HZ:
            return False
        if packet.payload and packet.channel < SIDES:
            sides[packet.channel].take(packet)
    for side in sides:
        side.flush()
    mixdown.finish()
    return True
