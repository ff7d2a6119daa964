"""Where bytes came from or go to: a transport and its far end. It knows nothing of SIP URIs.

Two transports are no transports yet: `sip` and `sips` stand for "whichever the name's DNS records say", and port 0
for "whichever they say" (RFC 3263 section 4.1, 4.2). `location` turns such an address into real ones.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple

STREAMS = frozenset(("tcp", "tls", "ws", "wss"))
SECURE = frozenset(("tls", "wss"))
UNDECIDED = frozenset(("sip", "sips"))
DEFAULT_PORTS = {"udp": 5060, "tcp": 5060, "sip": 5060, "tls": 5061, "sips": 5061, "ws": 80, "wss": 443}


class Address(NamedTuple):
    """One far end on one transport; for a stream it names the connection too (a flow, RFC 5626).

    `local` names the socket of ours when there are several for the transport, "" for the first one that fits;
    `name` is the domain that the far end's certificate must be for, where it was found by name (RFC 5922).
    """

    transport: str
    host: str
    port: int
    local: str = ""
    name: str = ""

    @property
    def reliable(self) -> bool:
        """Whether the transport retransmits for us (RFC 3261 section 17: timers A, E and G stay off)."""
        return self.transport in STREAMS

    @property
    def secure(self) -> bool:
        """Whether what goes there is encrypted."""
        return self.transport in SECURE

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}:{host}:{self.port}"

    def by_default(self) -> Address:
        """Transport and port without asking DNS: what a name stands for when nothing is known of it."""
        transport = {"sip": "udp", "sips": "tls"}.get(self.transport, self.transport)
        return self._replace(transport=transport, port=self.port or DEFAULT_PORTS.get(transport, 5060))


def is_literal(host: str) -> bool:
    """Whether a host is an IP address, which needs no looking up."""
    if not host or not (host[-1].isdigit() or ":" in host):
        return False  # no top-level domain ends in a digit (RFC 3696 section 2)
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
