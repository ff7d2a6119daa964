"""REFERs of ours: we ask a phone to call somebody else (RFC 3515), and hear how it goes."""

# ruff: noqa: ARG002 - a transaction user is told more than each of them needs

from __future__ import annotations

from telephony.sip import sipfrag
from telephony.sip.address import Address
from telephony.sip.core import Bystander, Core
from telephony.sip.dialog import Dialog
from telephony.sip.errors import LocalProtocolError
from telephony.sip.established import EstablishedCalls, dialog_of
from telephony.sip.events import ReferAccepted, ReferFailed, ReferProgress
from telephony.sip.message import Request, Response
from telephony.sip.replaces import Replaces, as_uri_headers
from telephony.sip.session import Session, SessionState
from telephony.sip.transactions.machine import Transaction
from telephony.sip.uri import SipUri


class OutgoingReferrals:
    """REFERs of ours, one at a time in each call."""

    def __init__(self, core: Core, calls: EstablishedCalls) -> None:
        self._core = core
        self._calls = calls

    def refer(self, session: Session, target: SipUri | None, replaced: Session | None, now: float) -> None:
        """Ask the peer of `session` to call `target`, or to take the place of us in the call `replaced`."""
        if session.state is not SessionState.CONFIRMED or session.hang_up_wanted:
            raise LocalProtocolError("refer needs a confirmed session")
        if session.referring:
            raise LocalProtocolError("another REFER is pending")
        if replaced is not None:
            dialog = dialog_of(replaced)
            where = target or SipUri.parse(dialog.remote_target)
            where = where.with_changes(headers=as_uri_headers(Replaces.of(dialog)))
        elif target is not None:
            where = target
        else:
            raise LocalProtocolError("refer needs a target or a call to replace")
        session.referring = True
        self.send(session, str(where), None, now)

    def send(self, session: Session, where: str, authorization: tuple[str, str] | None, now: float) -> None:
        """One try."""
        dialog = dialog_of(session)
        fields = [("Contact", session.contact), ("Refer-To", f"<{where}>"), ("Referred-By", dialog.local)]
        if authorization is not None:
            fields.append(authorization)
        user = _Refer(self, session, where, tried=authorization is not None)
        user.request, _ = self._core.send_in_dialog(dialog, "REFER", user, now, fields=fields)

    def answered(self, session: Session, refer: _Refer, response: Response, now: float) -> None:
        """Section 2.4.2: 2xx promises NOTIFYs, unless both agree on none (RFC 4488)."""
        if session.id not in self._core.sessions:
            return
        if response.status in (401, 407) and not refer.tried and refer.request is not None:
            field = self._calls.authorization(session, response, refer.request)
            if field is not None:
                self.send(session, refer.where, field, now)
                return
        if response.status < 300:
            if (response.header("refer-sub") or "").strip().lower() == "false":
                session.referring = False
            self._core.emit(ReferAccepted(session.id))
        else:
            self.failed(session, response.status)

    def failed(self, session: Session, status: int) -> None:
        """Refused, or never answered."""
        session.referring = False
        if session.id in self._core.sessions:
            self._core.emit(ReferFailed(session.id, status))

    def notified(
        self, session: Session, dialog: Dialog, request: Request, source: Address, now: float
    ) -> None:
        """NOTIFY within a call: only a REFER of ours asks for one (RFC 6665 section 4.1.3)."""
        del dialog
        core = self._core
        event = (request.header("event") or "").partition(";")[0].strip().lower()
        if event != "refer":
            core.conclude(request, source, 489, now, [("Allow-Events", "refer")])
            return
        if not session.referring:
            core.conclude(request, source, 481, now)
            return
        core.conclude(request, source, 200, now)
        state = (request.header("subscription-state") or "").partition(";")[0].strip().lower()
        told = sipfrag.read_status(request.body)
        final = state == "terminated" or (told is not None and told[0] >= 200)
        if final:
            session.referring = False
        if told is not None:
            core.emit(ReferProgress(session.id, *told, final))
        elif final:
            core.emit(ReferProgress(session.id, 0, "", final))


class _Refer(Bystander):
    """Our REFER."""

    __slots__ = ("_calls", "_session", "request", "tried", "where")

    def __init__(self, calls: OutgoingReferrals, session: Session, where: str, *, tried: bool) -> None:
        self._calls, self._session, self.where, self.tried = calls, session, where, tried
        self.request: Request | None = None

    def response_received(self, transaction: Transaction, response: Response, now: float) -> None:
        if response.status >= 200:
            self._calls.answered(self._session, self, response, now)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        self._calls.failed(self._session, status)
