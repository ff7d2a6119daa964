"""One INVITE usage: its state, its dialog and what is pending on it (RFC 3261 section 13, 14).

The states are those that commands and messages are judged by; `INCOMING`, `ACCEPTED` are the callee's,
`CALLING`, `PROCEEDING`, `CANCELLING` the caller's, the rest is both sides'.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from telephony.sip.dialog import Dialog
from telephony.sip.events import SessionId
from telephony.sip.message import Request

if TYPE_CHECKING:
    from telephony.sip.answer import UnacknowledgedAnswer
    from telephony.sip.incoming import IncomingInvite
    from telephony.sip.outgoing import OutgoingInvite
    from telephony.sip.transactions.server import ServerTransaction


class SessionState(Enum):
    """Where an INVITE usage stands."""

    INCOMING = "incoming"  # their INVITE is not answered yet
    ACCEPTED = "accepted"  # our 2xx waits for its ACK
    CALLING = "calling"  # our INVITE had no response yet
    PROCEEDING = "proceeding"  # it had a provisional one
    CANCELLING = "cancelling"  # we want it cancelled
    CONFIRMED = "confirmed"  # 2xx and ACK have passed
    ENDING = "ending"  # our BYE is on its way


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """Who we are when the peer asks (section 22.2, 22.3)."""

    user: str
    password: str


@dataclass(slots=True)
class PendingOffer:
    """A re-INVITE of the peer that the application has not answered yet."""

    request: Request
    transaction: ServerTransaction


@dataclass(slots=True)
class Session:
    """`dialog` is None until the peer's tag is known. `contact` is our Contact value."""

    id: SessionId
    state: SessionState
    contact: str
    dialog: Dialog | None = None
    incoming: IncomingInvite | None = None
    outgoing: OutgoingInvite | None = None
    unacknowledged: UnacknowledgedAnswer | None = None
    pending_offer: PendingOffer | None = None
    reoffering: bool = False
    hang_up_wanted: bool = False
    end_told: bool = False
    hang_up_reason: str | None = None
    credentials: ClientCredentials | None = None
