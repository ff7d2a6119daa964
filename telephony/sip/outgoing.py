"""Calls that we make, until they are answered or fail (RFC 3261 section 13.2, 9.1; RFC 6026).

An INVITE may be answered by several phones (forked): the first 2xx is the call, further ones are acknowledged
and hung up at once. A challenge is answered once with the caller's credentials.
"""

# ruff: noqa: ARG002 - a transaction user is told more than each of them needs

from __future__ import annotations

from dataclasses import dataclass

from telephony.sip.address import Address
from telephony.sip.cancel import cancel_of
from telephony.sip.core import ALLOW, BYSTANDER, SUPPORTED, Bystander, Core
from telephony.sip.dialog import Dialog
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.established import (
    CONTENT_TYPE_SDP,
    EstablishedCalls,
    authorization_for,
)
from telephony.sip.events import CallAnswered, CallFailed, CallProgress, OfferReceived, SessionId
from telephony.sip.headers import NameAddr
from telephony.sip.message import Request, Response, reason_of
from telephony.sip.noting import SESSION
from telephony.sip.offer_answer import OfferInput
from telephony.sip.prack import Acknowledgements, is_next, rseq_of
from telephony.sip.reason import reason_fields
from telephony.sip.session import ClientCredentials, Session, SessionState
from telephony.sip.session_timer import agree_as_client, minimum_of
from telephony.sip.transactions.machine import Transaction
from telephony.sip.uri import SipUri

_GIVE_UP = 0


@dataclass(frozen=True, slots=True)
class InvitePlan:
    """What the application asked for; what each attempt of the INVITE is made from."""

    target: SipUri
    destination: Address
    from_: str
    to: str
    call_id: str
    tag: str
    body: bytes
    fields: tuple[tuple[str, str], ...]


class OutgoingInvite(Bystander):
    """One INVITE of ours; the user of its client transaction."""

    __slots__ = (
        "_calls",
        "acks",
        "attempt",
        "authorization",
        "cancel_sent",
        "interval_s",
        "plan",
        "request",
        "rseqs",
        "session",
        "transaction",
    )

    def __init__(self, calls: OutgoingCalls, session: Session, plan: InvitePlan) -> None:
        self._calls = calls
        self.session = session
        self.plan = plan
        self.attempt = 0
        self.request: Request | None = None
        self.transaction: Transaction | None = None
        self.cancel_sent = False
        self.acks: dict[str, tuple[bytes, Address] | None] = {}
        self.rseqs: dict[str, int] = {}
        self.authorization: tuple[str, str] | None = None
        self.interval_s: int | None = None  # what a 422 asked for

    def response_received(self, transaction: Transaction, response: Response, now: float) -> None:
        if transaction is not self.transaction and self.transaction is not None:
            return  # an earlier attempt's
        if response.status < 200:
            self._calls.progressed(self, response, now)
        elif response.status < 300:
            self._calls.answered(self, response, now)
        else:
            self._calls.refused(self, response, now)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        self._calls.ended(self, status, reason_of(status))

    def moved(self, transaction: Transaction, request: Request, now: float) -> bool:
        if self.session.outgoing is not self or self.session.state is SessionState.CANCELLING:
            return False
        self.session.state = SessionState.CALLING  # the new target has not answered anything
        self.request, self.transaction = request, transaction
        return True

    @property
    def reached(self) -> Address:
        """Where it went, or is to go."""
        return self.plan.destination if self.transaction is None else self.transaction.destination

    def terminated(self, transaction: Transaction, now: float) -> None:
        self.acks.clear()
        self.request = None

    def timer_fired(self, timer: int, now: float) -> None:
        """64*T1 after our CANCEL (section 9.1): the INVITE is considered cancelled."""
        del timer, now  # there is only one, and it needs no time
        if self.session.outgoing is self:
            self._calls.ended(self, 487, reason_of(487))


