"""DTLS-SRTP inside session descriptions: `a=setup` (RFC 4145) and `a=fingerprint` (RFC 8122), as RFC 5763 joins them.

    offered     our lines in an offer: either side may begin
    read        what a description of theirs promises
    accepted    our line of roles for their offer, and the handshake to come
    agreed      the handshake to come, by their answer

Pure. Both attributes may stand once for the whole session. A description without a fingerprint that can be compared
promises nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from telephony.media.keying import DtlsRole, DtlsTerms
from telephony.sip.sdp import MediaDescription, SessionDescription

Setup = Literal["active", "passive", "actpass"]

PROTOCOLS = ("UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF")
ALGORITHMS = ("sha-256", "sha-384", "sha-512")
_SETUP = re.compile(r"a=setup:(active|passive|actpass)\s*", re.IGNORECASE)
_FINGERPRINT = re.compile(r"a=fingerprint:(\S{1,16}) +((?:[0-9A-Fa-f]{2}:){19,63}[0-9A-Fa-f]{2})\s*")
_OURS: dict[Setup, DtlsRole] = {"active": "passive", "passive": "active", "actpass": "passive"}
"""For their role. Where we may choose, they begin (RFC 5763 section 5 would have the answerer begin, to save one way of
the network): a phone behind NAT can reach us, and we cannot reach it."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What one side says of its handshake."""

    setup: Setup
    fingerprints: tuple[str, ...]


def offered(fingerprint: str) -> tuple[str, ...]:
    return _lines("actpass", fingerprint)


def read(description: SessionDescription, stream: MediaDescription) -> Promise | None:
    """None: nothing that can be used, such as `holdconn`."""
    fingerprints = _fingerprints(stream.lines) or _fingerprints(description.lines)
    if not fingerprints:
        return None
    said = [line for line in (*stream.lines, *description.lines) if line.startswith("a=setup:")]
    if not said:
        return Promise("active", fingerprints)  # RFC 4145 section 4: the default
    found = _SETUP.fullmatch(said[0])
    return Promise(found[1].lower(), fingerprints) if found is not None else None  # type: ignore[arg-type]


def accepted(
    theirs: Promise, fingerprint: str, our_lines: Iterable[str]
) -> tuple[tuple[str, ...], DtlsTerms]:
    """Our lines for their offer; a role that stands, by our lines so far, is kept (RFC 8842 section 5.3)."""
    role = _OURS[theirs.setup]
    if theirs.setup == "actpass":
        standing = next(
            (found[1] for line in our_lines if (found := _SETUP.fullmatch(line)) is not None), None
        )
        role = "active" if standing == "active" else role
    return _lines(role, fingerprint), DtlsTerms(role, theirs.fingerprints)


def agreed(theirs: Promise) -> DtlsTerms:
    """By their answer to an offer of ours, which left the roles open."""
    return DtlsTerms(_OURS[theirs.setup], theirs.fingerprints)


def reopened(lines: Iterable[str]) -> tuple[str, ...]:
    """Our lines in a later offer: the roles are open to the answerer again (RFC 8842 section 5.5)."""
    return tuple("a=setup:actpass" if _SETUP.fullmatch(line) else line for line in lines)


def _lines(setup: Setup, fingerprint: str) -> tuple[str, ...]:
    return (f"a=setup:{setup}", f"a=fingerprint:{fingerprint}")


def _fingerprints(lines: Iterable[str]) -> tuple[str, ...]:
    found = (_FINGERPRINT.fullmatch(line) for line in lines)
    return tuple(
        f"{each[1].lower()} {each[2].upper()}"
        for each in found
        if each is not None and each[1].lower() in ALGORITHMS
    )
