"""What each source of messages has done lately, and which are banned.

A source is a host (an IPv6 /64). It has a bucket of messages and one of new calls; offences within a window lead to
a ban that doubles with each one and is forgotten after a quiet time. Memory is bounded: of too many sources the one
unheard of for longest is forgotten, a banned one last of all.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from enum import Enum

from telephony.sip.defence.bucket import TokenBucket
from telephony.sip.defence.networks import Networks, source_of


class Offence(Enum):
    """What a source is banned for."""

    SCANNER = "calls itself a scanner"
    FAILED_DIGEST = "wrong passwords"
    UNKNOWN_NUMBER = "numbers that are not ours"
    FLOOD = "too many messages"


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """Rates are a second; an offence's limit is how many within `window_s` lead to a ban, 0 for never."""

    messages_rate: float = 200.0
    messages_burst: float = 400.0
    calls_rate: float = 20.0
    calls_burst: float = 40.0
    window_s: float = 60.0
    offences: dict[Offence, int] = field(
        default_factory=lambda: {
            Offence.SCANNER: 1,
            Offence.FAILED_DIGEST: 5,
            Offence.UNKNOWN_NUMBER: 20,
            Offence.FLOOD: 5000,
        }
    )
    ban_s: float = 300.0
    longest_ban_s: float = 86_400.0
    forgiven_after_s: float = 86_400.0
    max_sources: int = 10_000
    max_bans: int = 10_000


@dataclass(slots=True)
class Ban:
    """`until` and `since` are monotonic seconds; `count` is how many in a row; `dropped` what it kept out."""

    source: str
    why: Offence
    since: float
    until: float
    count: int
    dropped: int = 0


class Source:
    """One source's buckets and offences."""

    __slots__ = ("calls", "exempt", "messages", "offences", "window_ends")

    def __init__(self, limits: SourceLimits, now: float, *, exempt: bool) -> None:
        self.exempt = exempt
        self.messages = TokenBucket(limits.messages_rate, limits.messages_burst, now)
        self.calls = TokenBucket(limits.calls_rate, limits.calls_burst, now)
        self.offences: dict[Offence, int] = {}
        self.window_ends = 0.0


class Sources:
    """All sources that spoke lately. `exempt` ones are neither limited nor banned."""

    def __init__(self, limits: SourceLimits, exempt: Networks | None = None) -> None:
        self.limits = limits
        self._exempt = exempt if exempt is not None else Networks()
        self._sources: OrderedDict[str, Source] = OrderedDict()
        self._bans: OrderedDict[str, Ban] = OrderedDict()  # those that are over too, until they are forgiven

    def exempt(self, networks: Networks) -> None:
        """Whom to exempt from now on."""
        self._exempt = networks
        self._sources.clear()

    def of(self, host: str, now: float) -> Source:
        """The source that a host belongs to."""
        name = source_of(host)
        known = self._sources.get(name)
        if known is None:
            known = self._sources[name] = Source(self.limits, now, exempt=host in self._exempt)
            if len(self._sources) > self.limits.max_sources:
                self._sources.popitem(last=False)
        else:
            self._sources.move_to_end(name)
        return known

    def is_banned(self, host: str, now: float) -> bool:
        """Whether a host is not heard now; each question is counted as a message kept out."""
        if not self._bans:
            return False
        ban = self._bans.get(source_of(host))
        if ban is None or ban.until <= now:
            return False
        ban.dropped += 1
        return True

    def offend(self, host: str, offence: Offence, now: float) -> Ban | None:
        """Note an offence; the ban that comes of it, if one does."""
        source = self.of(host, now)
        limit = self.limits.offences.get(offence, 0)
        if source.exempt or not limit:
            return None
        if now >= source.window_ends:
            source.offences.clear()
            source.window_ends = now + self.limits.window_s
        count = source.offences[offence] = source.offences.get(offence, 0) + 1
        if count < limit:
            return None
        source.offences.clear()
        return self._ban(source_of(host), offence, now)

    def _ban(self, name: str, why: Offence, now: float) -> Ban:
        limits = self.limits
        before = self._bans.pop(name, None)
        remembered = before is not None and now - before.until < limits.forgiven_after_s
        count = before.count + 1 if before is not None and remembered else 1
        length = min(limits.longest_ban_s, limits.ban_s * 2.0 ** min(count - 1, 32))
        ban = self._bans[name] = Ban(name, why, now, now + length, count)
        if len(self._bans) > limits.max_bans:
            self._bans.popitem(last=False)
        return ban

    def bans(self, now: float) -> list[Ban]:
        """Those that hold now, the newest first."""
        return [ban for ban in reversed(self._bans.values()) if ban.until > now]

    def lift(self, source: str, now: float) -> bool:
        """End a ban and forget it; False if there is none."""
        ban = self._bans.pop(source_of(source), None) or self._bans.pop(source, None)
        return ban is not None and ban.until > now

    def __len__(self) -> int:
        return len(self._sources)
