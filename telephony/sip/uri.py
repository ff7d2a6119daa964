"""SIP, SIPS and tel URIs (RFC 3261 section 19.1, RFC 3966); other schemes are kept byte for byte.

A parsed URI remembers its text, so that a Request-URI or a Contact goes back out as it came in. Comparison by
the RFC's rules is `equivalent`; `==` compares the parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import quote as percent_encode
from urllib.parse import unquote as percent_decode

from telephony.sip.address import DEFAULT_PORTS, Address, is_literal
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.grammar import Parameters

# userinfo = ( user / telephone-subscriber ) [ ":" password ] "@"; "#" is not in the set, but phones dial it
_SIP_URI = re.compile(
    r"(?:([\w\-.!~*'()&=+$,;?/%#]++)(?::([\w\-.!~*'()&=+$,%]*+))?@)?"
    r"(\[[0-9A-Fa-f:.]++\]|[A-Za-z0-9][A-Za-z0-9\-._]*+)"
    r"(?::([0-9]{1,5}))?"
    r"((?:;[^\s;?<>@\"]*+)*)"
    r"(?:\?([^\s<>@\"]*+))?"
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*+):([^\s<>\"]++)")
_TEL = re.compile(r"(\+?[0-9A-Fa-f*#().\-]++)((?:;[^\s;<>\"]*+)*)")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_USER_SAFE = "-_.!~*'()&=+$,;?/"
# The same few come again and again: a call's ACK and BYE repeat its Contact, a phone its From. Bounded both ways.
_REMEMBERED, _LONGEST_REMEMBERED = 4096, 200
# section 19.1.4: these URI parameters never match when only one side has them
_ALWAYS_COMPARED = frozenset(("user", "ttl", "method", "maddr", "transport"))


def _parse_uri_parameters(text: str) -> Parameters:
    pairs: dict[str, str | None] = {}
    for part in text.split(";")[1:]:
        name, equals, value = part.partition("=")
        if name:
            pairs.setdefault(name.lower(), value if equals else None)
    return Parameters.of(pairs)


_NO_PARAMETERS = Parameters()


@dataclass(frozen=True, slots=True)
class SipUri:
    """One URI. `user` is unescaped; `host` has no brackets; in `tel:` `user` is the number, `host` ""."""

    scheme: str
    user: str | None
    host: str
    port: int | None = None
    parameters: Parameters = _NO_PARAMETERS
    password: str | None = None
    headers: str | None = None
    text: str | None = field(default=None, compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> SipUri:
        """Read a URI; raises RemoteProtocolError (416 is for the user agent to say, not for this)."""
        return _remembered(text) if len(text) <= _LONGEST_REMEMBERED else cls._parse(text)

    @classmethod
    def _parse(cls, text: str) -> SipUri:
        found = _SCHEME.fullmatch(text)
        if found is None or _ESCAPE.search(text):
            raise RemoteProtocolError(f"not a URI: {text[:80]!r}")
        scheme, rest = found[1].lower(), found[2]
        if scheme in ("sip", "sips"):
            return cls._parse_sip(scheme, rest, text)
        if scheme == "tel":
            tel = _TEL.fullmatch(rest)
            if tel is None:
                raise RemoteProtocolError(f"not a telephone number: {text[:80]!r}")
            return cls("tel", tel[1], "", None, _parse_uri_parameters(tel[2]), text=text)
        return cls(scheme, None, "", None, text=text)

    @classmethod
    def _parse_sip(cls, scheme: str, rest: str, text: str) -> SipUri:
        found = _SIP_URI.fullmatch(rest)
        if found is None:
            raise RemoteProtocolError(f"not a SIP URI: {text[:80]!r}")
        user, password, host, port, parameters, headers = found.groups()
        if user is not None and "%" in user:
            user = percent_decode(user, errors="surrogateescape")
        number = int(port) if port else None
        if number is not None and not 0 < number < 65536:
            raise RemoteProtocolError(f"port out of range: {text[:80]!r}")
        if host[0] == "[":
            host = host[1:-1]
        known = _parse_uri_parameters(parameters) if parameters else _NO_PARAMETERS
        return cls(scheme, user, host, number, known, password, headers, text)

    def __str__(self) -> str:
        if self.text is not None:
            return self.text
        if self.scheme == "tel":
            return f"tel:{self.user}{self.parameters}"
        user = ""
        if self.user is not None:
            password = f":{self.password}" if self.password is not None else ""
            user = percent_encode(self.user, safe=_USER_SAFE, errors="surrogateescape") + password + "@"
        headers = f"?{self.headers}" if self.headers is not None else ""
        return f"{self.scheme}:{user}{self.host_port}{self.parameters}{headers}"

    @property
    def host_port(self) -> str:
        """`host[:port]` with brackets about an IPv6 reference."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    def with_changes(self, **changes: str | int | Parameters | None) -> SipUri:
        """A copy with some parts changed; the remembered text is forgotten."""
        return replace(self, **changes, text=None)  # type: ignore[arg-type]

    @property
    def is_sip(self) -> bool:
        """Whether a SIP request can be sent to it without translation."""
        return self.scheme in ("sip", "sips")

    def destination(self) -> Address:
        """Where a request for this URI goes; what its name's DNS records decide is left open (RFC 3263 section 4).

        Transport and port follow from an IP address, and from a port that is named; a bare name leaves both to be
        looked up. A SIPS URI leads to TLS whatever its transport says.
        """
        transport = (self.parameters.get("transport") or "").lower()
        host = self.parameters.get("maddr") or self.host
        decided = self.port is not None or is_literal(host)
        if self.scheme == "sips":
            transport = "wss" if transport in ("ws", "wss") else "tls" if transport or decided else "sips"
        elif not transport:
            transport = "udp" if decided else "sip"
        if decided:
            return Address(transport, host, self.port or DEFAULT_PORTS.get(transport, 5060))
        return Address(transport, host, DEFAULT_PORTS[transport] if transport in ("ws", "wss") else 0)

    def equivalent(self, other: SipUri) -> bool:
        """Comparison by RFC 3261 section 19.1.4."""
        mine = (self.scheme, self.user, self.password, self.host.lower(), self.port)
        if mine != (other.scheme, other.user, other.password, other.host.lower(), other.port):
            return False
        if not (self.is_sip or self.scheme == "tel"):
            return str(self) == str(other)
        for name in self.parameters.keys() | other.parameters.keys():
            ours, theirs = name in self.parameters, name in other.parameters
            if ours and theirs:
                if (self.parameters[name] or "").lower() != (other.parameters[name] or "").lower():
                    return False
            elif name in _ALWAYS_COMPARED:
                return False
        return sorted((self.headers or "").split("&")) == sorted((other.headers or "").split("&"))


@lru_cache(_REMEMBERED)
def _remembered(text: str) -> SipUri:
    return SipUri._parse(text)
