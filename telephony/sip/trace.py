"""The last SIP messages, by reference, for looking at a call later.

One bounded ring for all: a message costs an append, and the bytes are those that were received or sent anyway. What
belongs to a call is found when somebody asks, by Call-ID. Credentials are masked where messages leave this module
(`masking`), never in the ring.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterable
from typing import NamedTuple

from telephony.sip.address import Address

_CALL_ID = re.compile(rb"\r\n(?:call-id|i)[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r\n", re.I)
_ENTRY_BYTES = 200  # what an entry costs beside its bytes: tuple, float, a share of the address


class Traced(NamedTuple):
    """One message: when (monotonic seconds), whether we sent it, the far end, the bytes."""

    at: float
    sent: bool
    peer: Address
    data: bytes


class SipTrace:
    """The newest messages, at most `max_bytes` of them; 0 keeps none."""

    __slots__ = ("_bytes", "_max_bytes", "_ring")

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._ring: deque[Traced] = deque()

    def note(self, at: float, sent: bool, peer: Address, data: bytes) -> None:
        """Keep a message, and drop the oldest beyond the bound."""
        if not self._max_bytes:
            return
        ring = self._ring
        ring.append(Traced(at, sent, peer, data))
        self._bytes += len(data) + _ENTRY_BYTES
        while self._bytes > self._max_bytes:
            self._bytes -= len(ring.popleft().data) + _ENTRY_BYTES

    @property
    def used_bytes(self) -> int:
        """How much of the bound is used."""
        return self._bytes

    def entries(self) -> list[Traced]:
        """All of it as it is now: a copy that another thread may search."""
        return list(self._ring)


def messages_of(entries: Iterable[Traced], call_ids: Collection[str]) -> list[tuple[str, Traced]]:
    """The messages of some calls with their Call-IDs, oldest first."""
    wanted = {each.encode("utf-8", "surrogateescape"): each for each in call_ids}
    needles = tuple(wanted)
    result = []
    for entry in entries:
        data = entry.data
        if not any(needle in data for needle in needles):
            continue
        found = _CALL_ID.search(data)
        if found is not None and found[1] in wanted:
            result.append((wanted[found[1]], entry))
    return result
