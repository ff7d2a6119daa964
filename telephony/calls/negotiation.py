"""Offer and answer: what two ends agree on about audio, by RFC 3264, from session descriptions (RFC 8866).

Pure: bytes in, bytes and `RemoteMedia` out. Owns the choice of codec, of the payload type of digits (RFC 4733) and of
direction; must not know legs, ports' owners or SIP messages. One audio stream over plain RTP is agreed on; every other
stream of an offer is refused by port 0 in its place (RFC 3264 section 6), as that RFC asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from telephony.calls.plain_offer import PlainOffers
from telephony.media.messages import Codec, RemoteMedia
from telephony.sip.headers import NameAddr
from telephony.sip.sdp import Connection, Direction, MediaDescription, Origin, SessionDescription
from telephony.sip.uri import SipUri

CODECS: tuple[Codec, ...] = ("PCMU", "PCMA")
"""What the media worker speaks, the preferred one first."""

STATIC_PAYLOAD_TYPES: dict[Codec, int] = {"PCMU": 0, "PCMA": 8}
DTMF = "telephone-event"
DTMF_PAYLOAD_TYPE = 101
DTMF_EVENTS = "0-16"
PTIME_MS = 20

_MIRRORED: dict[Direction, Direction] = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}


# What our side offers: while it holds, the other hears us (music, say) and is not heard.
TALK: Direction = "sendrecv"
HOLD: Direction = "sendonly"

# What is left of a direction when our side does not listen.
_HELD: dict[Direction, Direction] = {
    "sendrecv": "sendonly",
    "sendonly": "sendonly",
    "recvonly": "inactive",
    "inactive": "inactive",
}


class NothingInCommon(Exception):
    """The two ends share no audio stream and codec; worth a 488."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """Our side of a negotiation: the body to send, and the other end if their side is known by now."""

    body: bytes
    remote: RemoteMedia | None


def offer(host: str, port: int, codecs: Sequence[Codec] = CODECS) -> bytes:
    """Our offer: one audio stream to `host`:`port` with every codec, and digits."""
    return bytes(_describe(host, port, _our_stream(port, codecs)))


def answer(their_offer: bytes | None, host: str, port: int, codecs: Sequence[Codec] = CODECS) -> Agreed:
    """Answer an offer; None stands for an INVITE without one, which gets our offer."""
    if their_offer is None:
        return Agreed(offer(host, port, codecs), None)
    plain = _plain_offers(tuple(codecs)).answer(their_offer, host, port)
    return Agreed(*plain) if plain is not None else answer_slowly(their_offer, host, port, codecs)


def answer_slowly(their_offer: bytes, host: str, port: int, codecs: Sequence[Codec] = CODECS) -> Agreed:
    """Answer any offer, line by line."""
    return _answer(SessionDescription.parse(their_offer), _describe(host, port), port, codecs)


@cache
def _plain_offers(codecs: tuple[Codec, ...]) -> PlainOffers:
    def slowly(their_offer: bytes, host: str, port: int) -> tuple[bytes, RemoteMedia | None]:
        agreed = answer_slowly(their_offer, host, port, codecs)
        return agreed.body, agreed.remote

    return PlainOffers(slowly)


def answer_again(
    their_offer: bytes, ours: bytes, codecs: Sequence[Codec] = CODECS, *, held: bool = False
) -> Agreed:
    """Answer a later offer in a session whose description on our side is `ours`: same address, next version; `held`:
    our side holds, and goes on holding."""
    before = _next_version(ours)
    port = next(stream.port for stream in before.media if stream.port)
    return _answer(SessionDescription.parse(their_offer), before, port, codecs, held=held)


def offer_again(ours: bytes, direction: Direction) -> bytes:
    """What stands on our side, offered with another direction (RFC 3264 section 8.4): same streams, next version."""
    before = _next_version(ours)
    media = tuple(replace(stream, direction=direction) if stream.port else stream for stream in before.media)
    return bytes(replace(before, media=media))


def _next_version(ours: bytes) -> SessionDescription:
    before = SessionDescription.parse(ours)
    return replace(before, origin=replace(before.origin, version=str(int(before.origin.version) + 1)))


def read_answer(their_answer: bytes | None, codecs: Sequence[Codec] = CODECS) -> RemoteMedia:
    """What an answer to our offer says about the other end."""
    if not their_answer:
        raise NothingInCommon("it came without a session description")
    theirs = SessionDescription.parse(their_answer)
    chosen = _choose(theirs, codecs)
    if chosen is None:
        raise NothingInCommon("it accepts no audio codec of ours")
    return _remote(theirs, *chosen)


def party(name: str, number: str, host: str) -> NameAddr:
    """A From or To for a number at a host."""
    return NameAddr(display_name=name or None, uri=SipUri(scheme="sip", user=number, host=host))


def _answer(
    theirs: SessionDescription,
    ours: SessionDescription,
    port: int,
    codecs: Sequence[Codec],
    *,
    held: bool = False,
) -> Agreed:
    chosen = _choose(theirs, codecs)
    if chosen is None:
        raise NothingInCommon("the offer holds no plain RTP audio with PCMU or PCMA")
    index, codec = chosen
    stream = theirs.media[index]
    remote = _remote(theirs, index, codec)
    direction = _MIRRORED[stream.direction]
    answered = replace(
        _our_stream(port, [codec], remote),
        direction=_HELD[direction] if held else direction,
        protocol=stream.protocol,
    )
    media = tuple(
        answered if i == index else replace(refused, port=0, direction="inactive")
        for i, refused in enumerate(theirs.media)
    )
    return Agreed(bytes(replace(ours, media=media)), remote)


def _choose(theirs: SessionDescription, codecs: Sequence[Codec]) -> tuple[int, Codec] | None:
    """The first usable audio stream and the first of their formats that we speak."""
    for index, stream in enumerate(theirs.media):
        if stream.kind != "audio" or stream.port == 0 or stream.protocol not in ("RTP/AVP", "RTP/AVPF"):
            continue
        for payload_format in stream.formats:
            for codec in codecs:
                if _is(stream, payload_format, codec):
                    return index, codec
    return None


def _is(stream: MediaDescription, payload_format: str, codec: Codec) -> bool:
    if not payload_format.isdigit():
        return False
    known = stream.rtpmaps.get(int(payload_format))
    if known is None:
        return int(payload_format) == STATIC_PAYLOAD_TYPES[codec]
    name, rate, channels = known
    return name.upper() == codec and rate == 8000 and channels == 1


def _remote(theirs: SessionDescription, index: int, codec: Codec) -> RemoteMedia:
    stream = theirs.media[index]
    connection = theirs.connection_of(stream)
    if connection is None:
        raise NothingInCommon("it does not say where audio should go")
    return RemoteMedia(
        host=connection.host,
        port=stream.port,
        codec=codec,
        payload_type=next(int(f) for f in stream.formats if _is(stream, f, codec)),
        dtmf_payload_type=_dtmf_payload_type(stream),
        ptime_ms=PTIME_MS,
        sending=stream.direction in ("sendrecv", "recvonly") and not connection.is_hold,
        receiving=stream.direction in ("sendrecv", "sendonly"),
    )


def _dtmf_payload_type(stream: MediaDescription) -> int | None:
    for payload_format in stream.formats:
        known = stream.rtpmaps.get(int(payload_format)) if payload_format.isdigit() else None
        if known is not None and known[0].lower() == DTMF and known[1] == 8000:
            return int(payload_format)
    return None


def _our_stream(port: int, codecs: Sequence[Codec], remote: RemoteMedia | None = None) -> MediaDescription:
    dtmf = DTMF_PAYLOAD_TYPE if remote is None else remote.dtmf_payload_type
    types = {
        codec: STATIC_PAYLOAD_TYPES[codec] if remote is None else remote.payload_type for codec in codecs
    }
    rtpmaps = {number: (str(codec), 8000, 1) for codec, number in types.items()}
    fmtp: dict[int, str] = {}
    if dtmf is not None:
        rtpmaps[dtmf] = (DTMF, 8000, 1)
        fmtp[dtmf] = DTMF_EVENTS
    return MediaDescription(
        kind="audio",
        port=port,
        protocol="RTP/AVP",
        formats=tuple(str(number) for number in rtpmaps),
        rtpmaps=rtpmaps,
        fmtp=fmtp,
        direction="sendrecv",
        ptime_ms=PTIME_MS,
    )


def _describe(host: str, port: int, *streams: MediaDescription) -> SessionDescription:
    """A description of ours; the port makes its session id unique on this machine (RFC 8866 section 5.2)."""
    family = "IP6" if ":" in host else "IP4"
    return SessionDescription(
        origin=Origin(username="-", session_id=str(port), version="1", host=host, address_type=family),
        connection=Connection(host, family),
        media=streams,
    )
