"""SIP messages as values: a start line, header fields in their order, a body (RFC 3261 section 7).

Lazy: a message keeps the header fields as text and reads one when it is asked for; what was read is kept.
A message that was received and not changed is written back byte for byte. Reading a field of a received
message may raise RemoteProtocolError; the user agent has one place that turns this into a 400.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, TypeAlias

from telephony.sip.errors import RemoteProtocolError
from telephony.sip.grammar import split_list
from telephony.sip.headers import FULL_NAMES, LISTS, CSeq, NameAddr, Via, canonical, tag_of
from telephony.sip.multipart import session_description
from telephony.sip.uri import SipUri

# What a branch starts with since RFC 3261 (section 8.1.1.7)
MAGIC_COOKIE = "z9hG4bK"

Fields: TypeAlias = Sequence[tuple[str, str]]

REASONS: dict[int, str] = {
    100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued",
    183: "Session Progress", 200: "OK", 202: "Accepted", 300: "Multiple Choices",
    301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy", 380: "Alternative Service",
    400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required",
    408: "Request Timeout", 410: "Gone", 413: "Request Entity Too Large", 414: "Request-URI Too Long",
    415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension",
    421: "Extension Required", 422: "Session Interval Too Small", 423: "Interval Too Brief",
    430: "Flow Failed", 439: "First Hop Lacks Outbound Support",
    469: "Bad Info Package", 480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist",
    482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete", 485: "Ambiguous", 486: "Busy Here",
    487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending",
    493: "Undecipherable", 500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported",
    513: "Message Too Large", 600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere",
    606: "Not Acceptable",
}  # fmt: skip


def reason_of(status: int) -> str:
    """The RFC's phrase for a status; the class's own for an unknown one (section 8.1.3.2)."""
    return REASONS.get(status) or REASONS.get(status // 100 * 100) or "Unknown"


class Message:
    """What requests and responses share. `fields` are (name as spelled, value) pairs in order."""

    __slots__ = (
        "_addresses",
        "_call_id",
        "_cseq",
        "_from_tag",
        "_index",
        "_to_tag",
        "_via",
        "_wire",
        "body",
        "fields",
    )

    def __init__(
        self,
        fields: Fields,
        body: bytes = b"",
        *,
        index: dict[str, list[str]] | None = None,
        wire: bytes | None = None,
    ) -> None:
        self.fields = fields
        self.body = body
        self._index = index
        self._wire = wire
        # What was read already; "" stands for a tag that is not there.
        self._call_id: str | None = None
        self._cseq: CSeq | None = None
        self._from_tag: str | None = None
        self._to_tag: str | None = None
        self._via: Via | None = None
        self._addresses: dict[str, NameAddr] | None = None

    @property
    def start_line(self) -> str:
        """The first line, without its end."""
        raise NotImplementedError

    @property
    def sdp(self) -> bytes:
        """The session description: the body, or the part of it that is one; empty if there is none."""
        kind = self.header("content-type")
        if kind is None or kind[:10].lower() != "multipart/":
            return self.body
        return session_description(self.body, kind) or b""

    def _lookup(self, name: str) -> list[str] | None:
        index = self._index
        if index is None:
            index = self._index = {}
            for spelled, value in self.fields:
                index.setdefault(canonical(spelled), []).append(value)
        found = index.get(name)
        if found is not None or name in FULL_NAMES:
            return found
        return index.get(canonical(name))

    def header(self, name: str) -> str | None:
        """The first field of that name as text, in any spelling of the name; None if there is none."""
        index = self._index
        found = index.get(name) if index is not None else None  # asked for most of all: spare it a call
        if found is not None:
            return found[0]
        if index is not None and name in FULL_NAMES:
            return None
        values = self._lookup(name)
        return values[0] if values else None

    def headers(self, name: str) -> list[str]:
        """All values of that name, in order; comma lists are taken apart."""
        values = self._lookup(name)
        if not values:
            return []
        if (name if name in LISTS else canonical(name)) in LISTS:
            return [element for value in values for element in split_list(value)]
        return list(values)

    def lines(self, name: str) -> list[str]:
        """All fields of that name as they stand, comma lists together."""
        found = self._lookup(name)
        return [*found] if found is not None else []

    def required(self, name: str) -> str:
        """The value of a field that must be there, exactly once (section 8.1.1)."""
        index = self._index
        values = index.get(name) if index is not None else None
        if values is None:
            values = self._lookup(name)
        if not values:
            raise RemoteProtocolError(f"{name} is missing")
        if len(values) > 1:
            raise RemoteProtocolError(f"{name} is there {len(values)} times")
        return values[0]

    @property
    def call_id(self) -> str:
        """The Call-ID."""
        known = self._call_id
        if known is None:
            known = self._call_id = self.required("call-id")
        return known

    @property
    def cseq(self) -> CSeq:
        """The CSeq."""
        known = self._cseq
        if known is None:
            known = self._cseq = CSeq.parse(self.required("cseq"))
        return known

    def _address(self, name: str) -> NameAddr:
        known = self._addresses
        if known is None:
            known = self._addresses = {}
        if name not in known:
            known[name] = NameAddr.parse(self.required(name))
        return known[name]

    @property
    def from_(self) -> NameAddr:
        """Who asks."""
        return self._address("from")

    @property
    def to(self) -> NameAddr:
        """Who is asked for."""
        return self._address("to")

    @property
    def from_tag(self) -> str | None:
        """From's tag, without parsing the rest."""
        known = self._from_tag
        if known is None:
            known = self._from_tag = tag_of(self.required("from")) or ""
        return known or None

    @property
    def to_tag(self) -> str | None:
        """To's tag, without parsing the rest."""
        known = self._to_tag
        if known is None:
            known = self._to_tag = tag_of(self.required("to")) or ""
        return known or None

    @property
    def contact(self) -> NameAddr | None:
        """The first Contact; None if there is none or if it is `*`."""
        values = self.headers("contact")
        if not values or values[0] == "*":
            return None
        return NameAddr.parse(values[0])

    @property
    def via(self) -> Via:
        """The topmost Via."""
        known = self._via
        if known is None:
            values = self._lookup("via")
            if not values:
                raise RemoteProtocolError("via is missing")
            elements = split_list(values[0])
            known = self._via = Via.parse(elements[0] if elements else "")
        return known

    def stamp_via(self, value: str, via: Via) -> None:
        """Replace the topmost Via line by what we know better; what was received stays in `bytes(self)`."""
        self.lines("via")
        assert self._index is not None
        self._index["via"][0] = value
        self._via = via

    def __bytes__(self) -> bytes:
        wire = self._wire
        if wire is None:
            lines = "".join([f"\r\n{name}: {value}" for name, value in self.fields])
            head = f"{self.start_line}{lines}\r\nContent-Length: {len(self.body)}\r\n\r\n"
            wire = self._wire = head.encode("utf-8", "surrogateescape") + self.body
        return wire

    def __repr__(self) -> str:
        return f"<{self.start_line}>"


