"""BUNDLE inside session descriptions (RFC 9143): one stream of audio, so a group of one, which some browsers demand.

    OFFERED     a name for the stream, and the group, in an offer of ours
    accepted    the same for an offer of theirs that groups the stream
    without     a session's other lines

Pure. A group needs RTP and RTCP on one port (RFC 9143 section 9.3), which is the caller's to see to.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from telephony.sip.sdp import MediaDescription, SessionDescription

_MID, _GROUP = "a=mid:", "a=group:BUNDLE"


class BundleLines(NamedTuple):
    """For the stream and for the session."""

    stream: tuple[str, ...] = ()
    session: tuple[str, ...] = ()


OFFERED: Final = BundleLines((f"{_MID}0",), (f"{_GROUP} 0",))


def accepted(theirs: SessionDescription, stream: MediaDescription) -> BundleLines:
    """None of them for a stream in no group."""
    for line in stream.lines:
        name = line.removeprefix(_MID).strip()
        if line.startswith(_MID) and name:
            groups = [other.split()[1:] for other in theirs.lines if other.startswith(f"{_GROUP} ")]
            if any(name in group for group in groups):
                return BundleLines((f"{_MID}{name}",), (f"{_GROUP} {name}",))
    return BundleLines()


def without(lines: Iterable[str]) -> tuple[str, ...]:
    """A session's lines but for its groups."""
    return tuple(line for line in lines if not line.startswith(_GROUP))
