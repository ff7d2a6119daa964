"""What an endpoint listens on, how its connections are bounded, and the names of its sockets.

Pure values: `sip.listen` entries are read here, and the local address for a message's Via or Contact is chosen here
(RFC 3261 section 18.1.1, 18.2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from telephony.sip.address import DEFAULT_PORTS, STREAMS, Address

LISTENING = ("udp", "tcp", "tls", "ws", "wss")


@dataclass(frozen=True, slots=True)
class Listener:
    """One socket to listen on; port 0 takes a free one."""

    transport: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Listener:
        """Read `transport:host[:port]`, an IPv6 address in brackets; ValueError says what is wrong."""
        transport, colon, rest = text.partition(":")
        transport = transport.strip().lower()
        if not colon or transport not in LISTENING:
            known = ", ".join(LISTENING)
            raise ValueError(f'expected TRANSPORT:HOST:PORT with one of {known}, got "{text}"')
        if rest.startswith("["):
            host, bracket, port = rest[1:].partition("]")
            if not bracket or (port and not port.startswith(":")):
                raise ValueError(f'expected an IPv6 address in brackets, got "{text}"')
            port = port[1:]
        else:
            host, _, port = rest.partition(":")
            if ":" in port:
                raise ValueError(
                    f'an IPv6 address goes in brackets, as in "{transport}:[::1]:5060", got "{text}"'
                )
        if not host:
            raise ValueError(f'no address in "{text}"')
        if port and not (port.isascii() and port.isdigit() and int(port) <= 65535):
            raise ValueError(f'expected a port from 0 to 65535, got "{port}"')
        return cls(transport, host, int(port) if port else DEFAULT_PORTS[transport])

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}:{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """How much of us peers may take by connecting; message size and header count are `parser.Limits`.

    `idle_s` ends connections that carry no registration and no dialog; `partial_s` those that begin a message and do
    not end it.
    """

    connections: int = 10_000
    connections_per_source: int = 200
    idle_s: float = 600.0
    partial_s: float = 30.0
    handshake_s: float = 10.0
    connect_s: float = 5.0


LocalAddresses = Mapping[str, tuple[str, int]]


def socket_key(transport: str, host: str) -> str:
    """What the first socket of a transport and address family is called."""
    return f"{transport}6" if ":" in host else transport


def local_address(known: LocalAddresses, towards: Address | str) -> tuple[str, int] | None:
    """Our side of a message: the socket it leaves by, else the family's first, else the transport's.

    A transport that we use as clients only has no address of its own; answers come back on its connection.
    """
    if isinstance(towards, str):
        towards = Address(towards, "", 0)
    transport = {"sip": "udp", "sips": "tls"}.get(towards.transport, towards.transport)
    if towards.local and (own := known.get(f"{transport}@{towards.local}")) is not None:
        return own
    own = known.get(socket_key(transport, towards.host))  # nearly always there
    if own is not None:
        return own
    served = (transport, "tcp", "udp") if transport in STREAMS else (transport,)
    names = [socket_key(each, towards.host) for each in served]
    names += [name for each in served for name in (each, f"{each}6")]
    return next((known[name] for name in names if name in known), None)
