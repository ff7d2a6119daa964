"""Opus (RFC 6716) through PyAV, to and from mu-law at 8 kHz; carried by RTP as RFC 7587 says.

    OpusDecoder(rate_hz).samples(payload)     16-bit samples at 8 or 16 kHz, as many as the packet holds
    OpusEncoder(wishes).encode(ulaw)          one packet of as much audio
    OpusEncoder(wishes).encode_wide(samples)  the same of samples at 16 kHz

Both keep the state of one stream: give them all of it, in order. libopus codes 10, 20, 40 and 60 ms as one frame; for
every other length frames of 10 ms are packed together (RFC 6716 section 3.2.5, code 3).
"""

from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext

from telephony.media.g711 import CLOCK_RATE_HZ, Samples, ulaw_to_linear
from telephony.media.opus_format import PACKET_TIMES_MS, OpusFormat
from telephony.media.resampling import Decimator

DECODED_HZ: Final = 48_000
WIDE_HZ: Final = 16_000
BIT_RATE: Final = 24_000
"""Plenty for speech that is 8 kHz wide (RFC 7587 section 3.1.1 has 16 to 20 for 16 kHz)."""
EXPECTED_LOSS_PERCENT: Final = 10
"""What in-band error correction is made for, where the remote can use it; without a figure libopus makes none."""
_COMPLEXITY: Final = 5
_SINGLE: Final = frozenset(ptime_ms * 8 for ptime_ms in PACKET_TIMES_MS)
_SHORT: Final = 80
"""Samples in 10 ms."""
_MOST_FRAMES: Final = 12
"""RFC 6716 section 3.2.5: a packet holds 120 ms at most."""


class OpusDecoder:
    """One incoming stream; two channels become one."""

    __slots__ = ("_codec", "_down")

    def __init__(self, rate_hz: int = CLOCK_RATE_HZ) -> None:
        codec = av.CodecContext.create("libopus", "r")
        assert isinstance(codec, AudioCodecContext)
        codec.sample_rate = DECODED_HZ
        codec.layout = "mono"
        codec.format = "s16"
        codec.open()
        self._codec = codec
        self._down = Decimator(DECODED_HZ // rate_hz)

    def set_rate(self, rate_hz: int) -> None:
        """What the samples are from now on."""
        self._down = Decimator(DECODED_HZ // rate_hz)

    def samples(self, payload: bytes) -> Samples:
        """None at all for octets that are no Opus packet."""
        if not payload:
            return np.zeros(0, dtype=np.int16)
        try:
            frames = [frame.to_ndarray()[0] for frame in self._codec.decode(av.Packet(payload))]
        except av.FFmpegError:
            return np.zeros(0, dtype=np.int16)
        if not frames:
            return np.zeros(0, dtype=np.int16)
        return self._down.pass_on(np.concatenate(frames))


class OpusEncoder:
    """One outgoing stream, as its receiver wishes it."""

    __slots__ = ("_codec", "_rate_hz", "_units", "_wishes")

    def __init__(self, wishes: OpusFormat) -> None:
        self._wishes = wishes
        self._units, self._rate_hz = 160, CLOCK_RATE_HZ
        self._codec = _encoder(wishes, self._units, self._rate_hz, together=False)

    def encode(self, ulaw: bytes) -> bytes:
        """Up to 120 ms."""
        return self._encode(ulaw_to_linear(ulaw), CLOCK_RATE_HZ)

    def encode_wide(self, samples: Samples) -> bytes:
        """Up to 120 ms of samples at 16 kHz."""
        return self._encode(samples, WIDE_HZ)

    def _encode(self, samples: Samples, rate_hz: int) -> bytes:
        ratio = rate_hz // CLOCK_RATE_HZ
        units = len(samples) // ratio
        if (units, rate_hz) != (
            self._units,
            self._rate_hz,
        ):  # a bridged talk has the packets of whoever speaks
            self._units, self._rate_hz = units, rate_hz
            together = units not in _SINGLE
            self._codec = _encoder(self._wishes, _SHORT if together else units, rate_hz, together=together)
        if units in _SINGLE:
            return self._frame(samples)
        short = _SHORT * ratio
        count = min(_MOST_FRAMES, max(1, -(-len(samples) // short)))
        padded = np.zeros(count * short, dtype=np.int16)
        padded[: len(samples)] = samples[: len(padded)]
        return in_one_packet([self._frame(each) for each in padded.reshape(count, short)])

    def _frame(self, samples: Samples) -> bytes:
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = self._rate_hz
        return b"".join(bytes(packet) for packet in self._codec.encode(frame))


def in_one_packet(packets: list[bytes]) -> bytes:
    """Packets of one frame each as one packet (RFC 6716 section 3.2.5); all were coded alike."""
    frames = [packet[1:] for packet in packets]
    head = bytes((packets[0][0] & 0xFC | 3, 0x80 | len(frames)))  # code 3; lengths vary, no padding
    return head + b"".join(_length(len(frame)) for frame in frames[:-1]) + b"".join(frames)


def _length(size: int) -> bytes:
    """RFC 6716 section 3.2.1."""
    if size < 252:
        return bytes((size,))
    first = 252 + (size & 3)
    return bytes((first, (size - first) // 4))


def _encoder(wishes: OpusFormat, units: int, rate_hz: int, *, together: bool) -> AudioCodecContext:
    codec = av.CodecContext.create("libopus", "w")
    assert isinstance(codec, AudioCodecContext)
    codec.sample_rate = rate_hz
    codec.layout = "mono"
    codec.format = "s16"
    codec.time_base = Fraction(1, rate_hz)
    codec.bit_rate = min(BIT_RATE, wishes.maxaveragebitrate or BIT_RATE)
    codec.options = {
        # Frames that share a packet must be of one mode: `lowdelay` has but one (RFC 6716 section 2.1.9).
        "application": "lowdelay" if together else "voip",
        "frame_duration": str(units * 1000 / CLOCK_RATE_HZ),
        "compression_level": str(_COMPLEXITY),
        "vbr": "off" if wishes.cbr else "on",
        "fec": str(int(wishes.useinbandfec)),
        "packet_loss": str(EXPECTED_LOSS_PERCENT if wishes.useinbandfec else 0),
    }
    codec.open()
    return codec
