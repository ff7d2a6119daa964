"""Which SIP dialogs a call consisted of, and the call's ladder for whoever asks.

Owns the map from a call's id to the Call-IDs of its legs (bounded, oldest calls forgotten first); the messages are in
the trace. The lists of Call-IDs are the legs' own, so a leg that is tried by a second trunk shows both attempts.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta

from api.sip_schema import SipLadder, SipMessage
from telephony.sip.masking import mask
from telephony.sip.trace import SipTrace, Traced, messages_of

Legs = list[tuple[str, list[str]]]


class Ladders:
    """Ladders of calls, live and past."""

    def __init__(self, trace: SipTrace, max_calls: int) -> None:
        self._trace = trace
        self._max_calls = max_calls
        self._calls: OrderedDict[str, Legs] = OrderedDict()

    def note(self, call: str, party: str, call_ids: list[str]) -> None:
        """A leg belongs to a call."""
        self._calls.setdefault(call, []).append((party, call_ids))
        if len(self._calls) > self._max_calls:
            self._calls.popitem(last=False)

    async def ladder(self, call: str) -> SipLadder | None:
        """A call's messages, oldest first, secrets masked; None for a call that is not known (any more)."""
        legs = self._calls.get(call)
        if legs is None:
            return None
        parties = {call_id: party for party, call_ids in legs for call_id in call_ids}
        entries = self._trace.entries()
        return await asyncio.to_thread(_ladder, call, parties, entries)


def _ladder(call: str, parties: dict[str, str], entries: list[Traced]) -> SipLadder:
    now, clock = time.monotonic(), datetime.now(UTC)
    return SipLadder(
        call=call,
        messages=tuple(
            SipMessage(
                at=clock - timedelta(seconds=now - entry.at),
                sent=entry.sent,
                peer=str(entry.peer),
                party=parties[call_id],
                call_id=call_id,
                first_line=(text := mask(entry.data)).partition("\r\n")[0],
                text=text,
            )
            for call_id, entry in messages_of(entries, parties.keys())
        ),
    )
