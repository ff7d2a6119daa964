"""Which way in-dialog requests go back (RFC 3261 section 12.2.1.2, 12.2.2; RFC 5626)."""

from __future__ import annotations

from telephony.sip.address import Address
from telephony.sip.dialog import Dialog
from telephony.sip.message import Request


def reused_flow(request: Request, source: Address) -> Address | None:
    """The far end that in-dialog requests go back to: a stream's connection always, and a datagram
    source that differs from what the peer believes of itself, for then it is behind NAT (RFC 5626)."""
    if source.reliable:
        return source
    via = request.via
    if request.header("record-route") is None and (via.host, via.port or 5060) != (source.host, source.port):
        return source
    return None


def check_target(request: Request) -> None:
    """Read the Contact of a target refresh request now: a mistake in it is a 400, and no surprise later."""
    if request.lines("contact"):
        Dialog.target_of(request)


def moved(dialog: Dialog, request: Request, source: Address) -> None:
    """A target refresh request of theirs: a new Contact, and the way that it came by, unless proxies are between."""
    dialog.refresh(request)
    if source.reliable or not dialog.route_set:
        dialog.flow = reused_flow(request, source)
