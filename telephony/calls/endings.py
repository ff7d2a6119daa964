"""What the ends that SIP tells of mean for a leg: whose doing, and what came of it.

Pure; the exchange asks.
"""

from __future__ import annotations

from telephony.calls.leg import Leg, Outcome, Party, Termination
from telephony.sip.events import EndCause


def of_refusal(status: int, reason: str) -> Termination:
    """What a final refusal of our INVITE means for the leg (RFC 3261 section 21)."""
    match status:
        case 487:
            return Termination(Outcome.CANCELLED, Party.LOCAL, reason, status)
        case 480 | 408:
            return Termination(Outcome.NO_ANSWER, Party.REMOTE, reason, status)
        case 404 | 410 | 502 | 503 | 504:
            return Termination(Outcome.UNREACHABLE, Party.NETWORK, reason, status)
        case _:
            return Termination(Outcome.REFUSED, Party.REMOTE, reason, status)


def of_session(leg: Leg, cause: EndCause, reason: str | None) -> Termination:
    """What the end of a session means for the leg."""
    match cause:
        case EndCause.REMOTE_BYE:
            return Termination(Outcome.COMPLETED, Party.REMOTE, reason or "hung up")
        case EndCause.REMOTE_CANCEL:
            return Termination(Outcome.CANCELLED, Party.REMOTE, reason or "hung up before the answer")
        case _:
            outcome = Outcome.LOST if leg.is_up else Outcome.UNREACHABLE
            return Termination(outcome, Party.NETWORK, reason or cause.name.lower().replace("_", " "))
