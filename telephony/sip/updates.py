"""UPDATE, theirs and ours (RFC 3311): an offer, a new target or a refresh, before the answer or after it.

An UPDATE with a body is an offer and is judged by the table of `offer_answer`; one without is answered at once. Ours
need a peer whose Allow names the method. A refresh of the session timer is an UPDATE without a body, or a re-INVITE for
peers that know no UPDATE (RFC 4028 section 7.4).
"""

# ruff: noqa: ARG002 - a transaction user is told more than each of them needs

from __future__ import annotations

from dataclasses import dataclass, replace

from telephony.sip.address import Address
from telephony.sip.core import ALLOW, SUPPORTED, Bystander, Core
from telephony.sip.dialog import Dialog
from telephony.sip.errors import LocalProtocolError
from telephony.sip.established import CONTENT_TYPE_SDP, EstablishedCalls
from telephony.sip.events import CallEnded, EndCause, OfferAnswered, OfferFailed, OfferReceived
from telephony.sip.flow import check_target, moved
from telephony.sip.message import Request, Response
from telephony.sip.offer_answer import OfferInput, OfferState, Verdict
from telephony.sip.pending import Offers
from telephony.sip.reinvite import ReInvites, back_off_s
from telephony.sip.sdp import with_later_version
from telephony.sip.session import PendingOffer, Session, SessionState
from telephony.sip.session_timer import (
    SessionTimer,
    agree_as_client,
    agree_as_server,
    minimum_of,
    refresh_fields,
)
from telephony.sip.transactions.machine import Transaction
from telephony.sip.transactions.server import ServerTransaction

