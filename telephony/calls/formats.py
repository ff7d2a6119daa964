"""Payload formats of an audio stream: which of theirs are which codec and which are digits, and how ours are written.

Serves RFC 3551 (static payload types), RFC 4733 (telephone-event), RFC 7587 (Opus) and RFC 8866 section 6. Pure. Digits
are taken in the clock of the codec beside them (RFC 4733 section 2.1: they share its timestamps); beside Opus also at
8 kHz, which is all that many phones offer.
"""

from __future__ import annotations

from typing import NamedTuple

from telephony.calls.terms import FORMATS, MediaTerms
from telephony.media.messages import Codec, RemoteMedia
from telephony.media.opus_format import OpusFormat, packet_time_ms
from telephony.media.rtp_clock import CLOCK_RATES_HZ
from telephony.sip.sdp import MediaDescription

DTMF = "telephone-event"
DTMF_EVENTS = "0-16"
DTMF_PAYLOAD_TYPES = {8000: 101, 48_000: 102}
"""What we offer for them, by clock rate in Hz."""
PTIME_MS = 20
SHORTEST_MS, LONGEST_MS = 10, 60


class DtmfFormat(NamedTuple):
    """Digits of a stream."""

    payload_type: int
    clock_rate_hz: int


def payload_type(payload_format: str) -> int | None:
    """None: it is no payload type of RTP (RFC 3551 section 3: seven bits)."""
    if len(payload_format) > 3 or not payload_format.isascii() or not payload_format.isdigit():
        return None
    number = int(payload_format)
    return number if number <= 127 else None


def is_codec(stream: MediaDescription, payload_format: str, codec: Codec) -> bool:
    """Whether one of their formats is this codec."""
    number = payload_type(payload_format)
    if number is None:
        return False
    known = stream.rtpmaps.get(number)
    ours = FORMATS[codec]
    if known is None:
        return ours.is_static and number == ours.payload_type
    name, rate, channels = known
    return name.lower() == ours.encoding.lower() and rate == ours.clock_rate_hz and channels == ours.channels


def dtmf_format(stream: MediaDescription, codec: Codec) -> DtmfFormat | None:
    """Their digits beside this codec; None: they take none."""
    offered: dict[int, int] = {}
    for payload_format in stream.formats:
        number = payload_type(payload_format)
        known = stream.rtpmaps.get(number) if number is not None else None
        if number is not None and known is not None and known[0].lower() == DTMF:
            offered.setdefault(known[1], number)
    for rate in dict.fromkeys((CLOCK_RATES_HZ[codec], 8000)):
        if rate in offered:
            return DtmfFormat(offered[rate], rate)
    return None


def opus_format(stream: MediaDescription, codec: Codec, number: int) -> OpusFormat | None:
    """How they wish their Opus; None for every other codec."""
    return OpusFormat.parse(stream.fmtp.get(number, "")) if codec == "opus" else None


def ptime_ms(stream: MediaDescription, codec: Codec) -> int:
    """The packet time they ask for, in whole tens and within what they can take (RFC 8866 section 6.4)."""
    asked = stream.ptime_ms or PTIME_MS
    for line in stream.lines:
        name, _, value = line.partition(":")
        if name == "a=maxptime" and value.strip().isascii() and value.strip().isdigit() and len(value) <= 5:
            asked = min(asked, int(value))
    within = min(LONGEST_MS, max(SHORTEST_MS, asked // 10 * 10))
    return packet_time_ms(within) if codec == "opus" else within


def offered_stream(port: int, terms: MediaTerms) -> MediaDescription:
    """Every codec of ours, and digits in the clock of each."""
    rtpmaps: dict[int, tuple[str, int, int]] = {}
    fmtp: dict[int, str] = {}
    for codec in terms.codecs:
        ours = FORMATS[codec]
        rtpmaps[ours.payload_type] = (ours.encoding, ours.clock_rate_hz, ours.channels)
        if codec == "opus":
            fmtp[ours.payload_type] = str(terms.opus)
    for rate in dict.fromkeys(CLOCK_RATES_HZ[codec] for codec in terms.codecs):
        _add_dtmf(DtmfFormat(DTMF_PAYLOAD_TYPES[rate], rate), rtpmaps, fmtp)
    return _stream(port, rtpmaps, fmtp, terms.ptime_ms)


def answered_stream(port: int, remote: RemoteMedia, terms: MediaTerms) -> MediaDescription:
    """What was chosen of theirs, under their payload types."""
    ours = FORMATS[remote.codec]
    rtpmaps = {remote.payload_type: (ours.encoding, ours.clock_rate_hz, ours.channels)}
    fmtp = {remote.payload_type: str(terms.opus)} if remote.codec == "opus" else {}
    if remote.dtmf_payload_type is not None:
        _add_dtmf(DtmfFormat(remote.dtmf_payload_type, remote.dtmf_clock_rate_hz), rtpmaps, fmtp)
    return _stream(port, rtpmaps, fmtp, remote.ptime_ms)


def _add_dtmf(dtmf: DtmfFormat, rtpmaps: dict[int, tuple[str, int, int]], fmtp: dict[int, str]) -> None:
    rtpmaps[dtmf.payload_type] = (DTMF, dtmf.clock_rate_hz, 1)
    fmtp[dtmf.payload_type] = DTMF_EVENTS


def _stream(
    port: int, rtpmaps: dict[int, tuple[str, int, int]], fmtp: dict[int, str], ptime_ms: int
) -> MediaDescription:
    return MediaDescription(
        kind="audio",
        port=port,
        protocol="RTP/AVP",
        formats=tuple(str(number) for number in rtpmaps),
        rtpmaps=rtpmaps,
        fmtp=fmtp,
        direction="sendrecv",
        ptime_ms=ptime_ms,
    )
