"""REFERs that we receive: a phone wants its call transferred (RFC 3515, 4488, 5589).

The application is told the target and decides; its progress goes back as NOTIFYs. The implicit subscription shares the
call's dialog and outlives its BYE (RFC 5057), which is how phones hang up while a transfer is under way.
"""

# ruff: noqa: ARG002 - a transaction user is told more than each of them needs

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from telephony.sip import sipfrag
from telephony.sip.address import Address
from telephony.sip.core import BYSTANDER, Bystander, Core
from telephony.sip.dialog import Dialog
from telephony.sip.errors import LocalProtocolError, RemoteProtocolError
from telephony.sip.events import ReferralId, ReferReceived
from telephony.sip.headers import NameAddr
from telephony.sip.message import Request, Response
from telephony.sip.replaced import session_named
from telephony.sip.replaces import Replaces, in_uri
from telephony.sip.session import Session, SessionState
from telephony.sip.transactions.machine import Transaction
from telephony.sip.transactions.server import ServerTransaction

_DECISION_T1 = 20  # what the application may take to say yes or no
_LIFE_S = 180


class ReferralState(Enum):
    """Where a REFER of theirs stands."""

    ASKED = "asked"  # the application has not decided
    ACTIVE = "active"  # 202 went out, NOTIFYs follow


@dataclass(slots=True, eq=False)
class Referral(Bystander):
    """One REFER of theirs. `event` is its Event value; `quiet`: the phone wants no NOTIFYs (RFC 4488)."""

    owner: Referrals
    id: ReferralId
    dialog: Dialog
    contact: str
    event: str
    request: Request
    transaction: ServerTransaction
    quiet: bool
    state: ReferralState = ReferralState.ASKED
    expires_at: float = field(default=0.0)

    def response_received(self, transaction: Transaction, response: Response, now: float) -> None:
        """To a NOTIFY: 481 says that nobody listens any more."""
        if response.status >= 300:
            self.owner.forget(self)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        self.owner.forget(self)

    def timer_fired(self, timer: int, now: float) -> None:
        """The application forgot about it."""
        del timer
        if self.state is ReferralState.ASKED:
            self.owner.expired(self, now)


class Referrals:
    """REFERs of theirs, in all calls."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._all: dict[ReferralId, Referral] = {}

    def received(
        self, session: Session, dialog: Dialog, request: Request, source: Address, now: float
    ) -> None:
        """RFC 3515 section 2.4.2: exactly one Refer-To; only calls that stand are transferred."""
        core = self._core
        values = request.lines("refer-to")
        if len(values) != 1:
            raise RemoteProtocolError(f"{len(values)} Refer-To where one is due")
        target = NameAddr.parse(values[0]).uri
        replaces = in_uri(target.headers)
        if session.state not in (SessionState.CONFIRMED, SessionState.ACCEPTED) or session.hang_up_wanted:
            core.conclude(request, source, 481 if session.hang_up_wanted else 403, now)
            return
        if not (target.is_sip or target.scheme == "tel"):
            core.conclude(request, source, 416, now)
            return
        if (target.parameters.get("method") or "INVITE") != "INVITE":
            core.conclude(request, source, 501, now)
            return
        # Section 2.4.6: the id tells REFERs of one dialog apart; phones that know only one do not look for it.
        first = all(each.dialog is not dialog for each in self._all.values())
        referral = Referral(
            self,
            ReferralId(core.new_id()),
            dialog,
            session.contact,
            "refer" if first else f"refer;id={request.cseq.number}",
            request,
            core.layer.open_server(request, source, BYSTANDER, now),
            quiet=(request.header("refer-sub") or "").strip().lower() == "false",
        )
        self._all[referral.id] = referral
        core.layer.queue.start(now + _DECISION_T1 * core.timers.t1, referral, 0)
        core.emit(self._event(session, referral, replaces, target.headers is not None))

    def _event(
        self, session: Session, referral: Referral, replaces: Replaces | None, has_headers: bool
    ) -> ReferReceived:
        target = NameAddr.parse(referral.request.lines("refer-to")[0]).uri
        own = session_named(self._core, replaces) if replaces is not None else None
        return ReferReceived(
            session.id,
            referral.id,
            target.with_changes(headers=None) if has_headers else target,
            replaces,
            own.id if own is not None else None,
            referral.request.header("referred-by"),
        )

    def accept(self, referral: ReferralId, now: float) -> None:
        """202, and the first NOTIFY at once (section 2.4.4)."""
        found = self._asked(referral)
        found.state = ReferralState.ACTIVE
        fields = [("Contact", found.contact), self._core.server_field()]
        if found.quiet:
            fields.append(("Refer-Sub", "false"))
        found.transaction.respond(Response.to_request(found.request, 202, fields=fields), now)
        if found.quiet:
            self.forget(found)
            return
        found.expires_at = now + _LIFE_S
        self._core.deadlines.set(found.id, found.expires_at, lambda then: self.expired(found, then))
        self._notify(found, 100, None, now)

    def reject(self, referral: ReferralId, status: int, now: float) -> None:
        """A refusal (300-699)."""
        found = self._asked(referral)
        if not 300 <= status < 700:
            raise LocalProtocolError(f"{status} does not reject")
        self.forget(found)
        fields = [self._core.server_field()]
        found.transaction.respond(Response.to_request(found.request, status, fields=fields), now)

    def progress(self, referral: ReferralId, status: int, reason: str | None, now: float) -> None:
        """How the transfer goes on; a final status ends it. One that nobody hears of any more is ignored."""
        found = self._all.get(referral)
        if found is None:
            return
        if found.state is not ReferralState.ACTIVE:
            raise LocalProtocolError("the REFER is not accepted yet")
        self._notify(found, status, reason, now)

    def _notify(self, referral: Referral, status: int, reason: str | None, now: float) -> None:
        left = max(0, round(referral.expires_at - now))
        final = status >= 200
        state = "terminated;reason=noresource" if final else f"active;expires={left}"
        fields = [
            ("Contact", referral.contact),
            ("Event", referral.event),
            ("Subscription-State", state),
            sipfrag.CONTENT_TYPE,
        ]
        body = sipfrag.status_line(status, reason)
        self._core.send_in_dialog(referral.dialog, "NOTIFY", referral, now, fields=fields, body=body)
        if final:
            self.forget(referral)

    def expired(self, referral: Referral, now: float) -> None:
        """Nobody decided, or the transfer never came to an end."""
        if referral.id not in self._all:
            return
        if referral.state is ReferralState.ASKED:
            self.reject(referral.id, 603, now)
        else:
            self._notify(referral, 408, None, now)

    def forget(self, referral: Referral) -> None:
        """It is over; a NOTIFY on its way goes on repeating itself."""
        self._all.pop(referral.id, None)
        self._core.deadlines.clear(referral.id)

    def _asked(self, referral: ReferralId) -> Referral:
        found = self._all.get(referral)
        if found is None or found.state is not ReferralState.ASKED:
            raise LocalProtocolError(f"no REFER {referral!r} waits for a decision")
        return found
