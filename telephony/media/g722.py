"""G.722 (ITU-T) through PyAV, to and from mu-law at 8 kHz: 64 kbit/s of both, so that an octet is 125 us of either.

    G722Decoder(rate_hz).samples(payload)   16-bit samples at 8 or 16 kHz, one or two for each octet
    G722Encoder().encode(ulaw)              as many octets as were given
    G722Encoder().encode_wide(samples)      half as many octets as samples at 16 kHz were given

Both keep the state of one stream: give them all of it, in order. The RTP clock of G.722 is 8 kHz too, though it
samples at 16 kHz (RFC 3551 section 4.5.2): packets, timestamps and sizes are those of G.711.
"""

from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext

from telephony.media.g711 import CLOCK_RATE_HZ, Samples, ulaw_to_linear
from telephony.media.resampling import Decimator, Interpolator

RATE_HZ: Final = 16000


class G722Decoder:
    """One incoming stream."""

    __slots__ = ("_codec", "_down")

    def __init__(self, rate_hz: int = CLOCK_RATE_HZ) -> None:
        self._codec = _codec("r")
        self._down: Decimator | None = None
        self.set_rate(rate_hz)

    def set_rate(self, rate_hz: int) -> None:
        """What the samples are from now on."""
        self._down = Decimator(2) if rate_hz == CLOCK_RATE_HZ else None

    def samples(self, payload: bytes) -> Samples:
        """Any octets decode to something."""
        frames = (
            [frame.to_ndarray()[0] for frame in self._codec.decode(av.Packet(payload))] if payload else []
        )
        if not frames:
            return np.zeros(0, dtype=np.int16)
        samples: Samples = np.concatenate(frames).astype(np.int16, copy=False)
        return samples if self._down is None else self._down.pass_on(samples)


class G722Encoder:
    """One outgoing stream. PyAV gives 20 ms at a time: for other packet times some octets wait here."""

    __slots__ = ("_codec", "_ready", "_up")

    def __init__(self) -> None:
        self._codec = _codec("w")
        self._up = Interpolator(2)
        self._ready = bytearray()

    def encode(self, ulaw: bytes) -> bytes:
        return self.encode_wide(self._up.pass_on(ulaw_to_linear(ulaw)))

    def encode_wide(self, wide: Samples) -> bytes:
        """The same stream, of samples at 16 kHz."""
        count = len(wide) // 2
        frame = av.AudioFrame.from_ndarray(wide.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        for packet in self._codec.encode(frame):
            self._ready += bytes(packet)
        missing = count - len(self._ready)
        if missing > 0:
            self._ready[:0] = (SILENCE * (missing // len(SILENCE) + 1))[:missing]
        encoded = bytes(self._ready[:count])
        del self._ready[:count]
        return encoded


def _codec(mode: str) -> AudioCodecContext:
    codec = av.CodecContext.create("g722", "w" if mode == "w" else "r")
    codec.sample_rate = RATE_HZ
    codec.layout = "mono"
    codec.format = "s16"
    if mode == "w":
        codec.time_base = Fraction(1, RATE_HZ)
    codec.open()
    return codec


def _silence() -> bytes:
    encoder = _codec("w")
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 320), dtype=np.int16), format="s16", layout="mono")
    frame.sample_rate = RATE_HZ
    return b"".join(bytes(packet) for packet in encoder.encode(frame))


SILENCE: Final = _silence()
