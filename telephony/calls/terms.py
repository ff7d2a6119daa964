"""What our side is willing to agree on about audio: codecs in our order, and encryption. Values only.

Owns the names that RFC 8866's `a=rtpmap` has for what the worker calls a `Codec` (RFC 3551 section 6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from telephony.media.messages import Codec

SrtpUse = Literal["off", "offered", "required"]

CODECS: tuple[Codec, ...] = ("PCMU", "PCMA")
"""What is spoken unless the configuration says otherwise, the preferred one first."""


class CodecFormat(NamedTuple):
    """A codec in session descriptions; `payload_type` is the static one, or the one that we offer."""

    encoding: str
    clock_rate_hz: int
    channels: int
    payload_type: int
    is_static: bool = True


FORMATS: dict[Codec, CodecFormat] = {
    "PCMU": CodecFormat("PCMU", 8000, 1, 0),
    "PCMA": CodecFormat("PCMA", 8000, 1, 8),
    "G722": CodecFormat("G722", 8000, 1, 9),
}


def _no_keys() -> bytes:
    raise LookupError("SRTP without a source of keys")


@dataclass(frozen=True, slots=True)
class MediaTerms:
    """Our side's terms. `new_key` draws a master key and salt (RFC 4568 section 6.1) whenever one is needed."""

    codecs: tuple[Codec, ...] = CODECS
    srtp: SrtpUse = "off"
    new_key: Callable[[], bytes] = _no_keys
    ptime_ms: int = 20

    def like(self, codec: Codec, ptime_ms: int) -> MediaTerms:
        """The same for a leg that will talk to one which speaks this codec: nobody need transcode or repacket."""
        if codec not in self.codecs:
            return self
        others = tuple(each for each in self.codecs if each != codec)
        return replace(self, codecs=(codec, *others), ptime_ms=ptime_ms)


TERMS = MediaTerms()
"""Plain G.711."""
