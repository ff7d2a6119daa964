"""Session descriptions as values (RFC 8866): what offer/answer needs, typed; everything else kept as lines.

Reading is forgiving of order and of unknown lines, as section 5 asks; writing puts lines in the RFC's order.
Which codec to choose is not for this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, cast

from telephony.sip.errors import RemoteProtocolError

Direction: TypeAlias = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
_DIRECTIONS = frozenset(("sendrecv", "sendonly", "recvonly", "inactive"))
_MAX_BYTES = 32_768
_MAX_MEDIA = 32
# m=<media> <port>[/<number of ports>] <proto> <fmt> ...
_MEDIA = re.compile(r"(\S+) ([0-9]{1,5})(?:/([0-9]{1,5}))? (\S+)((?: \S+)*) *")
# a=rtpmap:<payload type> <encoding name>/<clock rate>[/<channels>]
_RTPMAP = re.compile(r"([0-9]{1,3}) +([^\s/]+)/([0-9]{1,6})(?:/([0-9]{1,2}))? *")


@dataclass(frozen=True, slots=True)
class Origin:
    """`o=`: who made this description, and its version, which rises with each change."""

    username: str
    session_id: str
    version: str
    host: str
    network: str = "IN"
    address_type: str = "IP4"

    def __str__(self) -> str:
        return (
            f"{self.username} {self.session_id} {self.version} {self.network} {self.address_type} {self.host}"
        )


@dataclass(frozen=True, slots=True)
class Connection:
    """`c=`: where media goes."""

    host: str
    address_type: str = "IP4"

    def __str__(self) -> str:
        return f"IN {self.address_type} {self.host}"

    @property
    def is_hold(self) -> bool:
        """RFC 2543's way of hold, which some phones still use: the null address."""
        return self.host == "0.0.0.0"


