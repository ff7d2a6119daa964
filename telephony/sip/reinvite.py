"""Re-INVITEs, theirs and ours: offers in a call that stands (RFC 3261 section 14).

At most one is open in either direction; those that cross are refused with 491 and tried again after the back-off of
section 14.1, those that come too soon get 500 (section 14.2). Nobody waits for ever: an offer of theirs that the
application leaves unanswered is refused, one of ours that the peer leaves unanswered is cancelled.
"""

# ruff: noqa: ARG002 - a transaction user is told more than each of them needs

from __future__ import annotations

from dataclasses import dataclass, replace

from telephony.sip.address import Address
from telephony.sip.cancel import cancel_of
from telephony.sip.core import ALLOW, BYSTANDER, SUPPORTED, Bystander, Core
from telephony.sip.errors import LocalProtocolError
from telephony.sip.established import CONTENT_TYPE_SDP, EstablishedCalls, dialog_of
from telephony.sip.events import (
    CallEnded,
    EndCause,
    OfferAnswered,
    OfferFailed,
    OfferReceived,
    OfferRequested,
    SessionId,
)
from telephony.sip.flow import check_target, moved
from telephony.sip.headers import parse_delta_seconds
from telephony.sip.message import Request, Response
from telephony.sip.offer_answer import OfferInput, Verdict
from telephony.sip.pending import Offers
from telephony.sip.sdp import with_later_version
from telephony.sip.session import PendingOffer, Session, SessionState
from telephony.sip.session_timer import SessionTimer, agree_as_client, minimum_of, refresh_fields
from telephony.sip.transactions.client import ClientTransaction
from telephony.sip.transactions.machine import Transaction
from telephony.sip.transactions.server import ServerTransaction

_GLARES = 4
_LONGEST_RETRY_S = 10.0


