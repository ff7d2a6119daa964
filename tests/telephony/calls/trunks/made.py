"""Trunks for tests."""

from __future__ import annotations

from typing import Any

from telephony.calls.numbers import NumberPatterns
from telephony.calls.trunks.model import Trunk
from telephony.sip.defence.networks import Networks, parse_network
from telephony.sip.uri import SipUri


def trunk(name: str = "carrier", *outgoing: str, networks: tuple[str, ...] = (), **changes: Any) -> Trunk:
    """A trunk at `name.example`."""
    uri = SipUri.parse(f"sip:{name}.example")
    patterns = NumberPatterns(dict.fromkeys(outgoing or ("*",), True), "GB")
    known = Networks(parse_network(each) for each in networks)
    return Trunk(name, uri, uri.destination(), known, patterns, **{"region": "GB", **changes})
