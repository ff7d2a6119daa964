"""SRTP keys inside session descriptions: `a=crypto` of RFC 4568, read, chosen, written.

    a=crypto:<tag> <suite> inline:<base64 of 16 bytes key, 14 bytes salt>[|lifetime][|MKI:length] [session parameters]

Pure. A line whose suite we do not speak, that wants a master key index, or a session parameter that changes how
packets look, is one that cannot be accepted (section 6.3) and is passed over. Keys have no repr.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import get_args

from telephony.media.keying import SRTP_KEY_BYTES, SrtpKeys, SrtpSuite

SUITES: tuple[SrtpSuite, ...] = get_args(SrtpSuite)

_CRYPTO = re.compile(
    r"a=crypto:([0-9]{1,9}) +(\S+) +inline:([A-Za-z0-9+/=]{1,128})((?:\|[^\s|;]+)*)((?: +\S+)*) *"
)
# Section 6.3.6: a hint that may be ignored. Section 6.3.7: those behind a "-" too.
_HARMLESS = re.compile(r"WSH=[0-9]+|-\S+")


@dataclass(frozen=True, slots=True)
class Crypto:
    """One `a=crypto` line; `key` is master key and salt."""

    tag: int
    suite: SrtpSuite
    key: bytes = field(repr=False)

    @classmethod
    def parse(cls, line: str) -> Crypto | None:
        """None: another line, or one that cannot be accepted."""
        found = _CRYPTO.fullmatch(line)
        if found is None or ":" in found[4]:
            return None  # a master key index (section 6.1) would stand in every packet
        suite = next((each for each in SUITES if each == found[2]), None)
        if suite is None or not all(_HARMLESS.fullmatch(each) for each in found[5].split()):
            return None
        try:
            key = base64.b64decode(found[3], validate=True)
        except binascii.Error:
            return None
        return cls(int(found[1]), suite, key) if len(key) == SRTP_KEY_BYTES else None

    def __str__(self) -> str:
        return f"a=crypto:{self.tag} {self.suite} inline:{base64.b64encode(self.key).decode()}"


def cryptos(lines: Iterable[str]) -> list[Crypto]:
    """Those of a media description's lines that can be accepted, in their order."""
    return [crypto for line in lines if (crypto := Crypto.parse(line)) is not None]


def offered(new_key: Callable[[], bytes]) -> tuple[str, ...]:
    """Lines of an offer: every suite with a key of its own (section 6.1)."""
    return tuple(str(Crypto(tag, suite, new_key())) for tag, suite in enumerate(SUITES, 1))


def accepted(
    theirs: Iterable[str], ours: Iterable[str], new_key: Callable[[], bytes]
) -> tuple[Crypto, SrtpKeys] | None:
    """Our line for their offer and the keys; None if it holds no line that can be accepted.

    `ours` are our lines so far: a key goes on for as long as its suite does, for another suite it must be a new one
    (the same key stream would be used twice).
    """
    chosen = next(iter(cryptos(theirs)), None)
    if chosen is None:
        return None
    standing = next((each.key for each in cryptos(ours) if each.suite == chosen.suite), None)
    ours_now = Crypto(chosen.tag, chosen.suite, standing or new_key())
    return ours_now, SrtpKeys(chosen.suite, ours_now.key, chosen.key)


def agreed(answered: Iterable[str], offered_lines: Iterable[str]) -> SrtpKeys | None:
    """The keys when our offer was answered; None if the answer takes none of our lines (section 5.1.3)."""
    ours = {(each.tag, each.suite): each.key for each in cryptos(offered_lines)}
    for theirs in cryptos(answered):
        key = ours.get((theirs.tag, theirs.suite))
        if key is not None:
            return SrtpKeys(theirs.suite, key, theirs.key)
    return None