class Request(Message):
    """A request. `uri_text` is the Request-URI as it stands, `uri` the same one parsed."""

    __slots__ = ("_server_key", "_uri", "method", "uri_text")

    def __init__(
        self,
        method: str,
        uri: SipUri | str,
        fields: Fields = (),
        body: bytes = b"",
        *,
        index: dict[str, list[str]] | None = None,
        wire: bytes | None = None,
    ) -> None:
        super().__init__(fields, body, index=index, wire=wire)
        self.method = method
        self.uri_text = uri if isinstance(uri, str) else str(uri)
        self._uri = uri if isinstance(uri, SipUri) else None
        self._server_key: tuple[str, ...] | None = None

    @property
    def start_line(self) -> str:
        return f"{self.method} {self.uri_text} SIP/2.0"

    @property
    def uri(self) -> SipUri:
        """The Request-URI."""
        known = self._uri
        if known is None:
            known = self._uri = SipUri.parse(self.uri_text)
        return known

    @property
    def server_key(self) -> tuple[str, ...]:
        """What names its server transaction; an ACK has its INVITE's."""
        known = self._server_key
        if known is None:
            known = self._server_key = self.server_key_for("INVITE" if self.method == "ACK" else self.method)
        return known

    def server_key_for(self, method: str) -> tuple[str, ...]:
        """Section 17.2.3: branch, sent-by and method; RFC 2543 branches need more to tell them apart."""
        via = self.via
        branch = via.branch
        if branch is not None and branch.startswith(MAGIC_COOKIE) and len(branch) > len(MAGIC_COOKIE):
            return (branch, via.host, str(via.port), method)
        known = (self.uri_text, self.from_tag or "", self.call_id, str(self.cseq.number))
        return (branch or "", via.host, str(via.port), *known, method)


class Response(Message):
    """A response."""

    __slots__ = ("reason", "status")

    COPIED: ClassVar[tuple[tuple[str, str], ...]] = (
        ("from", "From"),
        ("call-id", "Call-ID"),
        ("cseq", "CSeq"),
    )

    def __init__(
        self,
        status: int,
        reason: str | None = None,
        fields: Fields = (),
        body: bytes = b"",
        *,
        index: dict[str, list[str]] | None = None,
        wire: bytes | None = None,
    ) -> None:
        super().__init__(fields, body, index=index, wire=wire)
        self.status = status
        self.reason = reason if reason is not None else reason_of(status)

    @property
    def start_line(self) -> str:
        return f"SIP/2.0 {self.status} {self.reason}"

    @classmethod
    def to_request(
        cls,
        request: Request,
        status: int,
        *,
        reason: str | None = None,
        to_tag: str | None = None,
        fields: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Response:
        """A response with the fields that section 8.2.6.2 copies; `to_tag` is added where To has none yet."""
        header = request.header
        copied = [("Via", value) for value in request.lines("via")]
        to = header("to")
        if to is not None:
            if to_tag is not None and tag_of(to) is None:
                to = f"{to};tag={to_tag}"
            copied.append(("To", to))
        for key, name in cls.COPIED:
            value = header(key)
            if value is not None:  # a broken request is answered with what it has
                copied.append((name, value))
        copied += fields
        return cls(status, reason, copied, body)
