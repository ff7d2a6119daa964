"""Header fields as values: their names, and the structured ones (Via, From/To/Contact/Route, CSeq).

Each parser quotes the rule of RFC 3261 section 25.1 that it serves. Nothing here knows whole messages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from telephony.sip.errors import RemoteProtocolError
from telephony.sip.grammar import Parameters, is_token, parse_parameters, quote, split_list, unquote
from telephony.sip.uri import SipUri

# Compact forms: RFC 3261 section 7.3.3 and the registry of header field names.
_COMPACT = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "n": "identity-info",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}
# The spellings that nearly every message uses, so that most names cost one dictionary look-up.
_COMMON = """
    Accept Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Authorization Call-ID
    Call-Info Contact Content-Disposition Content-Encoding Content-Language Content-Length
    Content-Type CSeq Date Diversion Error-Info Event Expires From In-Reply-To Max-Forwards
    MIME-Version Min-Expires Min-SE Organization P-Asserted-Identity P-Preferred-Identity Path
    Priority Privacy Proxy-Authenticate Proxy-Authorization Proxy-Require RAck Reason Record-Route
    Refer-To Referred-By Replaces Reply-To Require Retry-After Route RSeq Server Service-Route
    Session-Expires Subject Subscription-State Supported Timestamp To Unsupported User-Agent Via
    Warning WWW-Authenticate
"""
SPELLINGS: dict[str, str] = {
    **{name: name.lower() for name in _COMMON.split()},
    **{name.lower(): name.lower() for name in _COMMON.split()},
    **_COMPACT,
    **{compact.upper(): name for compact, name in _COMPACT.items()},
}
FULL_NAMES = frozenset(SPELLINGS.values())
"""Canonical already: whoever asks by one of these needs no second look."""
# Headers whose value is a comma list (section 7.3.1); credentials and dates use commas for something else.
LISTS = frozenset(
    """accept accept-contact accept-encoding accept-language alert-info allow allow-events call-info contact
    content-encoding content-language diversion error-info history-info in-reply-to p-asserted-identity
    p-preferred-identity path proxy-require reason record-route reject-contact require route
    service-route supported unsupported via warning""".split()  # noqa: SIM905 - thirty names read better so
)


def canonical(name: str) -> str:
    """The lower-case full name of a header in any spelling; RemoteProtocolError for what is no token."""
    known = SPELLINGS.get(name)
    if known is not None:
        return known
    stripped = name.rstrip(" \t")
    if not is_token(stripped):
        raise RemoteProtocolError(f"not a header name: {name[:40]!r}")
    lower = stripped.lower()
    return _COMPACT.get(lower, lower)


_NO_PARAMETERS = Parameters()
_REMEMBERED, _LONGEST_REMEMBERED = 1024, 32


class CSeq(NamedTuple):
    """`CSeq = "CSeq" HCOLON 1*DIGIT LWS Method`"""

    number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> CSeq:
        """Read a CSeq; its number must be below 2**31 (section 8.1.1.5)."""
        return _remembered_cseq(text) if len(text) <= _LONGEST_REMEMBERED else cls._parse(text)

    @classmethod
    def _parse(cls, text: str) -> CSeq:
        parts = text.split()
        if len(parts) != 2 or len(parts[0]) > 10 or not (parts[0].isascii() and parts[0].isdigit()):
            raise RemoteProtocolError(f"CSeq: cannot read {text[:40]!r}")
        number = int(parts[0])
        if number >= 2**31 or not is_token(parts[1]):
            raise RemoteProtocolError(f"CSeq: out of range: {text[:40]!r}")
        return cls(number, parts[1])

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


@lru_cache(_REMEMBERED)
def _remembered_cseq(text: str) -> CSeq:
    """Nearly every call says the same few: "1 INVITE", "1 ACK", "2 BYE"."""
    return CSeq._parse(text)


# via-parm = sent-protocol LWS sent-by *( SEMI via-params ); sent-by = host [ COLON port ]
_VIA = re.compile(
    r"\s*+([^\s/;,]++)\s*+/\s*+([^\s/;,]++)\s*+/\s*+([^\s/;,]++)\s++"
    r"(\[[0-9A-Fa-f:.]++\]|[^\s:;,\[\]\"<>]++)\s*+(?::\s*+([0-9]{1,5}))?\s*+(;.*+)?",
    re.S,
)


class Via(NamedTuple):
    """One hop of a request's way (section 20.42). `host` is without brackets."""

    transport: str
    host: str
    port: int | None
    parameters: Parameters

    @classmethod
    def parse(cls, text: str) -> Via:
        """Read one Via value."""
        found = _VIA.fullmatch(text)
        if found is None:
            raise RemoteProtocolError(f"Via: cannot read {text[:80]!r}")
        protocol, version, transport, host, port, rest = found.groups()
        if protocol.upper() != "SIP" or version != "2.0":
            raise RemoteProtocolError(f"Via: unknown protocol {protocol[:20]}/{version[:20]}")
        number = int(port) if port else None
        if number is not None and not 0 < number < 65536:
            raise RemoteProtocolError(f"Via: port out of range in {text[:80]!r}")
        return cls(
            transport.upper(), host.strip("[]"), number, parse_parameters(rest) if rest else _NO_PARAMETERS
        )

    @property
    def branch(self) -> str | None:
        """The transaction's identifier."""
        return self.parameters.get("branch")

    @property
    def sent_by(self) -> str:
        """`host:port` for transaction matching (section 17.2.3); the default port is written out."""
        return f"{self.host.lower()}:{self.port or 5060}"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port is not None else ""
        return f"SIP/2.0/{self.transport} {host}{port}{self.parameters}"


