"""Calls that come in, until they are answered or refused (RFC 3261 section 13.3, 9.2)."""

# ruff: noqa: ARG002 - a transaction user is told more than each of them needs

from __future__ import annotations

from telephony.sip.address import Address
from telephony.sip.core import ALLOW, SUPPORTED, Bystander, Core
from telephony.sip.dialog import Dialog
from telephony.sip.errors import LocalProtocolError, RemoteProtocolError
from telephony.sip.established import CONTENT_TYPE_SDP, EstablishedCalls, dialog_of
from telephony.sip.events import CallEnded, EndCause, IncomingCall, SessionId
from telephony.sip.flow import reused_flow
from telephony.sip.headers import parse_delta_seconds
from telephony.sip.message import Request, Response
from telephony.sip.noting import SESSION
from telephony.sip.offer_answer import OfferInput, OfferState
from telephony.sip.reliable import ReliableResponses, allows_reliable, wants_reliable
from telephony.sip.replaced import replaced_by
from telephony.sip.replaces import Replaces
from telephony.sip.session import Session, SessionState
from telephony.sip.transactions.machine import Transaction
from telephony.sip.transactions.server import ServerTransaction

_REPEAT_PROVISIONAL, _EXPIRED = 0, 1
# Section 13.3.1.1: a UAS that needs more time sends a provisional response again every minute.
_PROVISIONAL_INTERVAL_S = 60.0
# Phones that lose a 200 which nothing provisional came before, by what they call themselves (pyVoIP 1.6.8).
_NEED_TRYING = ("pyVoIP",)
MergeKey = tuple[str, str, str]


def merge_key(request: Request) -> MergeKey:
    """What makes two requests the same one that came by two ways (section 8.2.2.2)."""
    return (request.from_tag or "", request.call_id, str(request.cseq.number))


