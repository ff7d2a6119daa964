"""A worker's totals: what closed legs left behind plus what open legs have counted so far."""

import resource
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from telephony.media.leg import Leg
from telephony.media.messages import WorkerStatistics
from telephony.media.sockets import dropped_by_kernel

_PAGE_SIZE = resource.getpagesize()


@dataclass(slots=True)
class _Counts:
    received: int = 0
    sent: int = 0
    lost: int = 0
    dropped: int = 0
    refused: int = 0
    malformed: int = 0
    unexpected: int = 0

    def add(self, leg: Leg) -> None:
        leg.book_both()
        self.received += leg.incoming.received + leg.incoming.duplicates
        self.sent += leg.outgoing.packets
        self.lost += leg.incoming.lost
        self.dropped += leg.send_failures + dropped_by_kernel(leg.sockets.rtp)
        if leg.sockets.connected is not None:
            self.dropped += dropped_by_kernel(leg.sockets.connected)
        self.refused += leg.refused
        self.malformed += leg.malformed
        self.unexpected += leg.unexpected


class Totals:
    """Counters of the worker as a whole."""

    def __init__(self) -> None:
        self.legs_opened = 0
        self.ignored_commands = 0
        self.events_dropped = 0
        self._closed = _Counts()

    def add_closed(self, leg: Leg) -> None:
        """Keep a leg's figures; called while its sockets are still open."""
        self._closed.add(leg)

    def statistics(
        self,
        legs: Iterable[Leg],
        *,
        recordings: int,
        spool_dropped: int,
        late_ticks: int,
        latest_tick_ms: float,
    ) -> WorkerStatistics:
        legs = tuple(legs)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        closed = self._closed
        counts = _Counts(*(getattr(closed, name) for name in _Counts.__slots__))
        for leg in legs:
            counts.add(leg)
        return WorkerStatistics(
            legs=len(legs),
            legs_opened=self.legs_opened,
            recordings=recordings,
            packets_received=counts.received,
            packets_sent=counts.sent,
            packets_lost=counts.lost,
            packets_dropped=counts.dropped,
            refused=counts.refused,
            malformed=counts.malformed,
            unexpected=counts.unexpected,
            spool_dropped=spool_dropped,
            late_ticks=late_ticks,
            latest_tick_ms=latest_tick_ms,
            ignored_commands=self.ignored_commands,
            events_dropped=self.events_dropped,
            cpu_user_s=usage.ru_utime,
            cpu_system_s=usage.ru_stime,
            resident_bytes=_resident_bytes(),
        )


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_SIZE
