"""A final response made from raw bytes, without parsing the request or keeping anything (RFC 3261 section 8.2.7).

The same request gets the same bytes, its To tag included, for the tag is computed from the request. The ACK that
comes back carries that tag and is known by it (`sniff.REFUSED_TAG`).
"""

from __future__ import annotations

import re
from zlib import crc32

from telephony.sip.address import Address
from telephony.sip.defence.sniff import REFUSED_TAG

# As nearly every phone spells them: finding these without the pattern below spares a third of a refusal (20 to 13 us).
_USUAL = (b"\r\nVia:", b"\r\nFrom:", b"\r\nTo:", b"\r\nCall-ID:", b"\r\nCSeq:")
_COPIED = re.compile(rb"\r\n((?:via|v|from|f|to|t|call-id|i|cseq)[ \t]*:[^\r\n]*)", re.I)
_FOLD = re.compile(rb"[ \t]*\r\n[ \t]+")
_RPORT = re.compile(rb";[ \t]*rport[ \t]*(?=[;,]|$)", re.I)
_SENT_BY = re.compile(
    rb"v(?:ia)?[ \t]*:[ \t]*SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*[A-Za-z]+[ \t]+"
    rb"(\[[0-9A-Fa-f:.]+\]|[^\s:;,]+)(?:[ \t]*:[ \t]*([0-9]{1,5}))?",
    re.I,
)
_BRANCH = re.compile(rb";[ \t]*branch[ \t]*=[ \t]*([^\s;,]+)", re.I)

InviteKey = tuple[str, ...]


class Refusable:
    """What of a request's bytes a refusal needs: the lines that section 8.2.6.2 copies."""

    __slots__ = ("_lines", "_source", "_via")

    def __init__(self, data: bytes, source: Address) -> None:
        end = data.find(b"\r\n\r\n")
        head = data[: end + 2] if end >= 0 else data
        self._lines: list[bytes] = _usual_lines(head) or _all_lines(head)
        self._via = next((each for each in self._lines if each[:1] in b"vV"), b"")
        self._source = source

    def key(self) -> InviteKey | None:
        """What names the INVITE's server transaction (`Request.server_key`); None if it cannot be told from here."""
        sent_by, branch = _SENT_BY.match(self._via), _BRANCH.search(self._via)
        if sent_by is None or branch is None or not branch[1].startswith(b"z9hG4bK"):
            return None
        port = sent_by[2].decode() if sent_by[2] else "None"
        return (branch[1].decode("latin-1"), sent_by[1].strip(b"[]").decode("latin-1"), port, "INVITE")

    def respond(self, status: bytes, fields: bytes) -> tuple[bytes, Address] | None:
        """The response and where it goes; None when the request lacks what an answer needs.

        `status` is "503 Service Unavailable", `fields` whole lines with their CRLF.
        """
        lines = self._lines
        if not self._via or len(lines) < 5:
            return None
        tag = b"%s%08x" % (REFUSED_TAG, crc32(b"".join(lines)))
        via, address = self._stamped()
        out = [b"SIP/2.0 ", status, b"\r\n"]
        for each in lines:
            if each is self._via:
                out += (via, b"\r\n")
            elif each[:1] in b"tT" and b"tag=" not in each:
                out += (each, tag, b"\r\n")
            else:
                out += (each, b"\r\n")
        out += (fields, b"Content-Length: 0\r\n\r\n")
        return b"".join(out), address

    def _stamped(self) -> tuple[bytes, Address]:
        """The top Via with where it came from, and the way back (RFC 3261 section 18.2, RFC 3581 section 4)."""
        source = self._source
        top, comma, rest = self._via.partition(b",")
        host = source.host.encode()
        if top.endswith(b";rport"):
            return b"%s=%d;received=%s%s%s" % (top, source.port, host, comma, rest), source
        if _RPORT.search(top):
            top = _RPORT.sub(b";rport=%d" % source.port, top, count=1)
            return b"%s;received=%s%s%s" % (top, host, comma, rest), source
        stamped = b"%s;received=%s%s%s" % (top, host, comma, rest)
        if source.reliable:
            return stamped, source
        sent_by = _SENT_BY.match(top)
        port = int(sent_by[2]) if sent_by is not None and sent_by[2] else 5060
        return stamped, Address(source.transport, source.host, port if 0 < port < 65536 else source.port)


def _all_lines(head: bytes) -> list[bytes]:
    """The lines to copy, however they are spelled and folded."""
    if b"\r\n " in head or b"\r\n\t" in head:
        head = _FOLD.sub(b" ", head)
    return _COPIED.findall(head)


def _usual_lines(head: bytes) -> list[bytes]:
    """The same where each of them is there once in its usual spelling and none is folded; none otherwise."""
    if b"\r\nv" in head or head.count(b"\r\nV") != 1:
        return []
    lines = []
    for name in _USUAL:
        at = head.find(name)
        end = head.find(b"\r\n", at + 2)
        if at < 0 or end < 0 or head[end + 2 : end + 3] in (b" ", b"\t") or head.find(name, end) >= 0:
            return []
        lines.append(head[at + 2 : end])
    return lines
