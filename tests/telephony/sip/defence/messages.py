"""Messages as bytes, for whoever looks at bytes."""

from __future__ import annotations

from telephony.sip.address import Address
from tests.telephony.sip.kit import request_text

PEER = Address("udp", "198.51.100.7", 5060)


def wire(method: str, **options: str | int) -> bytes:
    """A request as `request_text` makes it, on the wire."""
    return request_text(method, **options).replace("\n", "\r\n").encode()  # type: ignore[arg-type]


def invite(n: int, extra: str = "") -> bytes:
    """The nth new call of a peer."""
    return wire("INVITE", branch=f"z9hG4bKcall{n}", call_id=f"call{n}@198.51.100.7", extra=extra)