class OutgoingCalls:
    """INVITEs of ours outside of dialogs."""

    def __init__(self, core: Core, established: EstablishedCalls) -> None:
        self._core = core
        self._established = established
        self._acknowledgements = Acknowledgements(core, established.offers)

    def invite(
        self,
        target: SipUri,
        now: float,
        *,
        body: bytes,
        from_: NameAddr,
        to: NameAddr,
        destination: Address | None,
        fields: tuple[tuple[str, str], ...],
        credentials: ClientCredentials | None,
    ) -> SessionId:
        """Start a call."""
        core = self._core
        where = destination or target.destination()
        session = Session(
            SessionId(core.new_id()),
            SessionState.CALLING,
            core.contact(where, from_.uri.user, secure=target.scheme == "sips"),
            credentials=credentials,
        )
        plan = InvitePlan(target, where, str(from_), str(to), core.new_id(), core.new_id(), body, fields)
        invite = session.outgoing = OutgoingInvite(self, session, plan)
        core.keep(session)
        core.counters.calls_out += 1
        if body:
            self._established.offers.feed(session, OfferInput.SEND_OFFER)
            session.local_body = body
        self._send(invite, now)
        return session.id

    def _send(self, invite: OutgoingInvite, now: float) -> None:
        core, plan = self._core, invite.plan
        where = invite.reached  # a challenge is met where it came from
        core.note(SESSION, invite.session.id)
        invite.attempt += 1
        fields = [
            core.via(where),
            ("Max-Forwards", "70"),
            ("From", f"{plan.from_};tag={plan.tag}"),
            ("To", plan.to),
            ("Call-ID", plan.call_id),
            ("CSeq", f"{invite.attempt} INVITE"),
            ("Contact", invite.session.contact),
            ALLOW,
            SUPPORTED,
            core.agent_field(),
            *self._timer_fields(invite),
            *([invite.authorization] if invite.authorization is not None else []),
            *plan.fields,
        ]
        if plan.body:
            fields.append(CONTENT_TYPE_SDP)
        invite.request = Request("INVITE", plan.target, fields, plan.body)
        invite.transaction = core.layer.request(invite.request, where, invite, now)

    def resume(self, invite: OutgoingInvite, now: float) -> None:
        """An INVITE that a process before this one sent."""
        session, request = invite.session, invite.request
        assert request is not None
        session.outgoing = invite
        heard = session.state is SessionState.PROCEEDING or invite.cancel_sent
        invite.transaction = self._core.layer.resume_invite(
            request, invite.plan.destination, invite, now, heard=heard
        )
        if invite.cancel_sent:
            invite.cancel_sent = False
            self._cancel(invite, now)

    def _timer_fields(self, invite: OutgoingInvite) -> list[tuple[str, str]]:
        """RFC 4028 section 7.1, and 7.3 after a 422."""
        if invite.interval_s is not None:
            return [("Session-Expires", str(invite.interval_s)), ("Min-SE", str(invite.interval_s))]
        wanted = self._core.config.session_expires_s
        return [("Session-Expires", str(wanted))] if wanted else []

    def progressed(self, invite: OutgoingInvite, response: Response, now: float) -> None:
        """1xx."""
        session = invite.session
        if session.outgoing is not invite:
            return
        if session.state is SessionState.CALLING:
            session.state = SessionState.PROCEEDING
            self._core.note(SESSION, session.id)
        if session.state is SessionState.CANCELLING:
            self._cancel(invite, now)
        elif response.status > 100:
            if response.to_tag and not self._early(invite, response, now):
                return
            body = response.sdp or None
            self._core.emit(CallProgress(session.id, response.status, response.reason, body))

    def _early(self, invite: OutgoingInvite, response: Response, now: float) -> bool:
        """An early dialog, one a fork (section 12.1.2), and the PRACK if one is due; False: not a new response."""
        request, session, tag = invite.request, invite.session, response.to_tag or ""
        rseq = rseq_of(response)
        if request is None or (rseq is not None and not is_next(invite.rseqs, tag, rseq)):
            return False
        dialog = (session.early or {}).get(tag)
        if dialog is None:
            try:
                dialog = Dialog.from_response(request, response, self._flow(invite, response))
            except RemoteProtocolError:
                return rseq is None  # no Contact: no dialog yet (section 12.1)
            self._core.keep_early(session, dialog)
        self._established.note_allow(session, response)
        if rseq is not None:
            self._acknowledgements.acknowledge(session, dialog, request, response, rseq, now)
        return True

    def answered(self, invite: OutgoingInvite, response: Response, now: float) -> None:
        """2xx: the call, a repetition, or a surplus fork (section 13.2.2.4)."""
        tag = response.to_tag or ""
        if tag in invite.acks:
            ack = invite.acks[tag]
            if ack is not None:
                self._core.layer.retransmit(*ack)
            return
        if invite.request is None:
            return
        session, number = invite.session, invite.request.cseq.number
        dialog = self._dialog(invite, invite.request, response)
        early = (session.early or {}).get(tag)
        if early is not None:  # its numbers went on with PRACK and UPDATE
            dialog.local_seq, dialog.remote_seq = early.local_seq, early.remote_seq
        if session.outgoing is not invite:
            invite.acks[tag] = self._core.send_ack(dialog, number)
            self._core.send_in_dialog(dialog, "BYE", BYSTANDER, now)
            return
        cancelling = session.state is SessionState.CANCELLING
        session.outgoing = None
        session.state = SessionState.CONFIRMED
        self._core.settle(session, dialog)
        self._established.note_allow(session, response)
        if not invite.plan.body and not session.local_body and response.sdp and not cancelling:
            self._answered_with_offer(invite, tag, response, now)
            return
        invite.acks[tag] = self._core.send_ack(dialog, number)
        self._established.offers.feed(session, OfferInput.RECEIVE_ANSWER)
        if cancelling:
            # The 2xx crossed our CANCEL: the call stands for a moment, and is hung up.
            session.hang_up_wanted = session.end_told = True
            self._established.send_bye(session, now)
            self._core.emit(CallFailed(session.id, 487, reason_of(487)))
        else:
            self._established.keep_alive.agreed(session, agree_as_client(response), now)
            self._core.emit(CallAnswered(session.id, response.sdp or None))

    def _answered_with_offer(self, invite: OutgoingInvite, tag: str, response: Response, now: float) -> None:
        """Our INVITE had no offer, so theirs is in the 2xx, and our answer goes into the ACK (section 13.2.2.4)."""
        session, request, dialog = invite.session, invite.request, invite.session.dialog
        assert request is not None
        assert dialog is not None
        invite.acks[tag] = None
        self._established.keep_alive.agreed(session, agree_as_client(response), now)

        def sent(ack: tuple[bytes, Address]) -> None:
            invite.acks[tag] = ack

        self._established.offers.open_for_ack(session, dialog, request.cseq.number, sent, now)
        self._core.emit(CallAnswered(session.id, None))
        self._core.emit(OfferReceived(session.id, response.sdp))

    def _dialog(self, invite: OutgoingInvite, request: Request, response: Response) -> Dialog:
        try:
            return Dialog.from_response(request, response, self._flow(invite, response))
        except RemoteProtocolError:
            # Without a usable Contact the ACK and, later, the BYE go where the INVITE went.
            return Dialog.without_contact(request, response, invite.reached)

    def _flow(self, invite: OutgoingInvite, response: Response) -> Address | None:
        destination = invite.reached
        return destination if destination.reliable or self._is_translated(invite, response) else None

    def _is_translated(self, invite: OutgoingInvite, response: Response) -> bool:
        """A binding reached at its flow, not at its Contact: the phone is behind NAT."""
        if response.header("record-route") is not None or not invite.plan.target.is_sip:
            return False
        return invite.plan.target.destination() != invite.plan.destination

    def refused(self, invite: OutgoingInvite, response: Response, now: float) -> None:
        """3xx-6xx."""
        session = invite.session
        if session.outgoing is not invite:
            return
        if (
            response.status in (401, 407)
            and invite.authorization is None
            and invite.request is not None
            and session.state is not SessionState.CANCELLING
        ):
            field = authorization_for(self._core, response, invite.request, session.credentials)
            if field is not None:
                invite.authorization = field
                self._again(invite, now)
                return
        if (
            response.status == 422
            and invite.interval_s is None
            and session.state is not SessionState.CANCELLING
        ):
            invite.interval_s = max(minimum_of(response), self._core.config.session_expires_s)
            # A challenge must be met anew: the nonce was used.
            invite.authorization = None
            self._again(invite, now)
            return
        self.ended(invite, response.status, response.reason)

    def _again(self, invite: OutgoingInvite, now: float) -> None:
        """The same INVITE with something changed, as a new transaction (section 8.1.3.5)."""
        invite.session.state = SessionState.CALLING
        self._send(invite, now)

    def ended(self, invite: OutgoingInvite, status: int, reason: str) -> None:
        """No call came of it."""
        session = invite.session
        if session.outgoing is not invite:
            return
        if session.state is SessionState.CANCELLING:
            status, reason = 487, reason_of(487)
        session.outgoing = None
        self._core.drop(session)
        self._core.emit(CallFailed(session.id, status, reason))

    def hang_up(self, session: Session, now: float) -> None:
        """Section 9.1: no CANCEL before a provisional response came."""
        invite = session.outgoing
        if invite is None or session.state is SessionState.CANCELLING:
            return
        proceeding = session.state is SessionState.PROCEEDING
        session.state = SessionState.CANCELLING
        self._core.note(SESSION, session.id)
        if proceeding:
            self._cancel(invite, now)

    def _cancel(self, invite: OutgoingInvite, now: float) -> None:
        request = invite.request
        if request is None or invite.cancel_sent:
            return
        invite.cancel_sent = True
        fields = [self._core.agent_field(), *reason_fields(invite.session.hang_up_reason)]
        cancel = cancel_of(request, fields)
        self._core.layer.request(cancel, invite.reached, BYSTANDER, now)
        self._core.layer.queue.start(now + self._core.timers.sixty_four_t1, invite, _GIVE_UP)