# name-addr = [ display-name ] LAQUOT addr-spec RAQUOT; display-name = *(token LWS) / quoted-string
_NAME_ADDR = re.compile(r'\s*+(?:("(?:[^"\\]|\\.)*")|([^"<>,;]*+))\s*+<\s*+([^<>\s]++)\s*+>\s*+(;.*+)?', re.S)
# section 20.10: without brackets, what follows a semicolon is header parameters; no "?" and no ","
_ADDR_SPEC = re.compile(r'\s*+([^\s<>;?,"]++)\s*+(;.*+)?', re.S)
_TAG = re.compile(r';\s*+tag\s*+=\s*+([^\s;,"]++)', re.I)


@dataclass(frozen=True, slots=True)
class NameAddr:
    """A From, To, Contact, Route or like value: a name, a URI, header parameters."""

    uri: SipUri
    display_name: str | None = None
    parameters: Parameters = _NO_PARAMETERS

    @classmethod
    def parse(cls, text: str) -> NameAddr:
        """Read one name-addr or addr-spec with its parameters."""
        found = _NAME_ADDR.fullmatch(text)
        if found is not None:
            quoted, bare, uri, rest = found.groups()
            name = unquote(quoted) if quoted is not None else (bare.strip() or None)
        else:
            found = _ADDR_SPEC.fullmatch(text)
            if found is None:
                raise RemoteProtocolError(f"not an address: {text[:80]!r}")
            uri, rest = found.groups()
            name = None
        return cls(SipUri.parse(uri), name, parse_parameters(rest) if rest else _NO_PARAMETERS)

    @property
    def tag(self) -> str | None:
        """The dialog tag (section 19.3)."""
        return self.parameters.get("tag")

    def with_tag(self, tag: str) -> NameAddr:
        """A copy that carries `tag`."""
        return NameAddr(self.uri, self.display_name, self.parameters.with_value("tag", tag))

    def __str__(self) -> str:
        name = f"{quote(self.display_name)} " if self.display_name is not None else ""
        return f"{name}<{self.uri}>{self.parameters}"


def tag_of(value: str) -> str | None:
    """The tag of a From or To value without parsing the rest of it: what matching a dialog needs."""
    if "tag" not in value and "TAG" not in value.upper():
        return None
    close = value.rfind(">")
    found = _TAG.search(value, close + 1 if close >= 0 else 0)
    return found[1] if found else None


def parse_addresses(values: list[str]) -> list[NameAddr]:
    """Read all values of a header such as Contact or Route."""
    return [NameAddr.parse(element) for value in values for element in split_list(value)]


def parse_delta_seconds(text: str) -> int | None:
    """`delta-seconds` of Expires and the like; what is no number is None, what is too large is capped."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()):
        return None
    return int(digits) if len(digits) <= 10 and int(digits) < 2**32 else 2**32 - 1
