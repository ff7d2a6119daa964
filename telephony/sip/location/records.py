"""DNS questions and answers as values: NAPTR, SRV and addresses, no more than SIP needs (RFC 2915, 2782)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from telephony.sip.address import is_literal


class Question(NamedTuple):
    """One look-up; `kind` is NAPTR, SRV, A or AAAA. Names are in lower case without the last dot."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Naptr:
    """A service of a domain, and the SRV name (flag "s") or host (flag "a") that offers it."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Srv:
    """A host that offers a service; target "" says that there is decidedly none."""

    priority: int
    weight: int
    port: int
    target: str


@dataclass(frozen=True, slots=True)
class HostAddress:
    """An A or AAAA record."""

    host: str


Record: TypeAlias = Naptr | Srv | HostAddress


@dataclass(frozen=True, slots=True)
class Answer:
    """What DNS said. Without records the name has none of that kind; `failed` when DNS could not be asked."""

    records: tuple[Record, ...] = ()
    ttl_s: float = 0.0
    failed: bool = False


def server_address(text: str) -> tuple[str, int]:
    """Read a name server's address; ValueError if it is none."""
    host, port = text, "53"
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") or "53"
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not is_literal(host) or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f'expected a name server such as "192.0.2.53" or "[2001:db8::53]:53", got "{text}"')
    return host, int(port)
