"""ICE inside session descriptions (RFC 8839), for a side that is lite: credentials, one candidate, and the word so.

    read       their credentials, for the stream or for the session
    kept       ours of an earlier description, which stand until they begin anew with others (a restart)
    lines      ours for the stream
    ICE_LITE   ours for the session

Pure. ICE is spoken only with RTP and RTCP on one port: there is one candidate, and one check.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from typing import NamedTuple

from telephony.sip.sdp import MediaDescription, SessionDescription

ICE_LITE = "a=ice-lite"
_UFRAG, _PASSWORD = "a=ice-ufrag:", "a=ice-pwd:"
_HOST_PRIORITY = 2130706431
"""RFC 8445 section 5.1.2: a host candidate, the only address, the first component."""


class Credentials(NamedTuple):
    """One side's."""

    ufrag: str
    password: str


def read(description: SessionDescription, stream: MediaDescription) -> Credentials | None:
    return kept(stream.lines) or kept(description.lines)


def kept(lines: Iterable[str]) -> Credentials | None:
    """RFC 8839 section 5.4: at least 4 and 22 characters, at most 256."""
    ufrag = password = ""
    for line in lines:
        if line.startswith(_UFRAG):
            ufrag = line.removeprefix(_UFRAG).strip()
        elif line.startswith(_PASSWORD):
            password = line.removeprefix(_PASSWORD).strip()
    if 4 <= len(ufrag) <= 256 and 22 <= len(password) <= 256:
        return Credentials(ufrag, password)
    return None


def drawn(new_key: Callable[[], bytes]) -> Credentials:
    """New ones: 48 and 144 bits of chance, in base64, whose characters are ICE's."""
    secret = new_key()
    return Credentials(base64.b64encode(secret[:6]).decode(), base64.b64encode(secret[6:24]).decode())


def lines(ours: Credentials, host: str, port: int) -> tuple[str, ...]:
    return (
        f"{_UFRAG}{ours.ufrag}",
        f"{_PASSWORD}{ours.password}",
        f"a=candidate:1 1 UDP {_HOST_PRIORITY} {host} {port} typ host",
    )
