"""The gate: every received message passes it before it is parsed, and it says in which order they are taken.

    received(batch, now) -> what to hand to the user agent now; what is beyond a turn's share waits (`next_turn`)
    answers              -> stateless refusals to be sent
    offence(host, ...)   -> what the user agent and the application found wrong with a source

In a burst, what belongs to calls in progress goes first, new requests after it in the order they came. CANCEL stays
behind the INVITE that it means. When the door is closed (`overload`), new INVITEs are answered 503 with Retry-After
from their bytes; a repetition of one that was accepted earlier is let through, and one of a refused INVITE is refused
again though the door may be open by then: its sender was told no.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from telephony.sip.address import Address
from telephony.sip.defence.overload import Overload, OverloadLimits
from telephony.sip.defence.refusal import InviteKey, Refusable
from telephony.sip.defence.scanners import SCANNERS, ScannerNames
from telephony.sip.defence.sniff import Kind, kind_of, user_agent
from telephony.sip.defence.sources import Ban, Offence, Source, SourceLimits, Sources

Datagram = tuple[bytes, Address]
_IN_PROGRESS_A_TURN = 128  # some 10 ms of work
# Of either kind so many wait here at most after a turn, however many came: a flood is worked off as it is read, and the
# rest of it waits in the socket, which has an end.
_MOST_WAITING = 2048
_REFUSED_REMEMBERED = 20_000
_REFUSED_S = 32.0  # 64*T1: so long an INVITE may be repeated
_BUSY = b"503 Service Unavailable"


@dataclass(slots=True)
class GateCounters:
    """Since the start."""

    banned_messages: int = 0
    dropped_messages: int = 0
    refused_calls: int = 0  # over a source's rate of new calls
    overload_refusals: int = 0
    scanner_messages: int = 0
    bans: int = 0


@dataclass(frozen=True, slots=True)
class GateConfig:
    """What the gate is told: limits of sources, marks of overload, names of scanners, new requests a turn."""

    sources: SourceLimits = field(default_factory=SourceLimits)
    overload: OverloadLimits = field(default_factory=OverloadLimits)
    scanners: tuple[str, ...] = SCANNERS
    per_turn: int = 32
    queue: int = 200  # new requests that may wait; a call that finds it full is refused at once
    server: str = "Cordboard"


class Gate:
    """Who is heard, and when. `knows_invite` says whether an INVITE's transaction lives (it was accepted)."""

    def __init__(
        self,
        config: GateConfig,
        sources: Sources | None = None,
        *,
        knows_invite: Callable[[InviteKey], bool] = lambda _key: False,
        on_ban: Callable[[Ban], None] = lambda _ban: None,
    ) -> None:
        self.config = config
        self.sources = sources if sources is not None else Sources(config.sources)
        self.overload = Overload(config.overload)
        self.counters = GateCounters()
        self.answers: list[Datagram] = []
        self.knows_invite = knows_invite
        self.on_ban = on_ban
        self._scanners = ScannerNames(config.scanners)
        self._in_progress: deque[Datagram] = deque()
        self._waiting: deque[Datagram] = deque()  # new requests
        self._refused: OrderedDict[InviteKey, float] = OrderedDict()
        retry = config.overload.retry_after_s
        self._fields = b"Retry-After: %d\r\nServer: %s\r\n" % (retry, config.server.encode())

    # -- messages

    def received(self, batch: list[Datagram], now: float) -> list[Datagram]:
        """Sort a batch: what to take now. The rest waits for `next_turn`."""
        first, later = self._in_progress, self._waiting
        for datagram in batch:
            kind = self._admit(datagram, now)
            if kind is None:
                continue
            if kind is Kind.IN_PROGRESS or kind is Kind.KEEP_ALIVE:
                first.append(datagram)
            else:
                later.append(datagram)
        return self.next_turn(now)

    def next_turn(self, now: float) -> list[Datagram]:
        """The next share of what waits; new requests only when nothing else does."""
        first, waiting = self._in_progress, self._waiting
        taken = _share(first, _IN_PROGRESS_A_TURN)
        if not first or len(waiting) > _MOST_WAITING:
            new = _share(waiting, self.config.per_turn)
            if self._refused:
                new = [each for each in new if not self._is_refused_repetition(each, now)]
            taken += new
        self.overload.measure(now, waiting=len(waiting))
        return taken

    def _is_refused_repetition(self, datagram: Datagram, now: float) -> bool:
        """Whether this one's repetition overtook it and was refused: both get the same answer."""
        if kind_of(datagram[0]) is not Kind.NEW_CALL:
            return False
        refusable = Refusable(*datagram)
        key = refusable.key()
        if not self._was_refused(key, now):
            return False
        self._refuse(refusable, key, now)
        return True

    @property
    def has_waiting(self) -> bool:
        """Whether another turn is due soon."""
        return bool(self._waiting or self._in_progress)

    def _admit(self, datagram: Datagram, now: float) -> Kind | None:
        """The message's kind; None for one that is not let in."""
        data, source = datagram
        sources, counters = self.sources, self.counters
        if sources.is_banned(source.host, now):
            counters.banned_messages += 1
            return None
        known = sources.of(source.host, now)
        if not known.exempt and not known.messages.take(now):
            counters.dropped_messages += 1
            self.offence(source.host, Offence.FLOOD, now)
            return None
        kind = kind_of(data)
        if kind is Kind.IN_PROGRESS or kind is Kind.KEEP_ALIVE or kind is Kind.CANCEL:
            return kind
        if kind is Kind.REFUSED_ACK:
            return None
        if not known.exempt and self._scanners.is_scanner(user_agent(data)):
            counters.scanner_messages += 1
            self.offence(source.host, Offence.SCANNER, now)
            return None
        if kind is Kind.NEW_CALL and not self._takes_call(datagram, known, now):
            return None
        return kind

    def _takes_call(self, datagram: Datagram, source: Source, now: float) -> bool:
        """Whether a new INVITE goes on; it is answered here if not."""
        too_fast = not source.exempt and not source.calls.take(now)
        full = self.overload.is_closed or len(self._waiting) >= self.config.queue
        if not too_fast and not full and not self._refused:
            return True
        refusable = Refusable(*datagram)
        key = refusable.key()
        if key is not None and self.knows_invite(key):
            return True
        if too_fast:
            self.counters.refused_calls += 1
        elif full or self._was_refused(key, now):
            self.counters.overload_refusals += 1
        else:
            self._forget_refused(now)
            return True
        self._refuse(refusable, key, now)
        return False

    def _was_refused(self, key: InviteKey | None, now: float) -> bool:
        return key is not None and self._refused.get(key, now) > now

    def _refuse(self, refusable: Refusable, key: InviteKey | None, now: float) -> None:
        if key is not None:
            self._refused[key] = now + _REFUSED_S
            if len(self._refused) > _REFUSED_REMEMBERED:
                self._refused.popitem(last=False)
        answer = refusable.respond(_BUSY, self._fields)
        if answer is not None:
            self.answers.append(answer)

    def _forget_refused(self, now: float) -> None:
        """The oldest few that are over: a little with each call, so that it is never much."""
        refused = self._refused
        for _ in range(min(4, len(refused))):
            key = next(iter(refused))
            if refused[key] > now:
                return
            del refused[key]

    # -- offences

    def offence(self, host: str, offence: Offence, now: float) -> None:
        """Something wrong was found with what a host sent."""
        ban = self.sources.offend(host, offence, now)
        if ban is not None:
            self.counters.bans += 1
            self.on_ban(ban)


def _share(waiting: deque[Datagram], share: int) -> list[Datagram]:
    """The first so many, or as many more as are too many to wait."""
    count = min(max(share, len(waiting) - _MOST_WAITING), len(waiting))
    return [waiting.popleft() for _ in range(count)]
