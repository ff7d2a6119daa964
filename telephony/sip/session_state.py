"""Sessions written down and read back, in whatever state they are (RFC 3261 section 12; the design's "state is data").

A new process knows the dialogs, so re-INVITE, UPDATE and BYE are answered as if nothing had been. Transactions are not
written down but made again from what they were about: an INVITE that waits keeps its branch, so the peer's repetitions
and our answer find each other; a 2xx is repeated until its ACK comes; a BYE of ours goes out once more. Where a
request of theirs waited for the application, its number is given back: the peer repeats it, and it is asked anew.
"""

from __future__ import annotations

from collections.abc import Callable

from telephony.sip.core import Core
from telephony.sip.dialog import Dialog
from telephony.sip.dispatcher import stamp_via
from telephony.sip.established import EstablishedCalls
from telephony.sip.events import SessionId
from telephony.sip.incoming import IncomingCalls
from telephony.sip.message import Request
from telephony.sip.offer_answer import OfferState
from telephony.sip.outgoing import InvitePlan, OutgoingCalls, OutgoingInvite
from telephony.sip.parser import parse_message
from telephony.sip.records import AnswerRecord, IncomingRecord, OutgoingRecord, SessionRecord
from telephony.sip.session import ClientCredentials, Session, SessionState
from telephony.sip.session_timer import SessionTimer
from telephony.sip.uri import SipUri

PasswordOf = Callable[[str], str | None]


def write(session: Session, now: float) -> SessionRecord:
    """One session as plain data."""
    dialog = session.dialog
    record = SessionRecord(
        session.id,
        session.state.value,
        session.contact,
        session.local_body,
        session.called_us,
        session.allows_update,
        int(_offers(session)),
        session.hang_up_wanted,
        session.end_told,
        session.hang_up_reason,
        session.credentials.user if session.credentials is not None else None,
        dialog.to_state() if dialog is not None else None,
        (session.timer.interval_s, session.timer.we_refresh) if session.timer is not None else None,
        session.expires_at - now if session.expires_at is not None else None,
        _answer(session),
        _incoming(session),
        _outgoing(session),
    )
    pending = session.pending_offer
    if record.dialog is not None and pending is not None and pending.request is not None:
        record.dialog["remote_seq"] = pending.request.cseq.number - 1
    return record


def _offers(session: Session) -> OfferState:
    """Offers within a call are taken back; that of the INVITE itself goes on with it."""
    if session.state in (SessionState.CONFIRMED, SessionState.ENDING):
        return OfferState.STABLE
    return session.offers


def _answer(session: Session) -> AnswerRecord | None:
    answer = session.unacknowledged
    if answer is None or answer.wire is None:
        return None
    return AnswerRecord(answer.wire, answer.destination, answer.number)


def _incoming(session: Session) -> IncomingRecord | None:
    invite = session.incoming
    if invite is None:
        return None
    last = invite.last_provisional
    return IncomingRecord(bytes(invite.request), invite.source, last.status if last is not None else None)


def _outgoing(session: Session) -> OutgoingRecord | None:
    invite = session.outgoing
    if invite is None or invite.request is None:
        return None
    plan = invite.plan
    return OutgoingRecord(
        bytes(invite.request),
        str(plan.target),
        plan.destination,
        plan.from_,
        plan.to,
        plan.call_id,
        plan.tag,
        plan.body,
        list(plan.fields),
        invite.attempt,
        invite.cancel_sent,
        dict(invite.rseqs),
        [each.to_state() for each in (session.early or {}).values()],
    )


class SessionReader:
    """Puts written sessions back in their places."""

    def __init__(
        self, core: Core, established: EstablishedCalls, incoming: IncomingCalls, outgoing: OutgoingCalls
    ) -> None:
        self._core = core
        self._established = established
        self._incoming = incoming
        self._outgoing = outgoing

    def read(self, record: SessionRecord, away_s: float, password_of: PasswordOf, now: float) -> SessionId:
        """One session; what time has overtaken meanwhile happens at the next timer."""
        session = Session(
            SessionId(record.id),
            SessionState(record.state),
            record.contact,
            Dialog.from_state(record.dialog) if record.dialog is not None else None,
            hang_up_wanted=record.hang_up_wanted,
            end_told=record.end_told,
            hang_up_reason=record.hang_up_reason,
            offers=OfferState(record.offers),
            local_body=record.local_body,
            called_us=record.called_us,
            allows_update=record.allows_update,
        )
        password = password_of(record.user) if record.user is not None else None
        if record.user is not None and password is not None:
            session.credentials = ClientCredentials(record.user, password)
        self._core.keep(session)
        if session.state is SessionState.ACCEPTED and session.dialog is not None:
            self._incoming.absorb(session.dialog, now)
        if record.timer is not None and record.expires_in_s is not None:
            timer = SessionTimer(*record.timer)
            expires_at = now + record.expires_in_s - away_s
            self._established.keep_alive.resume(session, timer, expires_at, now)
        if record.answer is not None:
            answer = record.answer
            self._established.repeat_answer(session, answer.wire, answer.destination, answer.number, now)
        elif session.state is SessionState.ENDING or (
            session.hang_up_wanted and session.state is SessionState.CONFIRMED
        ):
            self._established.send_bye(session, now)
        if record.incoming is not None:
            self._read_incoming(session, record.incoming, now)
        if record.outgoing is not None:
            self._read_outgoing(session, record.outgoing, now)
        return session.id

    def _read_incoming(self, session: Session, record: IncomingRecord, now: float) -> None:
        request = parse_message(record.wire, self._core.config.limits)
        assert isinstance(request, Request)
        source = record.source
        stamp_via(request, source)
        self._incoming.resume(session, request, source, record.provisional, now)

    def _read_outgoing(self, session: Session, record: OutgoingRecord, now: float) -> None:
        request = parse_message(record.wire, self._core.config.limits)
        assert isinstance(request, Request)
        plan = InvitePlan(
            SipUri.parse(record.target),
            record.destination,
            record.from_,
            record.to,
            record.call_id,
            record.tag,
            record.body,
            tuple((name, value) for name, value in record.fields),
        )
        invite = OutgoingInvite(self._outgoing, session, plan)
        invite.attempt, invite.cancel_sent, invite.rseqs = record.attempt, record.cancel_sent, record.rseqs
        invite.request = request
        for state in record.early:
            self._core.keep_early(session, Dialog.from_state(state))
        self._outgoing.resume(invite, now)