@dataclass(frozen=True, slots=True)
class MediaDescription:
    """One `m=` section. `rtpmaps` is payload type to (encoding, clock rate in Hz, channels)."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    rtpmaps: Mapping[int, tuple[str, int, int]] = field(default_factory=dict)
    fmtp: Mapping[int, str] = field(default_factory=dict)
    direction: Direction = "sendrecv"
    ptime_ms: int | None = None
    connection: Connection | None = None
    port_count: int = 1
    lines: tuple[str, ...] = ()

    def text_lines(self) -> list[str]:
        """This section's lines in the RFC's order."""
        ports = f"{self.port}/{self.port_count}" if self.port_count != 1 else f"{self.port}"
        result = [f"m={self.kind} {ports} {self.protocol} {' '.join(self.formats)}".rstrip()]
        result += [line for line in self.lines if line[0] == "i"]
        if self.connection is not None:
            result.append(f"c={self.connection}")
        result += [line for line in self.lines if line[0] not in "ia"]
        for payload_type, (name, rate, channels) in self.rtpmaps.items():
            suffix = f"/{channels}" if channels != 1 else ""
            result.append(f"a=rtpmap:{payload_type} {name}/{rate}{suffix}")
        result += [f"a=fmtp:{payload_type} {text}" for payload_type, text in self.fmtp.items()]
        if self.ptime_ms is not None:
            result.append(f"a=ptime:{self.ptime_ms}")
        result.append(f"a={self.direction}")
        return result + [line for line in self.lines if line[0] == "a"]


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """A whole description. `lines` holds what is not typed here, as it came."""

    origin: Origin
    connection: Connection | None
    media: tuple[MediaDescription, ...]
    session_name: str = "-"
    timing: tuple[str, ...] = ("0 0",)
    direction: Direction | None = None
    lines: tuple[str, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> SessionDescription:
        """Read a description; raises RemoteProtocolError with 488 for what is none."""
        if len(data) > _MAX_BYTES:
            raise RemoteProtocolError(f"sdp: {len(data)} bytes", 488)
        return _Reader(data.decode("utf-8", "surrogateescape")).read()

    def __bytes__(self) -> bytes:
        lines = ["v=0", f"o={self.origin}", f"s={self.session_name}"]
        lines += [line for line in self.lines if line[0] in "iuep"]
        if self.connection is not None:
            lines.append(f"c={self.connection}")
        lines += [line for line in self.lines if line[0] == "b"]
        lines += [f"t={each}" for each in self.timing]
        lines += [line for line in self.lines if line[0] not in "iuepba"]
        if self.direction is not None:
            lines.append(f"a={self.direction}")
        lines += [line for line in self.lines if line[0] == "a"]
        for each in self.media:
            lines += each.text_lines()
        return ("\r\n".join(lines) + "\r\n").encode("utf-8", "surrogateescape")

    def connection_of(self, media: MediaDescription) -> Connection | None:
        """The media's own connection, or the session's (RFC 8866 section 5.7)."""
        return media.connection or self.connection


class _Reader:
    """One pass over the lines; what follows an `m=` belongs to it."""

    def __init__(self, text: str) -> None:
        self._lines = [line.rstrip("\r") for line in text.split("\n")]
        self._origin: Origin | None = None
        self._connection: Connection | None = None
        self._name = "-"
        self._timing: list[str] = []
        self._direction: Direction | None = None
        self._other: list[str] = []
        self._media: list[MediaDescription] = []
        self._seen_version = False

    def read(self) -> SessionDescription:
        for line in self._lines:
            if not line.strip():
                continue
            if len(line) < 2 or line[1] != "=":
                raise RemoteProtocolError(f"sdp: not a line: {line[:40]!r}", 488)
            if line[0] == "m":
                self._start_media(line[2:])
            elif self._media:
                self._media[-1] = self._media_line(self._media[-1], line)
            else:
                self._session_line(line)
        if not self._seen_version or self._origin is None:
            raise RemoteProtocolError("sdp: v= or o= is missing", 488)
        return SessionDescription(
            self._origin,
            self._connection,
            tuple(self._media),
            self._name,
            tuple(self._timing) or ("0 0",),
            self._direction,
            tuple(self._other),
        )

    def _session_line(self, line: str) -> None:
        kind, value = line[0], line[2:]
        if kind == "v":
            if value.strip() != "0":
                raise RemoteProtocolError(f"sdp: version {value[:10]!r}", 488)
            self._seen_version = True
        elif kind == "o":
            parts = value.split()
            if len(parts) != 6:
                raise RemoteProtocolError(f"sdp: o= cannot be read: {value[:60]!r}", 488)
            self._origin = Origin(parts[0], parts[1], parts[2], parts[5], parts[3], parts[4])
        elif kind == "s":
            self._name = value
        elif kind == "c":
            self._connection = _read_connection(value)
        elif kind == "t":
            self._timing.append(value)
        elif kind == "a" and value in _DIRECTIONS:
            self._direction = cast(Direction, value)
        else:
            self._other.append(line)

    def _start_media(self, value: str) -> None:
        found = _MEDIA.fullmatch(value)
        if found is None or len(self._media) >= _MAX_MEDIA:
            raise RemoteProtocolError(f"sdp: m= cannot be read: {value[:60]!r}", 488)
        port = int(found[2])
        if port > 65535:
            raise RemoteProtocolError(f"sdp: port {port}", 488)
        # RFC 8866 section 6.7: a session-level direction holds for media that name none
        self._media.append(
            MediaDescription(
                found[1],
                port,
                found[4],
                tuple(found[5].split()),
                direction=self._direction or "sendrecv",
                port_count=int(found[3] or 1),
            )
        )

    @staticmethod
    def _media_line(media: MediaDescription, line: str) -> MediaDescription:
        kind, value = line[0], line[2:]
        if kind == "c":
            return replace(media, connection=_read_connection(value))
        if kind == "a":
            name, _, text = value.partition(":")
            if name == "rtpmap" and (found := _RTPMAP.fullmatch(text)):
                entry = (found[2], int(found[3]), int(found[4] or 1))
                return replace(media, rtpmaps={**media.rtpmaps, int(found[1]): entry})
            if name == "fmtp":
                number, _, parameters = text.partition(" ")
                if number.isascii() and number.isdigit() and len(number) <= 3:
                    return replace(media, fmtp={**media.fmtp, int(number): parameters.strip()})
            if value in _DIRECTIONS:
                return replace(media, direction=cast(Direction, value))
            if name == "ptime" and text.strip().isascii() and text.strip().isdigit() and len(text) <= 5:
                return replace(media, ptime_ms=int(text))
        return replace(media, lines=(*media.lines, line))


def _read_connection(value: str) -> Connection:
    parts = value.split()
    if len(parts) != 3 or parts[0] != "IN" or parts[1] not in ("IP4", "IP6"):
        raise RemoteProtocolError(f"sdp: c= cannot be read: {value[:60]!r}", 488)
    return Connection(parts[2].partition("/")[0], parts[1])


_VERSION = re.compile(rb"^(o=\S+ \S+ )([0-9]{1,18})( )", re.M)


def with_later_version(body: bytes, standing: bytes) -> bytes:
    """`body` with a version that follows that of `standing` (RFC 3264 section 8), where both name one."""
    ours, before = _VERSION.search(body), _VERSION.search(standing)
    if ours is None or before is None or int(ours[2]) > int(before[2]):
        return body
    return body[: ours.start(2)] + b"%d" % (int(before[2]) + 1) + body[ours.end(2) :]