class IncomingInvite(Bystander):
    """One INVITE that is not answered finally yet; the user of its server transaction."""

    __slots__ = ("_calls", "last_provisional", "reliable", "request", "session", "source", "transaction")

    def __init__(self, calls: IncomingCalls, session: Session, request: Request, source: Address) -> None:
        self._calls = calls
        self.source = source
        self.session = session
        self.request = request
        self.transaction: ServerTransaction | None = None
        self.last_provisional: Response | None = None
        self.reliable: ReliableResponses | None = None

    def respond(
        self,
        status: int,
        now: float,
        *,
        reason: str | None = None,
        fields: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> None:
        """Send a response other than 2xx."""
        response = self._calls.response(self, status, reason, fields, body)
        if status < 200:
            self.last_provisional = response
        elif self.reliable is not None:
            self.reliable.close()
        if self.transaction is not None:
            self.transaction.respond(response, now)

    def cancelled(self, request: Request, now: float) -> None:
        """A CANCEL came for it."""
        self._calls.cancelled(self, request, now)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        self._calls.transport_lost(self, status)

    def terminated(self, transaction: Transaction, now: float) -> None:
        self._calls.forget_merge(merge_key(self.request))

    def timer_fired(self, timer: int, now: float) -> None:
        """The minute's repetition, or the end of the INVITE's own patience."""
        if self.session.state is not SessionState.INCOMING or self.session.incoming is not self:
            return
        if timer == _EXPIRED:
            self._calls.expired(self, now)
        elif self.last_provisional is not None and self.transaction is not None:
            if self.reliable is None:
                self.transaction.respond(self.last_provisional, now)
            elif not self.reliable.is_open:
                self.reliable.send(self.last_provisional.status, b"", now)
            self._calls.repeat_later(self, now)


class AnsweredInvite(Bystander):
    """An INVITE that we took, for as long as its transaction absorbs repetitions: half a minute, which a short call
    does not last. So it knows the call by its names only, and holds none of it."""

    __slots__ = ("_calls", "_merged_as", "_session")

    def __init__(self, calls: IncomingCalls, session: SessionId, merged_as: MergeKey) -> None:
        self._calls = calls
        self._session = session
        self._merged_as = merged_as

    def ack_received(self, transaction: Transaction, ack: Request, now: float) -> None:
        self._calls.acknowledged(self._session, ack, now)

    def terminated(self, transaction: Transaction, now: float) -> None:
        self._calls.forget_merge(self._merged_as)


class IncomingCalls:
    """INVITEs outside of dialogs."""

    def __init__(self, core: Core, established: EstablishedCalls) -> None:
        self._core = core
        self.established = established
        self._merging: dict[MergeKey, tuple[str, ...]] = {}
        self._answered: dict[MergeKey, float] = {}  # by a process before this one, until when

    def is_merged(self, request: Request) -> bool:
        """Whether this INVITE is another copy of one that is being served (section 8.2.2.2)."""
        known = self._merging.get(merge_key(request))
        return known is not None and known != request.server_key

    def received(self, request: Request, source: Address, now: float) -> None:
        """A new INVITE. What a dialog needs is read now, so that nothing can fail later."""
        core = self._core
        if self._answered and self._answered.get(merge_key(request), 0.0) > now:
            return  # our 2xx is on its way again
        replaced = self._replaced(request)
        if isinstance(replaced, int):
            core.reject(request, source, replaced)
            return
        secure = request.uri.scheme == "sips"
        _ = request.from_, request.to  # the application reads them, and must not meet a mistake there
        dialog = Dialog.from_request(request, core.new_id(), reused_flow(request, source), secure=secure)
        contact = core.contact(source, request.uri.user, secure=secure)
        session = Session(SessionId(core.new_id()), SessionState.INCOMING, contact, dialog)
        session.called_us = True
        self.established.note_allow(session, request)
        if request.sdp:
            self.established.offers.feed(session, OfferInput.RECEIVE_OFFER)
        self._open(session, request, source, now)
        core.counters.calls_in += 1
        core.emit(IncomingCall(session.id, request, source, request.sdp or None, replaced))

    def _open(self, session: Session, request: Request, source: Address, now: float) -> IncomingInvite:
        core = self._core
        invite = session.incoming = IncomingInvite(self, session, request, source)
        core.keep(session)
        self._merging[merge_key(request)] = request.server_key
        transaction = invite.transaction = core.layer.open_server(request, source, invite, now)
        if (request.header("user-agent") or "").startswith(_NEED_TRYING):
            transaction.say_trying(now)
        expires = parse_delta_seconds(request.header("expires") or "")
        if expires:
            core.layer.queue.start(now + expires, invite, _EXPIRED)
        return invite

    def resume(
        self, session: Session, request: Request, source: Address, provisional: int | None, now: float
    ) -> None:
        """An INVITE that a process before this one received, and answered with `provisional` at most."""
        invite = self._open(session, request, source, now)
        if provisional is not None:
            invite.last_provisional = self.response(invite, provisional, None, (), b"")
            self.repeat_later(invite, now)

    def absorb(self, dialog: Dialog, now: float) -> None:
        """Take no repetition of an INVITE for a new one whose 2xx a process before this one sent."""
        until = now + self._core.timers.sixty_four_t1
        self._answered = {key: at for key, at in self._answered.items() if at > now}
        self._answered[dialog.remote_tag, dialog.call_id, str(dialog.remote_seq)] = until

    def _replaced(self, request: Request) -> SessionId | int | None:
        """Whose place it wants to take (RFC 3891 section 3); a status: it cannot."""
        values = request.lines("replaces")
        if not values:
            return None
        if len(values) > 1:
            raise RemoteProtocolError("more than one Replaces")
        found = replaced_by(self._core, Replaces.parse(values[0]))
        return found if isinstance(found, int) else found.id

    def response(
        self,
        invite: IncomingInvite,
        status: int,
        reason: str | None,
        fields: tuple[tuple[str, str], ...],
        body: bytes,
    ) -> Response:
        """A provisional or failing response with what section 12.1.1 wants in it."""
        own = [("Record-Route", value) for value in invite.request.lines("record-route")]
        if status < 200:
            own.append(("Contact", invite.session.contact))
        own += [ALLOW, SUPPORTED, self._core.server_field(), *fields]
        if body:
            own.append(CONTENT_TYPE_SDP)
        tag = dialog_of(invite.session).local_tag
        return Response.to_request(invite.request, status, reason=reason, to_tag=tag, fields=own, body=body)

    def ring(self, session: Session, now: float, status: int, body: bytes | None) -> None:
        """A provisional response 101-199."""
        invite = _unanswered(session)
        if not 100 < status < 200:
            raise LocalProtocolError(f"{status} is not a provisional status")
        first = invite.last_provisional is None
        self._core.note(SESSION, session.id)
        if wants_reliable(invite.request) or (body and allows_reliable(invite.request)):
            self._ring_reliably(invite, status, body or b"", now)
        else:
            invite.respond(status, now, body=body or b"")
        if first:
            self.repeat_later(invite, now)

    def _ring_reliably(self, invite: IncomingInvite, status: int, body: bytes, now: float) -> None:
        """RFC 3262 section 3; a description in it is the answer, or an offer if the INVITE had none (section 5)."""
        session = invite.session
        if invite.transaction is None:
            raise LocalProtocolError("the INVITE has no transaction")
        if invite.reliable is None:
            invite.reliable = ReliableResponses(
                self._core,
                invite.request,
                lambda code, sdp, fields: self.response(invite, code, None, fields, sdp),
                invite.transaction,
                lambda then: self._unacknowledged(invite, then),
            )
        if body and session.offers is OfferState.REMOTE:
            self.established.offers.feed(session, OfferInput.SEND_ANSWER)
            session.local_body = body
        elif body and session.offers is OfferState.STABLE and not session.local_body:
            self.established.offers.feed(session, OfferInput.SEND_OFFER)
            session.local_body = body
        else:
            body = b""  # it was said already
        invite.last_provisional = self.response(invite, status, None, (), b"")
        invite.reliable.send(status, body, now)

    def _unacknowledged(self, invite: IncomingInvite, now: float) -> None:
        """RFC 3262 section 3: "the UAS SHOULD reject the original request with a 5xx response"."""
        if invite.session.incoming is invite:
            invite.respond(504, now)
            self._end(invite)
            self._core.emit(CallEnded(invite.session.id, EndCause.PRACK_TIMEOUT, "no PRACK came"))

    def repeat_later(self, invite: IncomingInvite, now: float) -> None:
        """Keep proxies on the way from giving up."""
        self._core.layer.queue.start(now + _PROVISIONAL_INTERVAL_S, invite, _REPEAT_PROVISIONAL)

    def answer(self, session: Session, body: bytes, now: float) -> None:
        """200 with our SDP."""
        invite = _unanswered(session)
        transaction = invite.transaction
        if transaction is None:
            raise LocalProtocolError("the INVITE has no transaction")
        reliable = invite.reliable
        if reliable is not None and reliable.hold_answer(lambda then: self.answer(session, body, then)):
            return
        if session.offers is OfferState.REMOTE:
            self.established.offers.feed(session, OfferInput.SEND_ANSWER)
        elif session.offers is OfferState.STABLE and not session.local_body:
            self.established.offers.feed(session, OfferInput.SEND_OFFER)
        else:
            body = b""  # a reliable provisional response carried it (RFC 6337 section 3.1.1)
        if reliable is not None:
            reliable.close()
        session.state = SessionState.ACCEPTED
        session.incoming = None
        dialog_of(session).confirmed = True
        self.established.accept(session, invite.request, transaction, body, now)
        transaction.user = AnsweredInvite(self, session.id, merge_key(invite.request))

    def reject(
        self,
        session: Session,
        status: int,
        now: float,
        reason: str | None,
        fields: tuple[tuple[str, str], ...],
    ) -> None:
        """A final response 300-699."""
        invite = _unanswered(session)
        if not 300 <= status < 700:
            raise LocalProtocolError(f"{status} does not reject")
        invite.respond(status, now, reason=reason, fields=fields)
        self._end(invite)

    def cancelled(self, invite: IncomingInvite, request: Request, now: float) -> None:
        """Section 9.2: 487, unless the answer was faster."""
        if invite.session.incoming is not invite:
            return
        invite.respond(487, now)
        self._end(invite)
        self._core.emit(CallEnded(invite.session.id, EndCause.REMOTE_CANCEL, request.header("reason")))

    def expired(self, invite: IncomingInvite, now: float) -> None:
        """Section 13.3.1: an INVITE's Expires has passed."""
        invite.respond(487, now)
        self._end(invite)
        self._core.emit(CallEnded(invite.session.id, EndCause.REMOTE_CANCEL, "the INVITE expired"))

    def transport_lost(self, invite: IncomingInvite, status: int) -> None:
        """Its connection closed before it was answered; 408 is only a missing ACK of a refusal."""
        if status == 503 and invite.session.incoming is invite:
            self._end(invite)
            self._core.emit(CallEnded(invite.session.id, EndCause.TRANSPORT_FAILURE, "connection closed"))

    def _end(self, invite: IncomingInvite) -> None:
        if invite.reliable is not None:
            invite.reliable.close()
        invite.session.incoming = None
        self._core.drop(invite.session)

    def acknowledged(self, session_id: SessionId, ack: Request, now: float) -> None:
        """An ACK with its INVITE's branch, which RFC 3261 wants to be another (section 13.2.2.4), and whatever tags."""
        session = self._core.sessions.get(session_id)
        if session is not None:
            self._core.note(SESSION, session.id)
            self.established.ack_received(session, ack, now)

    def forget_merge(self, key: MergeKey) -> None:
        """The transaction is gone."""
        self._merging.pop(key, None)


def cancel_received(core: Core, request: Request, source: Address, now: float) -> None:
    """Section 9.2: CANCEL is answered itself, and tells the INVITE that it names."""
    transaction = core.layer.invite_to_cancel(request)
    if transaction is None:
        core.reject(request, source, 481)
        return
    core.conclude(request, source, 200, now)
    transaction.user.cancelled(request, now)


def _unanswered(session: Session) -> IncomingInvite:
    if session.incoming is None:
        raise LocalProtocolError(f"session is {session.state.value}, not an unanswered incoming call")
    return session.incoming
