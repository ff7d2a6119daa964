"""The offer that nearly every phone makes, answered from a plan: one audio stream, one address, nothing unusual.

Phones of one make send the same lines call after call but for the address, the port and the session's numbers. The
lines after the port are the key of a plan, which `negotiation` makes once, the long way; from then on an answer is
a look-up and two formatted strings. Whatever is not exactly of this shape goes the long way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from telephony.media.messages import RemoteMedia

# RFC 8866 section 5: v=, o=, s=, c=, t= and one m=; attributes of the session, b= and more are not plain. Nor are keys
# and ICE's passwords, which are new in each call and must not be remembered.
_PLAIN = re.compile(
    rb"v=0\r\no=\S+ \S+ \S+ IN IP([46]) \S+\r\ns=[^\r\n]*\r\nc=IN IP\1 ([0-9A-Fa-f.:]+)\r\nt=\S+ \S+\r\n"
    rb"m=audio ([1-9][0-9]{0,4})( RTP/AVPF? [^\r\n]+\r\n(?:a=(?!crypto:|ice-)[^\r\n]*\r\n)*)"
)
_LONGEST = 2000
_REMEMBERED = 256
_HOLD = b"0.0.0.0"  # RFC 2543's way of hold

Slowly = Callable[[bytes, str, int], tuple[bytes, RemoteMedia | None]]
"""An offer, our host and port: the answer's body and the other end."""


class _Plan(NamedTuple):
    tail: str
    remote: RemoteMedia


class PlainOffers:
    """Answers for one order of codecs; `slowly` is `negotiation`'s way, which raises what it raises."""

    def __init__(self, slowly: Slowly) -> None:
        self._slowly = slowly
        self._plan = lru_cache(_REMEMBERED)(self._make_plan)

    def answer(self, offer: bytes, host: str, port: int) -> tuple[bytes, RemoteMedia] | None:
        """The answer's body and the other end; None if the offer is not plain."""
        found = _PLAIN.fullmatch(offer) if len(offer) <= _LONGEST else None
        if found is None or found[2] == _HOLD or int(found[3]) > 65535:
            return None
        plan = self._plan(found[4])
        if plan is None:
            return None
        family = "IP6" if ":" in host else "IP4"
        body = (
            f"v=0\r\no=- {port} 1 IN {family} {host}\r\ns=-\r\nc=IN {family} {host}\r\nt=0 0\r\n"
            f"m=audio {port}{plan.tail}"
        )
        remote = replace(plan.remote, host=found[2].decode(), port=int(found[3]))
        return body.encode("utf-8", "surrogateescape"), remote

    def _make_plan(self, lines: bytes) -> _Plan | None:
        """The long way, once for a set of lines, with an address that stands for any."""
        offer = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 9" + lines
        body, remote = self._slowly(offer, "192.0.2.2", 9)
        _, marker, tail = body.decode("utf-8", "surrogateescape").partition("m=audio 9")
        return _Plan(tail, remote) if marker and remote is not None else None
