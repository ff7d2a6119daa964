"""Bytes to messages (RFC 3261 section 7, 18.3): start line, header fields, body length.

Whatever the bytes, the result is a message or a RemoteProtocolError; where a request could be read far
enough to be answered, the error carries it. Only the shape is checked here; field values are read by the
message when asked for, and `check` reads those that every message must have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from telephony.sip.errors import RemoteProtocolError
from telephony.sip.headers import SPELLINGS, canonical
from telephony.sip.message import Message, Request, Response

# Request-Line = Method SP Request-URI SP SIP-Version CRLF: single spaces, nothing around
_REQUEST_LINE = re.compile(r"([A-Za-z0-9\-.!%*_+`'~]++) (\S++) SIP/([0-9]++)\.([0-9]++)", re.I)
# Status-Line = SIP-Version SP Status-Code SP Reason-Phrase CRLF
_STATUS_LINE = re.compile(r"SIP/([0-9]++)\.([0-9]++) ([0-9]{3})(?: (.*+))?", re.I)
_METHOD = re.compile(r"([A-Za-z0-9\-.!%*_+`'~]++)[ \t]")
_FOLD = re.compile(r"[ \t]*\r\n[ \t]+")


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a message may be: bytes in all, header fields."""

    message_bytes: int = 65_536
    header_fields: int = 200


DEFAULT_LIMITS = Limits()


def parse_message(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Request | Response:
    """Read one whole message: a datagram, or what a stream framer cut out."""
    if len(data) > limits.message_bytes:
        raise RemoteProtocolError(f"message of {len(data)} bytes", 513)
    start = 0
    while data.startswith(b"\r\n", start):
        start += 2  # section 7.5: ignore CRLFs before the start line
    end = data.find(b"\r\n\r\n", start)
    if end < 0:
        raise RemoteProtocolError("no empty line ends the header fields")
    head = data[start:end].decode("utf-8", "surrogateescape")
    if "\r\n " in head or "\r\n\t" in head:
        head = _FOLD.sub(" ", head)  # section 7.3.1: a folded field equals one with a single space there
    lines = head.split("\r\n")
    fields, index, problem = _read_fields(lines, limits)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        # Copied into a response, a lone CR or LF would be a line end to some receivers.
        problem = problem or RemoteProtocolError("a lone CR or LF in the header fields")
    message = _read_start_line(lines[0], fields, index, data if start == 0 else data[start:])
    try:
        if problem is not None:
            raise problem
        message.body = _read_body(message, data, end + 4)
    except RemoteProtocolError as error:
        if isinstance(message, Request):
            error.request = message
        raise
    return message


def _read_fields(
    lines: list[str], limits: Limits
) -> tuple[list[tuple[str, str]], dict[str, list[str]], RemoteProtocolError | None]:
    """All fields, the index by canonical name, and the first mistake found (the rest is still read)."""
    fields: list[tuple[str, str]] = []
    index: dict[str, list[str]] = {}
    problem: RemoteProtocolError | None = None
    if len(lines) - 1 > limits.header_fields:
        problem = RemoteProtocolError(f"{len(lines) - 1} header fields", 513)
        lines = lines[: limits.header_fields]
    known = SPELLINGS.get
    for position in range(1, len(lines)):
        name, colon, value = lines[position].partition(":")
        value = value.strip(" \t")
        try:
            key = known(name) or canonical(name)
            if not colon:
                raise RemoteProtocolError(f"a header field without a colon: {name[:40]!r}")
        except RemoteProtocolError as error:
            problem = problem or error
            continue
        fields.append((name, value))
        if key in index:
            index[key].append(value)
        else:
            index[key] = [value]
    return fields, index, problem


def _read_start_line(
    line: str, fields: list[tuple[str, str]], index: dict[str, list[str]], wire: bytes
) -> Request | Response:
    found = _REQUEST_LINE.fullmatch(line)
    if found is not None:
        method, uri, major, minor = found.groups()
        request = Request(method, uri, fields, index=index, wire=wire)
        if (major, minor) != ("2", "0") and (int(major[:9]), int(minor[:9])) != (2, 0):
            raise RemoteProtocolError(f"SIP version {major[:9]}.{minor[:9]}", 505, request)
        return request
    found = _STATUS_LINE.fullmatch(line)
    if found is not None:
        major, minor, code, reason = found.groups()
        if (int(major[:9]), int(minor[:9])) != (2, 0) or not 100 <= int(code) <= 699:
            raise RemoteProtocolError(f"not a status line: {line[:60]!r}")
        return Response(int(code), reason or "", fields, index=index, wire=wire)
    method_found = _METHOD.match(line)
    broken = Request(method_found[1], "sip:unreadable.invalid", fields, index=index) if method_found else None
    raise RemoteProtocolError(f"not a start line: {line[:60]!r}", 400, broken)


def _read_body(message: Message, data: bytes, start: int) -> bytes:
    """The body by Content-Length; all the rest of a datagram without one (section 18.3)."""
    values = message.lines("content-length")
    if not values:
        return data[start:]
    length = content_length(values)
    if length > len(data) - start:
        raise RemoteProtocolError(f"Content-Length is {length}, but {len(data) - start} bytes came")
    return data[start : start + length]


def content_length(values: list[str]) -> int:
    """The one body length that the Content-Length fields agree on."""
    if len(set(values)) != 1 or not (values[0].isascii() and values[0].isdigit() and len(values[0]) <= 9):
        raise RemoteProtocolError(f"Content-Length: cannot read {values[0][:40]!r}")
    return int(values[0])


def check(message: Request | Response) -> None:
    """Read the fields that every message must have, so that later readers cannot fail (section 8.1.1)."""
    try:
        _ = message.via
        cseq = message.cseq
        _ = message.call_id
        for name in ("from", "to"):
            message.required(name)
        if isinstance(message, Request) and cseq.method != message.method:
            raise RemoteProtocolError(f"CSeq says {cseq.method[:20]}, the request line {message.method[:20]}")
    except RemoteProtocolError as error:
        if isinstance(message, Request):
            error.request = message
        raise
