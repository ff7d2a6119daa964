"""Where bytes came from or go to: a transport and its far end. It knows nothing of SIP URIs."""

from __future__ import annotations

from typing import NamedTuple

STREAMS = frozenset(("tcp", "tls", "ws", "wss"))


class Address(NamedTuple):
    """One far end on one transport; for a stream it names the connection too (a flow, RFC 5626)."""

    transport: str
    host: str
    port: int

    @property
    def reliable(self) -> bool:
        """Whether the transport retransmits for us (RFC 3261 section 17: timers A, E and G stay off)."""
        return self.transport in STREAMS

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}:{host}:{self.port}"