_GLARES = 4


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of an UPDATE of ours."""

    dialog: Dialog
    body: bytes = b""
    glares: int = 0
    authorization: tuple[str, str] | None = None
    raised: bool = False


class Updates:
    """UPDATEs of all sessions."""

    def __init__(self, core: Core, calls: EstablishedCalls, offers: Offers, reinvites: ReInvites) -> None:
        self._core = core
        self._calls = calls
        self._offers = offers
        self._reinvites = reinvites

    # -- theirs

    def received(
        self, session: Session, dialog: Dialog, request: Request, source: Address, now: float
    ) -> None:
        """RFC 3311 section 5.2."""
        core = self._core
        check_target(request)
        if session.hang_up_wanted:
            core.conclude(request, source, 481, now)
            return
        if not request.sdp:
            moved(dialog, request, source)
            fields = self._success(session, request, now)
            core.conclude(request, source, 200, now, fields)
            return
        if session.pending_offer is not None:
            verdict = Verdict.TOO_SOON
        elif session.reoffering or session.update_open:
            verdict = Verdict.GLARE
        else:
            verdict = self._offers.feed(session, OfferInput.RECEIVE_OFFER)
        if verdict is not Verdict.GO:
            self._offers.refuse_now(request, source, verdict, now)
            return
        transaction = core.layer.open_server(request, source, Bystander(), now)
        pending = self._pending(session, dialog, request, source, transaction)
        self._offers.open(session, pending, now)
        core.emit(OfferReceived(session.id, request.sdp))

    def _pending(
        self,
        session: Session,
        dialog: Dialog,
        request: Request,
        source: Address,
        transaction: ServerTransaction,
    ) -> PendingOffer:
        def accept(body: bytes, now: float) -> None:
            moved(dialog, request, source)
            self._offers.feed(session, OfferInput.SEND_ANSWER)
            session.local_body = body
            fields = [*self._success(session, request, now), self._core.server_field(), CONTENT_TYPE_SDP]
            transaction.respond(Response.to_request(request, 200, fields=fields, body=body), now)

        def refuse(status: int, now: float) -> None:
            self._offers.feed(session, OfferInput.REFUSED)
            fields = [self._core.server_field()]
            transaction.respond(Response.to_request(request, status, fields=fields), now)

        return PendingOffer(accept, refuse, request)

    def _success(self, session: Session, request: Request, now: float) -> list[tuple[str, str]]:
        config = self._core.config
        fields = [("Contact", session.contact), ALLOW, SUPPORTED]
        if session.state in (SessionState.CONFIRMED, SessionState.ACCEPTED):
            timer, own = agree_as_server(request, config.session_expires_s, config.min_session_expires_s)
            self._calls.keep_alive.agreed(session, timer, now)
            fields += own
        return fields

    # -- ours

    def update(self, session: Session, body: bytes, now: float) -> None:
        """Offer by UPDATE, in an early dialog (RFC 3311 section 5.1) or a confirmed one."""
        dialog = session.dialog or next(iter((session.early or {}).values()), None)
        if dialog is None or session.hang_up_wanted or session.state is SessionState.ENDING:
            raise LocalProtocolError("update needs a dialog")
        if not session.allows_update:
            raise LocalProtocolError("the peer allows no UPDATE")
        busy = session.reoffering or session.reoffer_waits or session.update_open
        if busy or session.pending_offer is not None or session.offers is not OfferState.STABLE:
            raise LocalProtocolError("another offer is pending")
        self._send(session, Attempt(dialog, body), now)

    def refresh(self, session: Session, now: float) -> bool:
        """Keep the session alive; False if there is no room for it now."""
        dialog = session.dialog
        if dialog is None or session.hang_up_wanted or session.update_open:
            return False
        if not session.allows_update:
            return self._reinvites.refresh(session, now)
        self._send(session, Attempt(dialog), now)
        return True

    def _send(self, session: Session, attempt: Attempt, now: float) -> None:
        core = self._core
        session.update_open = True
        if attempt.body:
            self._offers.feed(session, OfferInput.SEND_OFFER)
        fields = [("Contact", session.contact), ALLOW, SUPPORTED]
        if session.state in (SessionState.CONFIRMED, SessionState.ACCEPTED):
            fields += refresh_fields(session.timer, core.config.session_expires_s)
        if attempt.authorization is not None:
            fields.append(attempt.authorization)
        if attempt.body:
            fields.append(CONTENT_TYPE_SDP)
        user = _UpdateClient(self, session, attempt)
        user.request, _ = core.send_in_dialog(
            attempt.dialog, "UPDATE", user, now, fields=fields, body=attempt.body
        )

    def answered(self, session: Session, attempt: Attempt, response: Response, now: float) -> None:
        """2xx."""
        session.update_open = False
        if session.id not in self._core.sessions:
            return
        attempt.dialog.refresh(response)
        self._calls.note_allow(session, response)
        if session.state is SessionState.CONFIRMED:
            self._calls.keep_alive.agreed(session, agree_as_client(response), now)
        if attempt.body:
            self._offers.feed(session, OfferInput.RECEIVE_ANSWER)
            session.local_body = attempt.body
            if not session.hang_up_wanted:
                self._core.emit(OfferAnswered(session.id, response.sdp or None))

    def refused(
        self, session: Session, attempt: Attempt, request: Request | None, response: Response, now: float
    ) -> None:
        """Any other final response."""
        self._taken_back(session, attempt)
        if session.hang_up_wanted or session.id not in self._core.sessions:
            return
        status = response.status
        if status in (401, 407) and attempt.authorization is None and request is not None:
            field = self._calls.authorization(session, response, request)
            if field is not None:
                self._send(session, replace(attempt, authorization=field), now)
                return
        if status == 422 and not attempt.raised:
            we_refresh = session.timer.we_refresh if session.timer is not None else True
            session.timer = SessionTimer(minimum_of(response), we_refresh)
            self._send(session, replace(attempt, raised=True), now)
        elif status == 491 and attempt.glares < _GLARES:
            session.reoffer_waits = True
            delay_s = back_off_s(self._core.fraction(), owner=not session.called_us)
            waiting = _BackOff(self, session, replace(attempt, glares=attempt.glares + 1))
            self._core.layer.queue.start(now + delay_s, waiting, 0)
        else:
            self._failed(session, attempt, status, now, ends=status in (408, 481))

    def waited(self, session: Session, attempt: Attempt, now: float) -> None:
        """The back-off is over."""
        session.reoffer_waits = False
        if session.hang_up_wanted or session.id not in self._core.sessions:
            return
        busy = session.offers is not OfferState.STABLE or session.reoffering
        if attempt.body and (busy or session.pending_offer is not None):
            self._failed(session, attempt, 491, now, ends=False)
            return
        body = with_later_version(attempt.body, session.local_body)
        self._send(session, replace(attempt, body=body, authorization=None), now)

    def lost(self, session: Session, attempt: Attempt, status: int, now: float) -> None:
        """Nobody answered, or it could not be sent."""
        self._taken_back(session, attempt)
        if not session.hang_up_wanted and session.id in self._core.sessions:
            self._failed(session, attempt, status, now, ends=True)

    def _taken_back(self, session: Session, attempt: Attempt) -> None:
        session.update_open = False
        if attempt.body:
            self._offers.feed(session, OfferInput.REFUSED)

    def _failed(self, session: Session, attempt: Attempt, status: int, now: float, *, ends: bool) -> None:
        if attempt.body:
            self._core.emit(OfferFailed(session.id, status))
        if ends and session.state is SessionState.CONFIRMED:
            session.hang_up_wanted = session.end_told = True
            self._calls.send_bye(session, now)
            cause = EndCause.REMOTE_BYE if status == 481 else EndCause.TRANSPORT_FAILURE
            self._core.emit(CallEnded(session.id, cause, f"{status} to an UPDATE"))
        elif not attempt.body:
            self._calls.keep_alive.failed(session, now)


class _BackOff:
    """An UPDATE that met another offer and waits (RFC 3311 section 5.3: as RFC 3261 section 14.1)."""

    __slots__ = ("_attempt", "_session", "_updates")

    def __init__(self, updates: Updates, session: Session, attempt: Attempt) -> None:
        self._updates, self._session, self._attempt = updates, session, attempt

    def timer_fired(self, timer: int, now: float) -> None:
        """Try again."""
        del timer
        self._updates.waited(self._session, self._attempt, now)


class _UpdateClient(Bystander):
    """Our UPDATE."""

    __slots__ = ("_attempt", "_session", "_updates", "request")

    def __init__(self, updates: Updates, session: Session, attempt: Attempt) -> None:
        self._updates, self._session, self._attempt = updates, session, attempt
        self.request: Request | None = None

    def response_received(self, transaction: Transaction, response: Response, now: float) -> None:
        if 200 <= response.status < 300:
            self._updates.answered(self._session, self._attempt, response, now)
        elif response.status >= 300:
            self._updates.refused(self._session, self._attempt, self.request, response, now)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        self._updates.lost(self._session, self._attempt, status, now)
