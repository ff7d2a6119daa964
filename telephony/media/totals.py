"""A worker's totals: what closed legs left behind plus what open legs have counted so far."""

import resource
from operator import add, sub
from pathlib import Path
from typing import NamedTuple

from telephony.media.leg import Leg
from telephony.media.messages import WorkerStatistics
from telephony.media.sockets import dropped_by_kernel

_PAGE_SIZE = resource.getpagesize()


class Counts(NamedTuple):
    """What legs have counted."""

    received: int = 0
    sent: int = 0
    lost: int = 0
    dropped: int = 0
    refused: int = 0
    malformed: int = 0
    unexpected: int = 0

    @classmethod
    def of(cls, leg: Leg) -> "Counts":
        """One leg's, up to now; while its sockets are still open."""
        leg.book_both()
        connected = leg.sockets.connected
        return cls(
            received=leg.incoming.received + leg.incoming.duplicates,
            sent=leg.outgoing.packets,
            lost=leg.incoming.lost,
            dropped=leg.send_failures
            + dropped_by_kernel(leg.sockets.rtp)
            + (dropped_by_kernel(connected) if connected is not None else 0),
            refused=leg.refused,
            malformed=leg.malformed,
            unexpected=leg.unexpected,
        )

    def plus(self, other: "Counts") -> "Counts":
        return Counts(*map(add, self, other))

    def minus(self, other: "Counts") -> "Counts":
        return Counts(*map(sub, self, other))


class Totals:
    """Counters of the worker as a whole."""

    def __init__(self) -> None:
        self.legs_opened = 0
        self.ignored_commands = 0
        self.events_dropped = 0
        self._closed = Counts()

    def add_closed(self, leg: Leg) -> None:
        """Keep a leg's figures; called while its sockets are still open."""
        self._closed = self._closed.plus(Counts.of(leg))

    def statistics(
        self,
        open_legs: Counts,
        *,
        legs: int,
        recordings: int,
        spool_dropped: int,
        late_ticks: int,
        latest_tick_ms: float,
    ) -> WorkerStatistics:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        counts = self._closed.plus(open_legs)
        return WorkerStatistics(
            legs=legs,
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
