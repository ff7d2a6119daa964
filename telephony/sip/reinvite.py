"""Re-INVITEs, theirs and ours: offers in a call that stands (RFC 3261 section 14).

At most one is open in either direction; those that cross are refused with 491, those that come too soon with
500 (section 14.1, 14.2).
"""

# ruff: noqa: ARG002 - a transaction user is told more than each of them needs

from __future__ import annotations

from telephony.sip.address import Address
from telephony.sip.core import ALLOW, Bystander, Core
from telephony.sip.errors import LocalProtocolError
from telephony.sip.established import CONTENT_TYPE_SDP, EstablishedCalls, dialog_of
from telephony.sip.events import (
    CallEnded,
    EndCause,
    OfferAnswered,
    OfferFailed,
    OfferReceived,
    OfferRequested,
)
from telephony.sip.message import Request, Response
from telephony.sip.session import PendingOffer, Session, SessionState
from telephony.sip.transactions.machine import Transaction


class ReInvites:
    """Offers and answers of established sessions."""

    def __init__(self, core: Core, calls: EstablishedCalls) -> None:
        self._core = core
        self.calls = calls

    def received(self, session: Session, request: Request, source: Address, now: float) -> None:
        """Section 14.2."""
        core = self._core
        if session.state not in (SessionState.CONFIRMED, SessionState.ACCEPTED) or session.hang_up_wanted:
            core.conclude(request, source, 481 if session.hang_up_wanted else 500, now)
            return
        if session.pending_offer is not None or session.unacknowledged is not None:
            core.conclude(request, source, 500, now, [("Retry-After", "2")])
            return
        if session.reoffering:
            core.conclude(request, source, 491, now)
            return
        transaction = core.layer.open_server(request, source, _ReInviteServer(self, session), now)
        session.pending_offer = PendingOffer(request, transaction)
        offer = request.body or None
        core.emit(OfferReceived(session.id, offer) if offer else OfferRequested(session.id))

    def answer_offer(self, session: Session, body: bytes, now: float) -> None:
        """Accept the peer's re-INVITE."""
        pending = session.pending_offer
        if pending is None:
            raise LocalProtocolError("no offer is pending")
        session.pending_offer = None
        dialog_of(session).refresh(pending.request)
        self.calls.accept(session, pending.request, pending.transaction, body, now)

    def reject_offer(self, session: Session, status: int, now: float) -> None:
        """Refuse the peer's re-INVITE; the session goes on as before."""
        if session.pending_offer is None:
            raise LocalProtocolError("no offer is pending")
        self.calls.refuse_pending(session, status, now)

    def cancelled(self, session: Session, now: float) -> None:
        """Their CANCEL of their re-INVITE: 487, and nothing changes."""
        self.calls.refuse_pending(session, 487, now)

    def reoffer(self, session: Session, body: bytes, now: float) -> None:
        """Section 14.1: one at a time, and none while theirs is pending."""
        if session.state is not SessionState.CONFIRMED or session.hang_up_wanted:
            raise LocalProtocolError("reoffer needs a confirmed session")
        if session.reoffering or session.pending_offer is not None or session.unacknowledged is not None:
            raise LocalProtocolError("another offer is pending")
        session.reoffering = True
        self.send(session, body, [], now)

    def send(self, session: Session, body: bytes, authorization: list[tuple[str, str]], now: float) -> None:
        """One attempt of a re-INVITE."""
        fields = [("Contact", session.contact), ALLOW, *authorization]
        if body:
            fields.append(CONTENT_TYPE_SDP)
        user = _ReInviteClient(self, session, body, tried=bool(authorization))
        request, _ = self._core.send_in_dialog(
            dialog_of(session), "INVITE", user, now, fields=fields, body=body
        )
        user.request = request

    def answered(self, session: Session, request: Request, response: Response) -> tuple[bytes, Address]:
        """2xx: the ACK goes out, the target may have moved."""
        dialog = dialog_of(session)
        dialog.refresh(response)
        session.reoffering = False
        if not session.hang_up_wanted:
            self._core.emit(OfferAnswered(session.id, response.body or None))
        return self._core.send_ack(dialog, request.cseq.number)

    def failed(self, session: Session, status: int, now: float) -> None:
        """Section 12.2.1.2: 481 and 408 end the dialog; anything else leaves the session as it was."""
        session.reoffering = False
        if session.hang_up_wanted or session.id not in self._core.sessions:
            return
        self._core.emit(OfferFailed(session.id, status))
        if status in (408, 481, 503):
            session.hang_up_wanted = session.end_told = True
            self.calls.send_bye(session, now)
            cause = EndCause.REMOTE_BYE if status == 481 else EndCause.TRANSPORT_FAILURE
            self._core.emit(CallEnded(session.id, cause, f"{status} to a re-INVITE"))

    def retransmit(self, wire: bytes, destination: Address) -> None:
        """An ACK again."""
        self._core.layer.retransmit(wire, destination)


class _ReInviteServer(Bystander):
    """Their re-INVITE; also what their CANCEL of it finds."""

    __slots__ = ("_calls", "_session")

    def __init__(self, calls: ReInvites, session: Session) -> None:
        self._calls = calls
        self._session = session

    def ack_received(self, transaction: Transaction, ack: Request, now: float) -> None:
        self._calls.calls.ack_received(self._session, ack, now)

    def cancelled(self, request: Request, now: float) -> None:
        """A CANCEL for this re-INVITE."""
        self._calls.cancelled(self._session, now)


class _ReInviteClient(Bystander):
    """Our re-INVITE."""

    __slots__ = ("_ack", "_body", "_calls", "_session", "_tried", "request")

    def __init__(self, calls: ReInvites, session: Session, body: bytes, *, tried: bool) -> None:
        self._calls = calls
        self._session = session
        self._body = body
        self._tried = tried
        self._ack: tuple[bytes, Address] | None = None
        self.request: Request | None = None

    def response_received(self, transaction: Transaction, response: Response, now: float) -> None:
        request = self.request
        if response.status < 200 or request is None:
            return
        if response.status < 300:
            if self._ack is None:
                self._ack = self._calls.answered(self._session, request, response)
            else:
                self._calls.retransmit(*self._ack)
            return
        if response.status in (401, 407) and not self._tried:
            field = self._calls.calls.authorization(self._session, response, request)
            if field is not None:
                self._calls.send(self._session, self._body, [field], now)
                return
        self._calls.failed(self._session, response.status, now)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        self._calls.failed(self._session, status, now)
