"""One INVITE usage: its state, its dialog and what is pending on it (RFC 3261 section 13, 14).

The states are those that commands and messages are judged by; `INCOMING`, `ACCEPTED` are the callee's,
`CALLING`, `PROCEEDING`, `CANCELLING` the caller's, the rest is both sides'.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from telephony.sip.dialog import Dialog
from telephony.sip.events import SessionId
from telephony.sip.message import Request
from telephony.sip.offer_answer import OfferState
from telephony.sip.session_timer import SessionTimer

if TYPE_CHECKING:
    from telephony.sip.answer import UnacknowledgedAnswer
    from telephony.sip.incoming import IncomingInvite
    from telephony.sip.outgoing import OutgoingInvite


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


@dataclass(slots=True, eq=False)
class PendingOffer:
    """An offer of the peer, or its wish for one, that the application has not answered yet. What carried it
    decides what `accept` and `refuse` send."""

    accept: Callable[[bytes, float], None]
    refuse: Callable[[int, float], None]
    request: Request | None = None
    """The request that carried it; None: a response of theirs did."""


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
    reoffering: bool = False  # a re-INVITE of ours is on its way
    reoffer_waits: bool = False  # it met 491 and backs off
    update_open: bool = False  # an UPDATE of ours is on its way
    offers: OfferState = OfferState.STABLE
    local_body: bytes = b""  # our session description that stands
    early: dict[str, Dialog] | None = None  # of our INVITE, by the peer's tag
    called_us: bool = False  # they own the Call-ID (section 14.1)
    allows_update: bool = False  # their Allow names UPDATE
    timer: SessionTimer | None = None
    referring: bool = False  # a REFER of ours is not over yet
    expires_at: float | None = None  # when it ends unless refreshed
    hang_up_wanted: bool = False
    end_told: bool = False
    hang_up_reason: str | None = None
    credentials: ClientCredentials | None = None

    def dialog_with(self, remote_tag: str) -> Dialog | None:
        """The dialog, or the early one of a fork, with that peer."""
        if self.dialog is not None:
            return self.dialog
        return self.early.get(remote_tag) if self.early is not None else None
