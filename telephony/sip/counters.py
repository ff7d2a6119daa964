"""What a user agent counts: plain integers for metrics, read at any time, never reset."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """All since the start. `retransmissions` are ours; `repeated_requests` are the peers'."""

    requests: int = 0
    responses: int = 0
    malformed: int = 0
    retransmissions: int = 0
    repeated_requests: int = 0
    stray_responses: int = 0
    stray_acks: int = 0
    rejected_requests: int = 0
    challenges: int = 0
    failed_authentications: int = 0
    keep_alives: int = 0
    calls_in: int = 0
    calls_out: int = 0
