"""What our side is willing to agree on about audio: codecs in our order, and encryption. Values only.

Owns the names that RFC 8866's `a=rtpmap` has for what the worker calls a `Codec` (RFC 3551 section 6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from telephony.media.messages import Codec, RemoteMedia
from telephony.media.opus_format import OpusFormat

SrtpUse = Literal["off", "offered", "required", "dtls"]
IceUse = Literal["off", "answered", "offered"]

CODECS: tuple[Codec, ...] = ("PCMU", "PCMA")
"""What is spoken unless the configuration says otherwise, the preferred one first."""


OPUS = OpusFormat(useinbandfec=True)
"""How we wish Opus: as a rule it is passed on to a phone that can make use of error correction."""


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
    "opus": CodecFormat(
        "opus", 48_000, 2, 96, is_static=False
    ),  # RFC 7587 section 7: always two, whatever is sent
}


def _no_keys() -> bytes:
    raise LookupError("SRTP without a source of keys")


@dataclass(frozen=True, slots=True)
class MediaTerms:
    """Our side's terms. `new_key` draws secrets whenever some are needed: 30 octets, a master key and salt of RFC 4568
    section 6.1."""

    codecs: tuple[Codec, ...] = CODECS
    srtp: SrtpUse = "off"
    new_key: Callable[[], bytes] = _no_keys
    fingerprint: str = ""
    """Of our certificate (RFC 8122 section 5); empty: no keys by handshake."""
    ice: IceUse = "off"
    ptime_ms: int = 20
    opus: OpusFormat = OPUS

    @property
    def suits_browsers(self) -> bool:
        """Whether there is all that WebRTC insists on: keys by handshake, and ICE (RFC 8827 section 6.5, RFC 8835)."""
        return self.srtp != "off" and bool(self.fingerprint) and self.ice != "off"

    def like(self, near: RemoteMedia) -> MediaTerms:
        """The same for a leg that will talk to this one: nobody need transcode or repacket, and its wishes about Opus
        are passed on, for it will get what the other sends."""
        if near.codec not in self.codecs:
            return self
        others = tuple(each for each in self.codecs if each != near.codec)
        return replace(
            self, codecs=(near.codec, *others), ptime_ms=near.ptime_ms, opus=near.opus or self.opus
        )


TERMS = MediaTerms()
"""Plain G.711."""
