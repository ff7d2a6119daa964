"""Calls that stand: the 2xx and its ACK, BYE in both directions (RFC 3261 section 13.3.1.4, 15).

Both sides of a call end up here; who called whom no longer matters. Re-INVITEs are `reinvite`'s.
"""

# ruff: noqa: ARG002 - a transaction user is told more than each of them needs

from __future__ import annotations

from telephony.sip.address import Address
from telephony.sip.answer import UnacknowledgedAnswer
from telephony.sip.core import ALLOW, SUPPORTED, Bystander, Core
from telephony.sip.dialog import Dialog
from telephony.sip.digest import answer_challenge, choose_challenge
from telephony.sip.errors import LocalProtocolError
from telephony.sip.events import (
    CallConfirmed,
    CallEnded,
    EndCause,
    OfferAnswered,
)
from telephony.sip.keep_alive import KeepAlive
from telephony.sip.message import Message, Request, Response
from telephony.sip.offer_answer import OfferInput, OfferState
from telephony.sip.pending import Offers
from telephony.sip.reason import reason_fields
from telephony.sip.session import ClientCredentials, Session, SessionState
from telephony.sip.session_timer import agree_as_server
from telephony.sip.transactions.machine import Transaction
from telephony.sip.transactions.server import ServerTransaction

CONTENT_TYPE_SDP = ("Content-Type", "application/sdp")


def authorization_for(
    core: Core, response: Response, request: Request, credentials: ClientCredentials | None
) -> tuple[str, str] | None:
    """The field that meets a 401 or 407; None if we cannot (section 22.2, 22.3)."""
    if credentials is None:
        return None
    proxy = response.status == 407
    challenge = choose_challenge(response.lines("proxy-authenticate" if proxy else "www-authenticate"))
    if challenge is None:
        return None
    value = answer_challenge(
        challenge,
        user=credentials.user,
        password=credentials.password,
        method=request.method,
        uri=request.uri_text,
        cnonce=core.new_id(),
    )
    return ("Proxy-Authorization" if proxy else "Authorization", value)


