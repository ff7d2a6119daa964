"""G.722 (ITU-T) through PyAV, to and from mu-law at 8 kHz: 64 kbit/s of both, so that an octet is 125 us of either.

    G722Decoder.samples(payload)   16-bit samples at 8 kHz, as many as octets
    G722Encoder.encode(ulaw)       as many octets as were given

Both keep the state of one stream: give them all of it, in order. The RTP clock of G.722 is 8 kHz too, though it
samples at 16 kHz (RFC 3551 section 4.5.2): packets, timestamps and sizes are those of G.711.
"""

from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext

from telephony.media.g711 import Samples, ulaw_to_linear

RATE_HZ: Final = 16000
_TAPS: Final = 31
_MIDDLE: Final = _TAPS // 2
# Half the band: a windowed sinc that passes what 8 kHz can hold, delayed by a millisecond.
_FILTER: Final = np.sinc((np.arange(_TAPS) - _MIDDLE) / 2) / 2 * np.hamming(_TAPS)


class _HalfBand:
    """The filter over a stream that comes in pieces."""

    __slots__ = ("_gain", "_past")

    def __init__(self, gain: float) -> None:
        self._gain = _FILTER * gain
        self._past = np.zeros(_TAPS - 1)

    def pass_on(self, samples: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Samples:
        joined = np.concatenate((self._past, samples))
        self._past = joined[-(_TAPS - 1) :]
        return np.clip(np.convolve(joined, self._gain, "valid"), -32768, 32767).astype(np.int16)


class G722Decoder:
    """One incoming stream."""

    __slots__ = ("_codec", "_filter")

    def __init__(self) -> None:
        self._codec = _codec("r")
        self._filter = _HalfBand(1.0)

    def samples(self, payload: bytes) -> Samples:
        """Any octets decode to something."""
        frames = (
            [frame.to_ndarray()[0] for frame in self._codec.decode(av.Packet(payload))] if payload else []
        )
        if not frames:
            return np.zeros(0, dtype=np.int16)
        return self._filter.pass_on(np.concatenate(frames).astype(np.float64))[::2]


class G722Encoder:
    """One outgoing stream. PyAV gives 20 ms at a time: for other packet times some octets wait here."""

    __slots__ = ("_codec", "_filter", "_ready")

    def __init__(self) -> None:
        self._codec = _codec("w")
        self._filter = _HalfBand(2.0)
        self._ready = bytearray()

    def encode(self, ulaw: bytes) -> bytes:
        stuffed = np.zeros(2 * len(ulaw))
        stuffed[::2] = ulaw_to_linear(ulaw)
        frame = av.AudioFrame.from_ndarray(
            self._filter.pass_on(stuffed).reshape(1, -1), format="s16", layout="mono"
        )
        frame.sample_rate = RATE_HZ
        for packet in self._codec.encode(frame):
            self._ready += bytes(packet)
        missing = len(ulaw) - len(self._ready)
        if missing > 0:
            self._ready[:0] = (SILENCE * (missing // len(SILENCE) + 1))[:missing]
        encoded = bytes(self._ready[: len(ulaw)])
        del self._ready[: len(ulaw)]
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
