"""Offer and answer: what two ends agree on about audio, by RFC 3264, from session descriptions (RFC 8866).

Pure: bytes in, bytes and `RemoteMedia` out. Owns the choice of codec and format (`formats`), of one port for RTP and
RTCP (RFC 5761), of encryption (`keying`) and of direction; must not know legs,
ports' owners or SIP messages. One audio stream is agreed on; every other stream of an offer is refused by port 0 in
its place (RFC 3264 section 6), as that RFC asks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import NamedTuple

from telephony.calls import bundle_sdp, dtls_sdp, ice_sdp, keying
from telephony.calls.formats import (
    answered_stream,
    dtmf_format,
    is_codec,
    offered_stream,
    opus_format,
    ptime_ms,
)
from telephony.calls.keying import RTCP_MUX, SECURE, Keying
from telephony.calls.plain_offer import PlainOffers
from telephony.calls.terms import TERMS, MediaTerms
from telephony.media.ice_terms import IceTerms
from telephony.media.messages import Codec, RemoteMedia
from telephony.media.rtp_clock import CLOCK_RATES_HZ
from telephony.sip.headers import NameAddr
from telephony.sip.sdp import Connection, Direction, MediaDescription, Origin, SessionDescription
from telephony.sip.uri import SipUri

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


def offer(host: str, port: int, terms: MediaTerms = TERMS) -> bytes:
    """Our offer: one audio stream to `host`:`port` with every codec, and digits."""
    protocol, lines = keying.offered(terms)
    described = _describe(host, port)
    if terms.ice == "offered":
        ours = ice_sdp.lines(ice_sdp.drawn(terms.new_key), host, port)
        lines = tuple(dict.fromkeys((*lines, RTCP_MUX, *ours)))
        described = replace(described, lines=(ice_sdp.ICE_LITE,))
    stream = replace(offered_stream(port, terms), protocol=protocol, lines=lines)
    return bytes(replace(described, media=(stream,)))


def answer(their_offer: bytes | None, host: str, port: int, terms: MediaTerms = TERMS) -> Agreed:
    """Answer an offer; None stands for an INVITE without one, which gets our offer."""
    if their_offer is None:
        return Agreed(offer(host, port, terms), None)
    plain = _plain_offers(terms).answer(their_offer, host, port) if terms.srtp in ("off", "offered") else None
    return Agreed(*plain) if plain is not None else answer_slowly(their_offer, host, port, terms)


def answer_slowly(their_offer: bytes, host: str, port: int, terms: MediaTerms = TERMS) -> Agreed:
    """Answer any offer, line by line."""
    return _answer(SessionDescription.parse(their_offer), _describe(host, port), port, terms)


@cache
def _plain_offers(terms: MediaTerms) -> PlainOffers:
    def slowly(their_offer: bytes, host: str, port: int) -> tuple[bytes, RemoteMedia | None]:
        agreed = answer_slowly(their_offer, host, port, terms)
        return agreed.body, agreed.remote

    return PlainOffers(slowly)


def answer_again(
    their_offer: bytes,
    ours: bytes,
    terms: MediaTerms = TERMS,
    *,
    held: bool = False,
    standing: RemoteMedia | None = None,
) -> Agreed:
    """Answer a later offer in a session whose description on our side is `ours`: same address, next version; `held`:
    our side holds, and goes on holding. `standing` is the other end so far."""
    before = _next_version(ours)
    stream = next(stream for stream in before.media if stream.port)
    return _answer(
        SessionDescription.parse(their_offer),
        before,
        stream.port,
        terms,
        held=held,
        our_lines=stream.lines,
        standing=standing,
    )


def offer_again(ours: bytes, direction: Direction) -> bytes:
    """What stands on our side, offered with another direction (RFC 3264 section 8.4): same streams, next version."""
    before = _next_version(ours)
    media = tuple(
        replace(stream, direction=direction, lines=dtls_sdp.reopened(stream.lines)) if stream.port else stream
        for stream in before.media
    )
    return bytes(replace(before, media=media))


def offer_under(ours: bytes, protocol: str) -> bytes:
    """An offer of ours anew, for a phone that refused it, under another protocol (`keying.stricter`)."""
    before = SessionDescription.parse(ours)
    media = tuple(
        replace(stream, protocol=protocol, lines=keying.narrowed(stream.lines, protocol))
        for stream in before.media
    )
    return bytes(replace(before, media=media))


def offer_to_browser(ours: bytes, terms: MediaTerms) -> bytes:
    """An offer of ours as browsers must have it (`MediaTerms.suits_browsers`): handshake, ICE, one port."""
    before = SessionDescription.parse(ours)
    protocol, lines = keying.webrtc(terms)
    (stream,) = before.media
    host = before.connection.host if before.connection is not None else before.origin.host
    ice = ice_sdp.lines(ice_sdp.drawn(terms.new_key), host, stream.port)
    bundle = bundle_sdp.OFFERED
    offered = replace(stream, protocol=protocol, lines=(*lines, *ice, *bundle.stream))
    return bytes(replace(before, lines=(*bundle.session, ice_sdp.ICE_LITE), media=(offered,)))


def _next_version(ours: bytes) -> SessionDescription:
    before = SessionDescription.parse(ours)
    return replace(before, origin=replace(before.origin, version=str(int(before.origin.version) + 1)))


def read_answer(their_answer: bytes | None, terms: MediaTerms = TERMS, *, ours: bytes = b"") -> RemoteMedia:
    """What an answer to our offer says about the other end; `ours`, the offer, holds our keys."""
    if not their_answer:
        raise NothingInCommon("it came without a session description")
    theirs = SessionDescription.parse(their_answer)
    chosen = _choose(theirs, terms, by_them=True)
    if chosen is None:
        raise NothingInCommon("it accepts no audio codec of ours")
    stream = theirs.media[chosen.stream]
    keys = Keying()
    if terms.srtp != "off" and ours:
        offered = [line for media in SessionDescription.parse(ours).media for line in media.lines]
        keys = keying.agreed(theirs, stream, offered, terms)
    if not keys.is_encrypted and (terms.srtp in ("required", "dtls") or stream.protocol in SECURE):
        raise NothingInCommon("it takes none of our keys")
    return _remote(theirs, chosen, keys, _answered_ice(theirs, stream, ours))


def party(name: str, number: str, host: str) -> NameAddr:
    """A From or To for a number at a host."""
    return NameAddr(display_name=name or None, uri=SipUri(scheme="sip", user=number, host=host))


class _Choice(NamedTuple):
    stream: int
    payload_type: int
    codec: Codec


def _answer(
    theirs: SessionDescription,
    ours: SessionDescription,
    port: int,
    terms: MediaTerms,
    *,
    held: bool = False,
    our_lines: tuple[str, ...] = (),
    standing: RemoteMedia | None = None,
) -> Agreed:
    chosen = _choose(theirs, terms)
    if chosen is None:
        kind = {"required": "encrypted", "dtls": "DTLS-encrypted"}.get(terms.srtp, "plain")
        raise NothingInCommon(f"the offer holds no {kind} RTP audio with {_either(terms.codecs)}")
    stream = theirs.media[chosen.stream]
    keys = keying.accepted(theirs, stream, our_lines, terms)
    ice = _our_ice(theirs, stream, our_lines, standing, terms)
    remote = _remote(theirs, chosen, keys, ice)
    bundle = bundle_sdp.accepted(theirs, stream) if remote.rtcp_mux else bundle_sdp.BundleLines()
    direction = _MIRRORED[stream.direction]
    answered = replace(
        answered_stream(port, remote, terms),
        direction=_HELD[direction] if held else direction,
        protocol=stream.protocol,
        lines=keys.lines
        + ((RTCP_MUX,) if remote.rtcp_mux else ())
        + _ice_lines(remote.ice, ours, port)
        + bundle.stream,
    )
    media = tuple(
        answered if i == chosen.stream else replace(refused, port=0, direction="inactive", lines=())
        for i, refused in enumerate(theirs.media)
    )
    others = tuple(line for line in bundle_sdp.without(ours.lines) if line != ice_sdp.ICE_LITE)
    lines = (*others, *bundle.session, *((ice_sdp.ICE_LITE,) if ice else ()))
    return Agreed(bytes(replace(ours, media=media, lines=lines)), remote)


def _either(codecs: tuple[Codec, ...]) -> str:
    *first, last = codecs
    return f"{', '.join(first)} or {last}" if first else last


def _choose(theirs: SessionDescription, terms: MediaTerms, *, by_them: bool = False) -> _Choice | None:
    """The first usable audio stream, and of its formats the one that we prefer; `by_them`, in an answer, that they
    prefer: it is what they send (RFC 3264 section 6.1)."""
    for index, stream in enumerate(theirs.media):
        if stream.kind != "audio" or stream.port == 0 or not keying.usable(theirs, stream, terms):
            continue
        pairs = (
            product(stream.formats, terms.codecs)
            if by_them
            else ((payload_format, codec) for codec, payload_format in product(terms.codecs, stream.formats))
        )
        for payload_format, codec in pairs:
            if is_codec(stream, payload_format, codec):
                return _Choice(index, int(payload_format), codec)
    return None


def _our_ice(
    theirs: SessionDescription,
    stream: MediaDescription,
    our_lines: tuple[str, ...],
    standing: RemoteMedia | None,
    terms: MediaTerms,
) -> IceTerms | None:
    """For their offer; our credentials stand until theirs change (RFC 8839 section 4.4.1.1.1)."""
    asked = ice_sdp.read(theirs, stream)
    if terms.ice == "off" or asked is None or RTCP_MUX not in stream.lines:
        return None
    ours = ice_sdp.kept(our_lines)
    before = standing.ice if standing is not None else None
    if ours is None or (before is not None and before.remote_ufrag != asked.ufrag):
        ours = ice_sdp.drawn(terms.new_key)
    return IceTerms(ours.ufrag, ours.password, asked.ufrag)


def _answered_ice(theirs: SessionDescription, stream: MediaDescription, ours: bytes) -> IceTerms | None:
    """By their answer; None: we offered none, or they do not speak it."""
    answered = ice_sdp.read(theirs, stream)
    if not ours or answered is None:
        return None
    offered = ice_sdp.kept(line for media in SessionDescription.parse(ours).media for line in media.lines)
    return IceTerms(offered.ufrag, offered.password, answered.ufrag) if offered is not None else None


def _ice_lines(ice: IceTerms | None, ours: SessionDescription, port: int) -> tuple[str, ...]:
    if ice is None or ours.connection is None:
        return ()
    return ice_sdp.lines(ice_sdp.Credentials(ice.ufrag, ice.password), ours.connection.host, port)


def _remote(theirs: SessionDescription, chosen: _Choice, keys: Keying, ice: IceTerms | None) -> RemoteMedia:
    stream = theirs.media[chosen.stream]
    connection = theirs.connection_of(stream)
    if connection is None:
        raise NothingInCommon("it does not say where audio should go")
    dtmf = dtmf_format(stream, chosen.codec)
    return RemoteMedia(
        host=connection.host,
        port=stream.port,
        codec=chosen.codec,
        payload_type=chosen.payload_type,
        dtmf_payload_type=dtmf.payload_type if dtmf is not None else None,
        dtmf_clock_rate_hz=dtmf.clock_rate_hz if dtmf is not None else CLOCK_RATES_HZ[chosen.codec],
        opus=opus_format(stream, chosen.codec, chosen.payload_type),
        ptime_ms=ptime_ms(stream, chosen.codec),
        sending=stream.direction in ("sendrecv", "recvonly") and (ice is not None or not connection.is_hold),
        receiving=stream.direction in ("sendrecv", "sendonly"),
        rtcp_mux=RTCP_MUX in stream.lines,
        srtp=keys.srtp,
        dtls=keys.dtls,
        ice=ice,
    )


def _describe(host: str, port: int, *streams: MediaDescription) -> SessionDescription:
    """A description of ours; the port makes its session id unique on this machine (RFC 8866 section 5.2)."""
    family = "IP6" if ":" in host else "IP4"
    return SessionDescription(
        origin=Origin(username="-", session_id=str(port), version="1", host=host, address_type=family),
        connection=Connection(host, family),
        media=streams,
    )
