"""CANCEL of an INVITE of ours (RFC 3261 section 9.1): the INVITE's own branch, route and numbers."""

from __future__ import annotations

from telephony.sip.message import Request


def cancel_of(invite: Request, fields: list[tuple[str, str]]) -> Request:
    """The CANCEL; only after a provisional response came, says section 9.1, which is the caller's to mind."""
    own = [("Via", invite.lines("via")[0])]
    own += [("Route", value) for value in invite.lines("route")]
    own += [("Max-Forwards", "70")]
    own += [(name, invite.required(name)) for name in ("From", "To", "Call-ID")]
    own += [("CSeq", f"{invite.cseq.number} CANCEL"), *fields]
    return Request("CANCEL", invite.uri_text, own)
