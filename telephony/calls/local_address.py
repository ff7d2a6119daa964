"""Which of this machine's addresses a peer can reach: what the operating system would use to send to it.

A server that listens on every address must still write one into a session description, and the right one differs
for a phone on this machine, one in the office and a trunk outside.
"""

from __future__ import annotations

import ipaddress
import socket

FALLBACK = "127.0.0.1"
OUTSIDE = "192.0.2.1"
"""An address that is nowhere on this machine (RFC 5737): what a name stands for, whose look-up would block."""
OUTSIDE_6 = "2001:db8::1"
"""The same of IPv6 (RFC 3849)."""


class LocalAddresses:
    """Answers with the local address towards a peer; asks the operating system once a peer.

    `advertised` (an address or name in front of NAT) answers for every peer but this machine itself.
    """

    LIMIT = 4096

    def __init__(self, advertised: str | None = None) -> None:
        self._advertised = advertised
        self._known: dict[str, str] = {}

    def towards(self, peer: str) -> str:
        """The address of ours that `peer` (an IP address, or a name) should send to."""
        if peer not in self._known:
            if len(self._known) >= self.LIMIT:
                self._known.clear()
            self._known[peer] = self._ask(peer)
        return self._known[peer]

    def _ask(self, peer: str) -> str:
        local = route_to(peer)
        if self._advertised is not None and not local.startswith("127."):
            return self._advertised
        return local


def route_to(peer: str) -> str:
    """The source address of a datagram to `peer`; nothing is sent: connecting a UDP socket only looks up the route."""
    try:
        address = ipaddress.ip_address(peer.strip("[]"))
    except ValueError:
        address = ipaddress.ip_address(OUTSIDE)
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(address), 9))
        except OSError:
            return FALLBACK
        return str(probe.getsockname()[0])