class EstablishedCalls:
    """In-dialog traffic of all sessions."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.offers = Offers(core, self.hang_up)
        self.keep_alive = KeepAlive(core, self._expired)

    def accept(
        self, session: Session, request: Request, transaction: ServerTransaction, body: bytes, now: float
    ) -> None:
        """Send our 2xx to an INVITE or re-INVITE and see to it until its ACK comes."""
        dialog, config = dialog_of(session), self._core.config
        fields = [("Record-Route", value) for value in request.lines("record-route")]
        fields += [("Contact", session.contact), ALLOW, SUPPORTED, self._core.server_field()]
        self.note_allow(session, request)
        timer, agreed = agree_as_server(request, config.session_expires_s, config.min_session_expires_s)
        self.keep_alive.agreed(session, timer, now)
        fields += agreed
        if body:
            fields.append(CONTENT_TYPE_SDP)
            session.local_body = body
        response = Response.to_request(request, 200, to_tag=dialog.local_tag, fields=fields, body=body)
        destination = transaction.destination
        transaction.respond(response, now)
        self._await_ack(session, bytes(response), destination, request.cseq.number, now)

    def _await_ack(
        self, session: Session, wire: bytes, destination: Address, number: int, now: float
    ) -> None:
        session.unacknowledged = UnacknowledgedAnswer(
            self._core.layer,
            wire,
            destination,
            number,
            lambda then: self._never_acknowledged(session, then),
            now,
        )

    def repeat_answer(
        self, session: Session, wire: bytes, destination: Address, number: int, now: float
    ) -> None:
        """A 2xx of a process before this one: once more now, and until its ACK comes."""
        self._core.layer.retransmit(wire, destination)
        self._await_ack(session, wire, destination, number, now)

    def acknowledge_stray(self, response: Response) -> None:
        """A 2xx to a re-INVITE whose transaction ended with another process: without an ACK the call would end."""
        key = (response.call_id, response.from_tag or "", response.to_tag or "")
        session = self._core.dialogs.get(key)
        if session is not None and session.dialog is not None:
            self._core.send_ack(session.dialog, response.cseq.number)

    def ack_received(self, session: Session, ack: Request, now: float) -> None:
        """An ACK within a dialog."""
        answer = session.unacknowledged
        if answer is None or answer.number != ack.cseq.number:
            return  # a repeated ACK
        answer.acknowledge()
        session.unacknowledged = None
        late = session.state is SessionState.CONFIRMED and session.offers is OfferState.LOCAL
        self.offers.feed(session, OfferInput.RECEIVE_ANSWER)
        if session.state is SessionState.ACCEPTED:
            session.state = SessionState.CONFIRMED
            if session.hang_up_wanted:
                self.send_bye(session, now)
            else:
                self._core.emit(CallConfirmed(session.id, ack.sdp or None))
        elif session.state is SessionState.CONFIRMED and session.hang_up_wanted:
            self.send_bye(session, now)
        elif late and ack.sdp:
            self._core.emit(OfferAnswered(session.id, ack.sdp))

    def note_allow(self, session: Session, message: Message) -> None:
        """What the peer says that it understands (section 20.5); silence says nothing new."""
        lines = message.lines("allow")
        if lines:
            named = [line for line in lines if "UPDATE" in line]
            session.allows_update = any(
                each.strip() == "UPDATE" for line in named for each in line.split(",")
            )

    def _expired(self, session: Session, now: float) -> None:
        """RFC 4028 section 10: nobody refreshed the session."""
        session.hang_up_reason = 'SIP;cause=408;text="Session timer expired"'
        session.end_told = True
        self.hang_up(session, now)
        self._core.emit(CallEnded(session.id, EndCause.SESSION_EXPIRED, None))

    def _never_acknowledged(self, session: Session, now: float) -> None:
        """Section 13.3.1.4: the dialog is confirmed, but the session should be terminated with a BYE."""
        session.unacknowledged = None
        told = session.hang_up_wanted
        session.hang_up_wanted = session.end_told = True
        self.send_bye(session, now)
        if not told:
            self._core.emit(CallEnded(session.id, EndCause.ACK_TIMEOUT, None))

    def send_bye(self, session: Session, now: float) -> None:
        """Hang a confirmed dialog up."""
        session.state = SessionState.ENDING
        self._core.send_in_dialog(
            dialog_of(session),
            "BYE",
            _Bye(self, session),
            now,
            fields=reason_fields(session.hang_up_reason),
        )

    def bye_finished(self, session: Session, status: int) -> None:
        """Our BYE was answered, or never: over in any case (section 15.1.1)."""
        gone = session.id not in self._core.sessions
        self._core.drop(session)
        if status in (408, 503) and not gone and not session.end_told:
            self._core.emit(CallEnded(session.id, EndCause.BYE_TIMEOUT, None))

    def bye_received(self, session: Session, request: Request, source: Address, now: float) -> None:
        """The peer hung up (section 15.1.2)."""
        core = self._core
        core.conclude(request, source, 200, now)
        over_already = session.hang_up_wanted or session.state is SessionState.ENDING
        session.hang_up_wanted = True
        self.refuse_pending(session, 487, now)
        if session.unacknowledged is not None:
            session.unacknowledged.acknowledge()
            session.unacknowledged = None
        if session.incoming is not None:
            session.incoming.respond(487, now)  # a BYE in an early dialog ends the INVITE too
            session.incoming = None
        core.drop(session)
        if not over_already:
            core.emit(CallEnded(session.id, EndCause.REMOTE_BYE, request.header("reason")))

    def hang_up(self, session: Session, now: float) -> None:
        """Our side is done with a confirmed or accepted session."""
        session.hang_up_wanted = True
        self.refuse_pending(session, 487, now)
        if session.state is SessionState.ENDING:
            return  # what was refused ended it
        # Section 15: no BYE before the ACK of our 2xx came or was given up.
        if session.state is SessionState.CONFIRMED and session.unacknowledged is None:
            self.send_bye(session, now)

    def refuse_pending(self, session: Session, status: int, now: float) -> None:
        """Answer an offer of theirs that is still open."""
        pending, session.pending_offer = session.pending_offer, None
        if pending is not None:
            pending.refuse(status, now)

    def authorization(self, session: Session, response: Response, request: Request) -> tuple[str, str] | None:
        """The field that meets a challenge of an in-dialog request."""
        return authorization_for(self._core, response, request, session.credentials)

    def resend_bye(self, session: Session, authorization: tuple[str, str], now: float) -> None:
        """Our BYE was challenged: once more with credentials."""
        fields = [*reason_fields(session.hang_up_reason), authorization]
        user = _Bye(self, session, tried=True)
        self._core.send_in_dialog(dialog_of(session), "BYE", user, now, fields=fields)


def dialog_of(session: Session) -> Dialog:
    """The dialog of a session that must have one."""
    if session.dialog is None:
        raise LocalProtocolError("the session has no dialog yet")
    return session.dialog


class _Bye(Bystander):
    """Our BYE."""

    __slots__ = ("_calls", "_session", "_tried")

    def __init__(self, calls: EstablishedCalls, session: Session, *, tried: bool = False) -> None:
        self._calls = calls
        self._session = session
        self._tried = tried

    def response_received(self, transaction: Transaction, response: Response, now: float) -> None:
        if response.status < 200:
            return
        if response.status in (401, 407) and not self._tried and transaction.request is not None:
            field = self._calls.authorization(self._session, response, transaction.request)
            if field is not None:
                self._calls.resend_bye(self._session, field, now)
                return
        self._calls.bye_finished(self._session, response.status if response.status != 408 else 481)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        self._calls.bye_finished(self._session, status)
