"""A look at raw bytes: what kind of message this is, before anything is parsed (RFC 3261 section 7).

Finds what it needs by scanning. It may be wrong about bytes that no honest phone sends (a header name in odd case is
found, a folded To tag is not); the parser judges whatever is let through, so being wrong here only costs a place in
the line.
"""

from __future__ import annotations

import re
from enum import Enum

_ANY_TO = re.compile(rb"\r\n(?:to|t)[ \t]*:([^\r\n]*)", re.I)
_ANY_AGENT = re.compile(rb"\r\nuser-agent[ \t]*:([^\r\n]*)", re.I)
_AGENT = (b"\r\nUser-Agent:", b"\r\nUser-agent:", b"\r\nuser-agent:")
_TO = (b"\r\nTo:", b"\r\nt:", b"\r\nto:")
REFUSED_TAG = b";tag=no-room-"
"""What the To tag of a stateless refusal starts with: its ACK is known by it and needs no answer."""


class Kind(Enum):
    """What a message asks of us."""

    NEW_CALL = "new call"  # an INVITE outside of dialogs
    NEW_REQUEST = "new request"  # anything else outside of dialogs: REGISTER, OPTIONS, ...
    CANCEL = "cancel"  # belongs behind the INVITE that it means
    IN_PROGRESS = "in progress"  # responses, ACKs, requests within dialogs
    REFUSED_ACK = "ack of a refusal"  # the ACK to a stateless refusal of ours
    KEEP_ALIVE = "keep-alive"


def kind_of(data: bytes) -> Kind:
    """The kind of one message."""
    first = data[:4]
    if first == b"SIP/":
        return Kind.IN_PROGRESS
    if first == b"INVI":
        return Kind.IN_PROGRESS if _has_to_tag(data) else Kind.NEW_CALL
    if first == b"ACK ":
        return Kind.REFUSED_ACK if REFUSED_TAG in data else Kind.IN_PROGRESS
    if first == b"BYE ":
        return Kind.IN_PROGRESS
    if first == b"CANC":
        return Kind.CANCEL
    if len(data) <= 4:
        return Kind.KEEP_ALIVE
    if first[:2] == b"\r\n":  # section 7.5: CRLFs before the start line are ignored
        return kind_of(data.lstrip(b"\r\n"))
    if first in (b"REGI", b"OPTI"):
        return Kind.NEW_REQUEST
    return Kind.IN_PROGRESS if _has_to_tag(data) else Kind.NEW_REQUEST


def _has_to_tag(data: bytes) -> bool:
    value = line(data, _TO, _ANY_TO)
    return b"tag=" in value or b"TAG=" in value


def user_agent(data: bytes) -> bytes:
    """The User-Agent's value, b"" without one."""
    return line(data, _AGENT, _ANY_AGENT)


def line(data: bytes, spellings: tuple[bytes, ...], any_case: re.Pattern[bytes]) -> bytes:
    """The value of the first header line so named: the usual spellings first, they are cheap to find."""
    for spelling in spellings:
        at = data.find(spelling)
        if at >= 0:
            start = at + len(spelling)
            end = data.find(b"\r\n", start)
            return data[start : end if end >= 0 else len(data)].strip()
    found = any_case.search(data)
    return found[1].strip() if found is not None else b""
