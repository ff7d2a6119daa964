"""Bodies of several parts: the session description in a multipart body (RFC 5621, RFC 2046 section 5.1).

An INVITE may carry its SDP beside a picture, a location or a tunnelled ISUP message. Here the parts are found, and the
first that is SDP is taken; all others are left alone. What cannot be cut into parts has no SDP.
"""

from __future__ import annotations

import re

SDP = "application/sdp"
_MAX_PARTS = 32
_MAX_DEPTH = 3  # multipart/alternative inside of multipart/mixed is what exists
# boundary := 0*69<bchars> bcharsnospace (RFC 2046 section 5.1.1), with or without quotes
_BOUNDARY = re.compile(r""";\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;,"]{1,70}))""", re.I)


def boundary_of(content_type: str) -> str | None:
    """The boundary that a Content-Type of several parts names; None for any other type."""
    if not content_type.lstrip().lower().startswith("multipart/"):
        return None
    found = _BOUNDARY.search(content_type)
    return (found.group(1) or found.group(2)) if found else None


def parts_of(body: bytes, boundary: str) -> list[bytes]:
    """The parts between the delimiter lines, each with its own headers; none without a closing delimiter's start."""
    delimiter = b"--" + boundary.encode("utf-8", "surrogateescape")
    pieces = (b"\r\n" + body).split(b"\r\n" + delimiter)
    parts = []
    for piece in pieces[1 : _MAX_PARTS + 1]:
        if piece.startswith(b"--"):
            break  # the closing delimiter; what follows is an epilogue
        _, line_end, part = piece.partition(b"\r\n")  # padding may follow the delimiter on its line
        if line_end:
            parts.append(part)
    return parts


def session_description(body: bytes, content_type: str, depth: int = 0) -> bytes | None:
    """The first part that is SDP, or None; `body` itself if it is no multipart body but SDP."""
    boundary = boundary_of(content_type)
    if boundary is None:
        return body if _kind(content_type) == SDP else None
    if depth == _MAX_DEPTH:
        return None
    for part in parts_of(body, boundary):
        head, blank, inner = (b"\r\n" + part).partition(b"\r\n\r\n")
        found = session_description(inner, _content_type(head), depth + 1) if blank else None
        if found is not None:
            return found
    return None


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _content_type(head: bytes) -> str:
    """A part's type; text/plain where it does not say (RFC 2046 section 5.1)."""
    unfolded = re.sub(rb"\r\n[ \t]+", b" ", head)
    for line in unfolded.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon and name.strip().lower() in (b"content-type", b"c"):
            return value.strip().decode("utf-8", "surrogateescape")
    return "text/plain"