def back_off_s(fraction: float, *, owner: bool) -> float:
    """Section 14.1: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other, in units of 10 ms."""
    return round(2.1 + fraction * 1.9, 2) if owner else round(fraction * 2.0, 2)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a re-INVITE of ours, and what was tried before."""

    body: bytes
    refresh: bool = False  # for the session timer: the application did not ask
    glares: int = 0
    authorization: tuple[str, str] | None = None
    raised: bool = False  # after a 422


class ReInvites:
    """Offers and answers of established sessions."""

    def __init__(self, core: Core, calls: EstablishedCalls, offers: Offers) -> None:
        self._core = core
        self.calls = calls
        self._offers = offers

    # -- theirs

    def received(self, session: Session, request: Request, source: Address, now: float) -> None:
        """Section 14.2."""
        core = self._core
        check_target(request)
        if session.state not in (SessionState.CONFIRMED, SessionState.ACCEPTED) or session.hang_up_wanted:
            core.conclude(request, source, 481 if session.hang_up_wanted else 500, now)
            return
        if session.pending_offer is not None or session.unacknowledged is not None:
            core.conclude(request, source, 500, now, [("Retry-After", "2")])
            return
        if session.reoffering:
            core.conclude(request, source, 491, now)
            return
        verdict = self._offers.feed(session, OfferInput.RECEIVE_OFFER) if request.sdp else Verdict.GO
        if verdict is not Verdict.GO:
            self._offers.refuse_now(request, source, verdict, now)
            return
        user = _ReInviteServer(self, session)
        transaction = core.layer.open_server(request, source, user, now)
        self._offers.open(session, self._pending(session, request, source, transaction), now)
        offer = request.sdp or None
        core.emit(OfferReceived(session.id, offer) if offer else OfferRequested(session.id))

    def _pending(
        self, session: Session, request: Request, source: Address, transaction: ServerTransaction
    ) -> PendingOffer:
        def accept(body: bytes, now: float) -> None:
            moved(dialog_of(session), request, source)
            offered = bool(request.sdp)
            self._offers.feed(session, OfferInput.SEND_ANSWER if offered else OfferInput.SEND_OFFER)
            self.calls.accept(session, request, transaction, body, now)

        def refuse(status: int, now: float) -> None:
            self._offers.feed(session, OfferInput.REFUSED)
            fields = [self._core.server_field()]
            transaction.respond(Response.to_request(request, status, fields=fields), now)

        return PendingOffer(accept, refuse, request)

    def cancelled(self, session: Session, now: float) -> None:
        """Their CANCEL of their re-INVITE: 487, and nothing changes."""
        self._offers.withdraw(session, 487, now)

    # -- ours

    def reoffer(self, session: Session, body: bytes, now: float) -> None:
        """Section 14.1: one at a time, and none while theirs is pending."""
        if session.state is not SessionState.CONFIRMED or session.hang_up_wanted:
            raise LocalProtocolError("reoffer needs a confirmed session")
        if not self._is_free(session):
            raise LocalProtocolError("another offer is pending")
        self.send(session, Attempt(body), now)

    def refresh(self, session: Session, now: float) -> bool:
        """A re-INVITE that offers what stands already (RFC 4028 section 7.4); False if there is no room for it."""
        if (
            session.state is not SessionState.CONFIRMED
            or session.hang_up_wanted
            or not self._is_free(session)
        ):
            return False
        self.send(session, Attempt(session.local_body, refresh=True), now)
        return True

    def _is_free(self, session: Session) -> bool:
        busy = session.reoffering or session.reoffer_waits or session.update_open
        return not busy and session.pending_offer is None and session.unacknowledged is None

    def send(self, session: Session, attempt: Attempt, now: float) -> None:
        """One attempt of a re-INVITE."""
        core = self._core
        session.reoffering = True
        if attempt.body:
            self._offers.feed(session, OfferInput.SEND_OFFER)
        fields = [("Contact", session.contact), ALLOW, SUPPORTED]
        fields += refresh_fields(session.timer, core.config.session_expires_s)
        if attempt.authorization is not None:
            fields.append(attempt.authorization)
        if attempt.body:
            fields.append(CONTENT_TYPE_SDP)
        user = _ReInviteClient(self, session, attempt)
        user.request, user.transaction = core.send_in_dialog(
            dialog_of(session), "INVITE", user, now, fields=fields, body=attempt.body
        )
        core.layer.queue.start(now + core.timers.sixty_four_t1, user, _ReInviteClient.DEADLINE)

    def answered(
        self, session: Session, client: _ReInviteClient, response: Response, now: float
    ) -> tuple[bytes, Address] | None:
        """2xx: the ACK goes out, the target may have moved. None: the ACK waits for our answer to their offer."""
        dialog, request = dialog_of(session), client.request
        assert request is not None
        dialog.refresh(response)
        session.reoffering = False
        self.calls.note_allow(session, response)
        self.calls.keep_alive.agreed(session, agree_as_client(response), now)
        number = request.cseq.number
        if client.attempt.body:
            session.local_body = client.attempt.body
            self._offers.feed(session, OfferInput.RECEIVE_ANSWER)
        elif response.sdp and not session.hang_up_wanted:
            self._offers.open_for_ack(session, dialog, number, client.sent_ack, now)
            self._core.emit(OfferReceived(session.id, response.sdp))
            return None
        if not session.hang_up_wanted and not client.attempt.refresh:
            self._core.emit(OfferAnswered(session.id, response.sdp or None))
        return self._core.send_ack(dialog, number)

    def refused(self, session: Session, client: _ReInviteClient, response: Response, now: float) -> None:
        """What a refusal allows: credentials, a longer interval, a later try; or it stands."""
        attempt, status = client.attempt, response.status
        self._taken_back(session, attempt)
        if session.hang_up_wanted or session.id not in self._core.sessions:
            return
        if status in (401, 407) and attempt.authorization is None and client.request is not None:
            field = self.calls.authorization(session, response, client.request)
            if field is not None:
                self.send(session, replace(attempt, authorization=field), now)
                return
        if status == 422 and not attempt.raised:
            we_refresh = session.timer.we_refresh if session.timer is not None else True
            session.timer = SessionTimer(minimum_of(response), we_refresh)
            self.send(session, replace(attempt, raised=True), now)
            return
        retry_s = parse_delta_seconds(
            (response.header("retry-after") or "").partition(";")[0].partition("(")[0]
        )
        if status == 491:
            fraction = self._core.fraction()
            self._again(session, attempt, back_off_s(fraction, owner=not session.called_us), status, now)
        elif status == 500 and retry_s is not None and retry_s <= _LONGEST_RETRY_S:
            self._again(session, attempt, retry_s, status, now)
        else:
            self.failed(session, attempt, status, now, ends=status in (408, 481))

    def _again(self, session: Session, attempt: Attempt, delay_s: float, status: int, now: float) -> None:
        if attempt.glares >= _GLARES:
            self.failed(session, attempt, status, now, ends=False)
            return
        session.reoffer_waits = True
        waiting = _BackOff(self, session, replace(attempt, glares=attempt.glares + 1), status)
        self._core.layer.queue.start(now + delay_s, waiting, 0)

    def waited(self, session: Session, attempt: Attempt, status: int, now: float) -> None:
        """The back-off is over. What they offered meanwhile came first: then it waits once more."""
        session.reoffer_waits = False
        if session.hang_up_wanted or session.id not in self._core.sessions:
            return
        if not self._is_free(session):
            self._again(session, attempt, back_off_s(self._core.fraction(), owner=True), status, now)
            return
        body = with_later_version(attempt.body, session.local_body)
        self.send(session, replace(attempt, body=body, authorization=None), now)

    def _taken_back(self, session: Session, attempt: Attempt) -> None:
        session.reoffering = False
        if attempt.body:
            self._offers.feed(session, OfferInput.REFUSED)

    def lost(self, session: Session, attempt: Attempt, status: int, now: float) -> None:
        """Nobody answered, or it could not be sent."""
        self._taken_back(session, attempt)
        self.failed(session, attempt, status, now, ends=True)

    def failed(self, session: Session, attempt: Attempt, status: int, now: float, *, ends: bool) -> None:
        """Section 12.2.1.2: 481 and 408 end the dialog; anything else leaves the session as it was."""
        if session.hang_up_wanted or session.id not in self._core.sessions:
            return
        if not attempt.refresh:
            self._core.emit(OfferFailed(session.id, status))
        if ends:
            session.hang_up_wanted = session.end_told = True
            self.calls.send_bye(session, now)
            cause = EndCause.REMOTE_BYE if status == 481 else EndCause.TRANSPORT_FAILURE
            self._core.emit(CallEnded(session.id, cause, f"{status} to a re-INVITE"))
        elif attempt.refresh:
            self.calls.keep_alive.failed(session, now)

    def cancel(self, client: _ReInviteClient, now: float) -> None:
        """It rings, or whatever it does, for too long: take it back (section 9.1)."""
        core = self._core
        assert client.request is not None
        assert client.transaction is not None
        core.layer.request(
            cancel_of(client.request, [core.agent_field()]), client.transaction.destination, BYSTANDER, now
        )
        core.layer.queue.start(now + core.timers.sixty_four_t1, client, _ReInviteClient.DEADLINE)

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


class _BackOff:
    """A re-INVITE that met another and waits (section 14.1)."""

    __slots__ = ("_attempt", "_calls", "_session", "_status")

    def __init__(self, calls: ReInvites, session: Session, attempt: Attempt, status: int) -> None:
        self._calls, self._session, self._attempt, self._status = calls, session, attempt, status

    def timer_fired(self, timer: int, now: float) -> None:
        """Try again."""
        del timer
        self._calls.waited(self._session, self._attempt, self._status, now)


class _ReInviteClient(Bystander):
    """Our re-INVITE."""

    __slots__ = ("_ack", "_calls", "_cancelled", "_done", "attempt", "request", "session", "transaction")

    DEADLINE = 0

    def __init__(self, calls: ReInvites, session: Session, attempt: Attempt) -> None:
        self._calls = calls
        self.session = session
        self.attempt = attempt
        self.request: Request | None = None
        self.transaction: Transaction | ClientTransaction | None = None
        self._ack: tuple[bytes, Address] | None = None
        self._done = self._cancelled = False

    @property
    def session_id(self) -> SessionId:
        """Whose it is."""
        return self.session.id

    def moved(self, transaction: Transaction, request: Request, now: float) -> bool:
        self.transaction, self.request = transaction, request
        return not self._done

    def sent_ack(self, ack: tuple[bytes, Address]) -> None:
        """The ACK that waited for our answer went out: what repeated 2xx get from now on."""
        self._ack = ack

    def response_received(self, transaction: Transaction, response: Response, now: float) -> None:
        if response.status < 200 or self.request is None:
            return
        if response.status < 300:
            if self._ack is not None:
                self._calls.retransmit(*self._ack)
            elif not self._done:
                self._done = True
                self._ack = self._calls.answered(self.session, self, response, now)
        elif not self._done:
            self._done = True
            self._calls.refused(self.session, self, response, now)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        if not self._done:
            self._done = True
            self._calls.lost(self.session, self.attempt, status, now)

    def timer_fired(self, timer: int, now: float) -> None:
        """No final response in 64*T1; and none in as much time after the CANCEL."""
        if self._done or self.session.reoffering is False:
            return
        if not self._cancelled:
            self._cancelled = True
            self._calls.cancel(self, now)
        else:
            self._done = True
            self._calls.lost(self.session, self.attempt, 408, now)
