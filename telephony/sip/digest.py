"""Digest access authentication, the arithmetic of both sides (RFC 3261 section 22, RFC 7616, RFC 8760).

Pure: no state, no random source. MD5 and SHA-256, with and without `qop=auth`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Protocol

from telephony.sip.errors import RemoteProtocolError
from telephony.sip.grammar import quote, unquote

ALGORITHMS = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
_SCHEME = re.compile(r"\s*+([A-Za-z]++)\s++")
_FIELD = re.compile(r'\s*+([^\s=,"]++)\s*+=\s*+("(?:[^"\\]|\\.)*"|[^\s,"]*+)\s*+(?:,|$)', re.S)


class Credentials(Protocol):
    """Where passwords come from."""

    def password(self, user: str, realm: str) -> str | None:
        """The user's password; None for an unknown user."""


def parse_fields(text: str) -> dict[str, str]:
    """The `name=value` pairs after `Digest`, values unquoted; raises RemoteProtocolError."""
    scheme = _SCHEME.match(text)
    if scheme is None or scheme[1].lower() != "digest":
        raise RemoteProtocolError(f"not digest credentials: {text[:40]!r}")
    fields: dict[str, str] = {}
    position = scheme.end()
    while position < len(text):
        found = _FIELD.match(text, position)
        if found is None:
            raise RemoteProtocolError(f"digest: cannot read {text[position : position + 40]!r}")
        fields[found[1].lower()] = unquote(found[2])
        position = found.end()
    return fields


def digest_response(
    *,
    algorithm: str,
    user: str,
    realm: str,
    password: str,
    method: str,
    uri: str,
    nonce: str,
    qop: str | None = None,
    nc: str = "",
    cnonce: str = "",
) -> str:
    """`response` as RFC 7616 section 3.4.1 computes it; without `qop` as RFC 2069 did."""

    def h(text: str) -> str:
        return ALGORITHMS[algorithm](text.encode("utf-8", "surrogateescape")).hexdigest()

    ha1, ha2 = h(f"{user}:{realm}:{password}"), h(f"{method}:{uri}")
    if qop is None:
        return h(f"{ha1}:{nonce}:{ha2}")
    return h(f"{ha1}:{nonce}:{nc}:{cnonce}:{qop}:{ha2}")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One WWW-Authenticate or Proxy-Authenticate value."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: bool = True
    stale: bool = False
    opaque: str | None = None

    @classmethod
    def parse(cls, text: str) -> Challenge | None:
        """Read a challenge; None for one that we cannot meet (another scheme, algorithm or qop)."""
        try:
            fields = parse_fields(text)
        except RemoteProtocolError:
            return None
        algorithm = fields.get("algorithm", "MD5").upper()
        if algorithm not in ALGORITHMS or "realm" not in fields or "nonce" not in fields:
            return None
        offered = [each.strip().lower() for each in fields["qop"].split(",")] if "qop" in fields else []
        if offered and "auth" not in offered:
            return None
        stale = fields.get("stale", "").lower() == "true"
        return cls(fields["realm"], fields["nonce"], algorithm, bool(offered), stale, fields.get("opaque"))

    def __str__(self) -> str:
        stale = ", stale=true" if self.stale else ""
        qop = ', qop="auth"' if self.qop else ""
        opaque = f", opaque={quote(self.opaque)}" if self.opaque is not None else ""
        return (
            f"Digest realm={quote(self.realm)}, nonce={quote(self.nonce)}, "
            f"algorithm={self.algorithm}{qop}{stale}{opaque}"
        )


def choose_challenge(values: list[str]) -> Challenge | None:
    """The first challenge that we can meet: RFC 8760 section 2.4 has the server order them by preference."""
    return next((each for value in values if (each := Challenge.parse(value)) is not None), None)


def answer_challenge(
    challenge: Challenge, *, user: str, password: str, method: str, uri: str, cnonce: str, nc: int = 1
) -> str:
    """The Authorization value that meets a challenge."""
    count = f"{nc:08x}"
    response = digest_response(
        algorithm=challenge.algorithm,
        user=user,
        realm=challenge.realm,
        password=password,
        method=method,
        uri=uri,
        nonce=challenge.nonce,
        qop="auth" if challenge.qop else None,
        nc=count,
        cnonce=cnonce,
    )
    text = (
        f"Digest username={quote(user)}, realm={quote(challenge.realm)}, nonce={quote(challenge.nonce)}, "
        f'uri={quote(uri)}, response="{response}", algorithm={challenge.algorithm}'
    )
    if challenge.qop:
        text += f", qop=auth, nc={count}, cnonce={quote(cnonce)}"
    if challenge.opaque is not None:
        text += f", opaque={quote(challenge.opaque)}"
    return text
