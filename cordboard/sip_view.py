"""The running signalling as the API shows it: serves `api.sip_routes.SipSystem`. Owns no state."""

from __future__ import annotations

import time
from collections.abc import Sequence

from api.sip_schema import BanView, SipLadder, SipStatus, TrunkView
from cordboard.ladders import Ladders
from journal.journal import Journal
from telephony.calls.trunks.fleet import Fleet, Line
from telephony.calls.trunks.health import State
from telephony.sip.counters import Counters
from telephony.sip.defence.gate import Gate
from telephony.sip.trace import SipTrace


class SipView:
    """The rooms of a running server's signalling, looked at."""

    def __init__(
        self,
        fleet: Fleet,
        gate: Gate,
        counters: Counters,
        trace: SipTrace,
        ladders: Ladders,
        journal: Journal,
    ) -> None:
        self._fleet = fleet
        self._gate = gate
        self._counters = counters
        self._trace = trace
        self._ladders = ladders
        self._journal = journal

    def trunks(self) -> Sequence[TrunkView]:
        """Every trunk now."""
        now = time.monotonic()
        return [_trunk(line, now) for line in self._fleet.lines.values()]

    def bans(self) -> Sequence[BanView]:
        """Bans that hold now, the newest first."""
        now = time.monotonic()
        return [
            BanView(
                source=ban.source,
                why=ban.why.value,
                since_s=now - ban.since,
                ends_in_s=ban.until - now,
                count=ban.count,
                dropped=ban.dropped,
            )
            for ban in self._gate.sources.bans(now)
        ]

    def lift_ban(self, source: str) -> bool:
        """End a ban."""
        lifted = self._gate.sources.lift(source, time.monotonic())
        if lifted:
            self._journal.append("sip.ban_lifted", source=source)
        return lifted

    def sip_status(self) -> SipStatus:
        """Counters and readings."""
        gate, counters = self._gate, self._counters
        return SipStatus(
            overloaded=gate.overload.is_closed,
            lag_s=gate.overload.lag_s,
            waiting=gate.overload.waiting,
            overloads=gate.overload.closings,
            overload_refusals=gate.counters.overload_refusals,
            sources=len(gate.sources),
            banned_messages=gate.counters.banned_messages,
            dropped_messages=gate.counters.dropped_messages,
            refused_calls=gate.counters.refused_calls,
            scanner_messages=gate.counters.scanner_messages,
            bans=gate.counters.bans,
            requests=counters.requests,
            responses=counters.responses,
            malformed=counters.malformed,
            retransmissions=counters.retransmissions,
            repeated_requests=counters.repeated_requests,
            rejected_requests=counters.rejected_requests,
            failed_authentications=counters.failed_authentications,
            calls_in=counters.calls_in,
            calls_out=counters.calls_out,
            trace_bytes=self._trace.used_bytes,
        )

    async def ladder(self, call_id: str) -> SipLadder | None:
        """A call's messages."""
        return await self._ladders.ladder(call_id)


def _trunk(line: Line, now: float) -> TrunkView:
    trunk = line.trunk
    return TrunkView(
        name=trunk.name,
        uri=str(trunk.uri),
        state="up" if line.health.state is State.UP else "down",
        since_s=now - line.health.since,
        usable=line.is_usable,
        registers=trunk.register,
        registered=line.is_registered,
        registration_status=line.registration_status,
        calls_now=line.capacity.calls,
        max_calls=trunk.max_calls,
        calls_in=line.calls_in,
        calls_out=line.calls_out,
        failed_out=line.failed_out,
        refused=line.capacity.refused,
    )
