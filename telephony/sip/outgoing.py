"""Calls that we make, until they are answered or fail (RFC 3261 section 13.2, 9.1; RFC 6026).

An INVITE may be answered by several phones (forked): the first 2xx is the call, further ones are acknowledged
and hung up at once. A challenge is answered once with the caller's credentials.
"""

# ruff: noqa: ARG002 - a transaction user is told more than each of them needs

from __future__ import annotations

from dataclasses import dataclass

from telephony.sip.address import Address
from telephony.sip.core import ALLOW, BYSTANDER, Bystander, Core
from telephony.sip.dialog import Dialog
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.established import (
    CONTENT_TYPE_SDP,
    EstablishedCalls,
    authorization_for,
    reason_fields,
)
from telephony.sip.events import CallAnswered, CallFailed, CallProgress, SessionId
from telephony.sip.headers import NameAddr
from telephony.sip.message import Request, Response, reason_of
from telephony.sip.session import ClientCredentials, Session, SessionState
from telephony.sip.transactions.client import ClientTransaction
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

    __slots__ = ("_calls", "acks", "attempt", "cancel_sent", "plan", "request", "session", "transaction")

    def __init__(self, calls: OutgoingCalls, session: Session, plan: InvitePlan) -> None:
        self._calls = calls
        self.session = session
        self.plan = plan
        self.attempt = 0
        self.request: Request | None = None
        self.transaction: ClientTransaction | None = None
        self.cancel_sent = False
        self.acks: dict[str, tuple[bytes, Address]] = {}

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
            core.contact(where.transport, from_.uri.user),
            credentials=credentials,
        )
        plan = InvitePlan(target, where, str(from_), str(to), core.new_id(), core.new_id(), body, fields)
        invite = session.outgoing = OutgoingInvite(self, session, plan)
        core.keep(session)
        core.counters.calls_out += 1
        self._send(invite, [], now)
        return session.id

    def _send(self, invite: OutgoingInvite, authorization: list[tuple[str, str]], now: float) -> None:
        core, plan = self._core, invite.plan
        invite.attempt += 1
        fields = [
            core.via(plan.destination.transport),
            ("Max-Forwards", "70"),
            ("From", f"{plan.from_};tag={plan.tag}"),
            ("To", plan.to),
            ("Call-ID", plan.call_id),
            ("CSeq", f"{invite.attempt} INVITE"),
            ("Contact", invite.session.contact),
            ALLOW,
            core.agent_field(),
            *authorization,
            *plan.fields,
        ]
        if plan.body:
            fields.append(CONTENT_TYPE_SDP)
        invite.request = Request("INVITE", plan.target, fields, plan.body)
        invite.transaction = core.layer.request(invite.request, plan.destination, invite, now)

    def progressed(self, invite: OutgoingInvite, response: Response, now: float) -> None:
        """1xx."""
        session = invite.session
        if session.outgoing is not invite:
            return
        if session.state is SessionState.CALLING:
            session.state = SessionState.PROCEEDING
        if session.state is SessionState.CANCELLING:
            self._cancel(invite, now)
        elif response.status > 100:
            body = response.body or None
            self._core.emit(CallProgress(session.id, response.status, response.reason, body))

    def answered(self, invite: OutgoingInvite, response: Response, now: float) -> None:
        """2xx: the call, a repetition, or a surplus fork (section 13.2.2.4)."""
        tag = response.to_tag or ""
        if tag in invite.acks:
            self._core.layer.retransmit(*invite.acks[tag])
            return
        if invite.request is None:
            return
        dialog = self._dialog(invite, invite.request, response)
        invite.acks[tag] = self._core.send_ack(dialog, invite.request.cseq.number)
        session = invite.session
        if session.outgoing is not invite:
            self._core.send_in_dialog(dialog, "BYE", BYSTANDER, now)
            return
        cancelling = session.state is SessionState.CANCELLING
        session.outgoing = None
        session.dialog = dialog
        session.state = SessionState.CONFIRMED
        self._core.keep(session)
        if cancelling:
            # The 2xx crossed our CANCEL: the call stands for a moment, and is hung up.
            session.hang_up_wanted = session.end_told = True
            self._established.send_bye(session, now)
            self._core.emit(CallFailed(session.id, 487, reason_of(487)))
        else:
            self._core.emit(CallAnswered(session.id, response.body or None))

    def _dialog(self, invite: OutgoingInvite, request: Request, response: Response) -> Dialog:
        destination = invite.plan.destination
        flow = destination if destination.reliable or self._is_translated(invite, response) else None
        try:
            return Dialog.from_response(request, response, flow)
        except RemoteProtocolError:
            # Without a usable Contact the ACK and, later, the BYE go where the INVITE went.
            return Dialog.without_contact(request, response, destination)

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
            and invite.attempt == 1
            and invite.request is not None
            and session.state is not SessionState.CANCELLING
        ):
            field = authorization_for(self._core, response, invite.request, session.credentials)
            if field is not None:
                session.state = SessionState.CALLING
                self._send(invite, [field], now)
                return
        self.ended(invite, response.status, response.reason)

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
        if proceeding:
            self._cancel(invite, now)

    def _cancel(self, invite: OutgoingInvite, now: float) -> None:
        request = invite.request
        if request is None or invite.cancel_sent:
            return
        invite.cancel_sent = True
        fields = [("Via", request.lines("via")[0])]
        fields += [("Route", value) for value in request.lines("route")]
        fields += [("Max-Forwards", "70")]
        fields += [(name, request.required(name)) for name in ("From", "To", "Call-ID")]
        fields += [("CSeq", f"{request.cseq.number} CANCEL"), self._core.agent_field()]
        fields += reason_fields(invite.session.hang_up_reason)
        cancel = Request("CANCEL", request.uri_text, fields)
        self._core.layer.request(cancel, invite.plan.destination, BYSTANDER, now)
        self._core.layer.queue.start(now + self._core.timers.sixty_four_t1, invite, _GIVE_UP)
