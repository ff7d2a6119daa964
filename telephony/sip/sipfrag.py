"""Fragments of SIP messages as bodies (RFC 3420): what a NOTIFY of a REFER tells."""

from __future__ import annotations

import re

from telephony.sip.message import reason_of

CONTENT_TYPE = ("Content-Type", "message/sipfrag;version=2.0")
_STATUS_LINE = re.compile(rb"\s*SIP/2\.0 +([1-6][0-9]{2})(?: +([^\r\n]*))?")


def status_line(status: int, reason: str | None = None) -> bytes:
    """A fragment with nothing but a status line."""
    return f"SIP/2.0 {status} {reason or reason_of(status)}\r\n".encode("utf-8", "surrogateescape")


def read_status(body: bytes) -> tuple[int, str] | None:
    """Its status and reason; None if it holds none."""
    found = _STATUS_LINE.match(body)
    if found is None:
        return None
    return int(found[1]), (found[2] or b"").decode("utf-8", "surrogateescape")
