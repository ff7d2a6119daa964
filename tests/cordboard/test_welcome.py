"""What `serve` says about where SIP is taken."""

from __future__ import annotations

from cordboard.cli.serve import further_listeners
from telephony.sip.listeners import Listener


def test_the_first_port_is_not_repeated() -> None:
    assert further_listeners([Listener("udp", "0.0.0.0", 5060), Listener("tcp", "0.0.0.0", 5060)]) == []


def test_further_listeners_are_named_with_their_ports() -> None:
    first = [Listener("udp", "0.0.0.0", 5060), Listener("tcp", "0.0.0.0", 5060)]
    more = [Listener("tls", "0.0.0.0", 5061), Listener("wss", "::", 8443), Listener("udp", "::1", 5060)]
    assert further_listeners([*first, *more]) == [
        "  TLS             0.0.0.0:5061",
        "  WebSocket, TLS  [::]:8443",
        "  UDP             [::1]:5060",
    ]
