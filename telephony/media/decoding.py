"""A decoder for every codec of this room, by name: 16-bit samples at 8 or 16 kHz, of one stream in order.

What needs PyAV is imported with the first stream that is coded so: it takes 60 ms and 18 MB, which a server of G.711
phones need not pay. A worker that may meet such a stream loads it before it carries any (`preload`).
"""

import importlib
from collections.abc import Iterable
from typing import Final, Protocol

import numpy as np

from telephony.media.g711 import ALAW_TO_LINEAR, CLOCK_RATE_HZ, ULAW_TO_LINEAR, Samples
from telephony.media.messages import Codec
from telephony.media.opus_format import OpusFormat
from telephony.media.resampling import Interpolator

WIDE_HZ: Final = 16_000
"""The sample rate at which the codecs of `WIDE` are kept."""
WIDE: Final[frozenset[Codec]] = frozenset(("G722", "opus"))
_MODULES: Final = {"G722": "telephony.media.g722", "opus": "telephony.media.opus"}
_TABLES: Final = {"PCMU": ULAW_TO_LINEAR, "PCMA": ALAW_TO_LINEAR}


class Decoder(Protocol):
    """One incoming stream."""

    def samples(self, payload: bytes) -> Samples:
        """Never raises: any octets are audio, or none."""


class Encoder(Protocol):
    """One outgoing stream."""

    def encode(self, ulaw: bytes) -> bytes:
        """As much audio as was given, mu-law at 8 kHz."""

    def encode_wide(self, samples: Samples) -> bytes:
        """The same of samples at 16 kHz; the stream goes on."""


class WideDecoder(Decoder, Protocol):
    """One incoming stream of a codec of `WIDE`."""

    def set_rate(self, rate_hz: int) -> None:
        """8000 or WIDE_HZ from now on; the stream goes on."""


class _G711Decoder:
    def __init__(self, table: Samples, rate_hz: int) -> None:
        self._table = table
        self._up = Interpolator(rate_hz // CLOCK_RATE_HZ) if rate_hz != CLOCK_RATE_HZ else None

    def samples(self, payload: bytes) -> Samples:
        samples: Samples = self._table[np.frombuffer(payload, dtype=np.uint8)]
        return samples if self._up is None else self._up.pass_on(samples)


def new_decoder(codec: Codec, rate_hz: int = CLOCK_RATE_HZ) -> Decoder:
    """For one stream; `rate_hz` 8000 or WIDE_HZ."""
    return new_wide_decoder(codec, rate_hz) if codec in WIDE else _G711Decoder(_TABLES[codec], rate_hz)


def new_wide_decoder(codec: Codec, rate_hz: int) -> WideDecoder:
    """The same for a codec of `WIDE`."""
    if codec == "opus":
        from telephony.media.opus import OpusDecoder  # noqa: PLC0415

        return OpusDecoder(rate_hz)
    from telephony.media.g722 import G722Decoder  # noqa: PLC0415

    return G722Decoder(rate_hz)


def new_encoder(codec: Codec, wishes: OpusFormat | None) -> Encoder:
    """For one stream of a codec of `WIDE`; `wishes` are an Opus receiver's."""
    if codec == "opus":
        from telephony.media.opus import OpusEncoder  # noqa: PLC0415

        return OpusEncoder(wishes or OpusFormat())
    from telephony.media.g722 import G722Encoder  # noqa: PLC0415

    return G722Encoder()


def preload(codecs: Iterable[Codec]) -> None:
    """Import now what these codecs need."""
    for codec in codecs:
        if codec in _MODULES:
            importlib.import_module(_MODULES[codec])
