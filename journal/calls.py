"""What one call was, in one line: derived from its events whenever somebody asks, stored nowhere.

Reads the kinds call.arrived, queue.joined, queue.left, queue.refused, call.connected, flow.ended and call.ended; other
kinds do not matter here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from journal.event import Event

ANSWERED = "answered"
CONTAINED = "contained"
ABANDONED = "abandoned"
REFUSED = "refused"
ENDED = "ended"
LOST = "lost"


@dataclass(frozen=True, slots=True)
class CallSummary:
    """`outcome` is None while the call lives, else

    answered   an agent talked to the caller
    contained  the flow ended it itself, without a queue
    abandoned  the caller hung up in a queue
    refused    a queue was full, closed or waited for too long, and nobody answered later
    ended      the caller hung up in the flow, perhaps after it had taken them out of a queue
    lost       the server stopped before the call's end was noted
    """

    id: str
    caller: str
    called: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    queue: str | None
    agent: str | None


def summarise(events: Sequence[Event], restarted: int) -> CallSummary:
    """The events of one call, oldest first and not empty; `restarted` is the id of the server's last start."""
    first, last = events[0], events[-1]
    ended = [event for event in events if event.kind in ("call.ended", "flow.ended")]
    ended_at = ended[-1].at if ended else None
    outcome = _outcome(events) if ended else None
    if not ended and last.id < restarted:
        ended_at, outcome = last.at, LOST
    return CallSummary(
        id=str(first.call),
        caller=str(first.data.get("caller", "")),
        called=str(first.data.get("called", "")),
        started_at=first.at,
        ended_at=ended_at,
        outcome=outcome,
        queue=_latest(events, "queue.joined", "queue"),
        agent=_latest(events, "call.connected", "agent"),
    )


def _latest(events: Sequence[Event], kind: str, field: str) -> str | None:
    found = [event.data.get(field) for event in events if event.kind == kind]
    return str(found[-1]) if found and found[-1] is not None else None


def _outcome(events: Sequence[Event]) -> str:
    kinds = [event.kind for event in events]
    if "call.connected" in kinds:
        return ANSWERED
    if any(event.kind == "flow.ended" and event.data.get("contained") for event in events):
        return CONTAINED
    in_queues = [kind for kind in kinds if kind in ("queue.joined", "queue.left", "queue.refused")]
    if in_queues and in_queues[-1] != "queue.left":
        return REFUSED if in_queues[-1] == "queue.refused" else ABANDONED
    return ENDED
