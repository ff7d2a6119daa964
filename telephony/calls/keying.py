"""Encryption within an offer or an answer: which keys are offered, taken and agreed on, by our terms.

    offered   lines and protocol of our offer        accepted   our lines and the keys, for their offer
    stricter  protocols if that is refused           narrowed   our lines under one of these
    webrtc    protocol and lines for a browser
    usable    whether a stream of theirs fits        agreed     the keys, by their answer

Joins the two ways of keys, `sdes` (RFC 4568) and `dtls_sdp` (RFC 5763). Pure. Where a description has both, keys that
are told come before a handshake: audio flows at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from telephony.calls import dtls_sdp, sdes
from telephony.calls.terms import MediaTerms
from telephony.media.keying import DtlsTerms, SrtpKeys
from telephony.sip.sdp import MediaDescription, SessionDescription

PLAIN = ("RTP/AVP", "RTP/AVPF")
SECURE = ("RTP/SAVP", "RTP/SAVPF", *dtls_sdp.PROTOCOLS)
RTCP_MUX = "a=rtcp-mux"
NO_RTCP = ("b=RS:0", "b=RR:0")
"""RFC 3556 section 2: no bandwidth for reports, neither side sends any. RTCP on a port of its own would take a second
handshake (RFC 5764 section 5.1.1), which is not worth its ports and round trips: who has DTLS has `a=rtcp-mux`."""


class Keying(NamedTuple):
    """Our lines, and how keys come; neither way: plain RTP."""

    lines: tuple[str, ...] = ()
    srtp: SrtpKeys | None = None
    dtls: DtlsTerms | None = None

    @property
    def is_encrypted(self) -> bool:
        return self.srtp is not None or self.dtls is not None


def offered(terms: MediaTerms) -> tuple[str, tuple[str, ...]]:
    """Protocol and lines."""
    match terms.srtp:
        case "off":
            return "RTP/AVP", ()
        case "required":
            return "RTP/SAVP", sdes.offered(terms.new_key)
        case "dtls":
            return dtls_sdp.PROTOCOLS[0], (*dtls_sdp.offered(terms.fingerprint), RTCP_MUX)
        case "offered":
            # RFC 8643: encryption that may be declined is offered on plain RTP.
            handshake = (*dtls_sdp.offered(terms.fingerprint), RTCP_MUX) if terms.fingerprint else ()
            return "RTP/AVP", (*sdes.offered(terms.new_key), *handshake)


def webrtc(terms: MediaTerms) -> tuple[str, tuple[str, ...]]:
    """Protocol and lines for a browser, which takes no others (RFC 8829 section 5.1.2)."""
    return dtls_sdp.PROTOCOLS[1], (*dtls_sdp.offered(terms.fingerprint), RTCP_MUX)


def stricter(terms: MediaTerms, *, is_secure: bool) -> tuple[str, ...]:
    """Protocols to offer a phone that refuses plain RTP with keys beside it: some are set to encrypted audio alone.
    Told keys only where nobody reads them on the way."""
    if terms.srtp != "offered":
        return ()
    return (*dtls_sdp.PROTOCOLS[:1] * bool(terms.fingerprint), *("RTP/SAVP",) * is_secure)


def narrowed(lines: tuple[str, ...], protocol: str) -> tuple[str, ...]:
    """Our lines under one of those: what belongs to the other way of keys is left out."""
    foreign = ("a=crypto:",) if protocol in dtls_sdp.PROTOCOLS else ("a=setup:", "a=fingerprint:")
    return tuple(line for line in lines if not line.startswith(foreign))


def usable(theirs: SessionDescription, stream: MediaDescription, terms: MediaTerms) -> bool:
    """Whether the stream's encryption, or its lack, is within our terms."""
    if stream.protocol in PLAIN and terms.srtp in ("off", "offered"):
        return True
    if stream.protocol not in (*PLAIN, *SECURE):
        return False
    return _promise(theirs, stream, terms) is not None or (
        stream.protocol not in dtls_sdp.PROTOCOLS and _takes_sdes(terms) and bool(sdes.cryptos(stream.lines))
    )


def accepted(
    theirs: SessionDescription, stream: MediaDescription, our_lines: Iterable[str], terms: MediaTerms
) -> Keying:
    """For their offer; `our_lines` are those so far, in a session that stands."""
    ours = tuple(our_lines)
    if _takes_sdes(terms) and stream.protocol not in dtls_sdp.PROTOCOLS:
        secured = sdes.accepted(stream.lines, ours, terms.new_key)
        if secured is not None:
            return Keying((str(secured[0]),), secured[1])
    promise = _promise(theirs, stream, terms)
    if promise is None:
        return Keying()
    lines, handshake = dtls_sdp.accepted(promise, terms.fingerprint, ours)
    return Keying(lines if RTCP_MUX in stream.lines else (*NO_RTCP, *lines), dtls=handshake)


def agreed(
    theirs: SessionDescription, stream: MediaDescription, our_lines: Iterable[str], terms: MediaTerms
) -> Keying:
    """By their answer to an offer of ours with these lines."""
    if _takes_sdes(terms):
        keys = sdes.agreed(stream.lines, our_lines)
        if keys is not None:
            return Keying(srtp=keys)
    promise = _promise(theirs, stream, terms)
    return Keying(dtls=dtls_sdp.agreed(promise)) if promise is not None else Keying()


def _takes_sdes(terms: MediaTerms) -> bool:
    return terms.srtp in ("offered", "required")


def _promise(
    theirs: SessionDescription, stream: MediaDescription, terms: MediaTerms
) -> dtls_sdp.Promise | None:
    return dtls_sdp.read(theirs, stream) if terms.srtp != "off" and terms.fingerprint else None
