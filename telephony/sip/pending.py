"""Offers of theirs that wait for the application, whatever message carried them (RFC 6337 section 2.2).

Keeps to one at a time, feeds the table of `offer_answer`, and sees that none waits for ever.
"""

from __future__ import annotations

from collections.abc import Callable

from telephony.sip.address import Address
from telephony.sip.core import Core
from telephony.sip.dialog import Dialog
from telephony.sip.errors import LocalProtocolError
from telephony.sip.events import OfferWithdrawn
from telephony.sip.message import Request
from telephony.sip.offer_answer import TABLE, OfferInput, Verdict
from telephony.sip.session import PendingOffer, Session

_PATIENCE_T1 = 20  # a third of what the peer's transaction waits


class Offers:
    """What of theirs is open, for all sessions. `hang_up` ends a session whose answer cannot be given."""

    def __init__(self, core: Core, hang_up: Callable[[Session, float], None]) -> None:
        self._core = core
        self._hang_up = hang_up

    def feed(self, session: Session, what: OfferInput) -> Verdict:
        """Give the session's table one input."""
        verdict, session.offers = TABLE[session.offers, what]
        return verdict

    def refuse_now(self, request: Request, source: Address, verdict: Verdict, now: float) -> None:
        """A request whose offer comes at the wrong time."""
        if verdict is Verdict.GLARE:
            self._core.conclude(request, source, 491, now)
        else:
            wait = round(self._core.fraction() * 10)  # RFC 3311 section 5.2: 0 to 10 s
            self._core.conclude(request, source, 500, now, [("Retry-After", str(wait))])

    def open(self, session: Session, pending: PendingOffer, now: float) -> None:
        """The application is to answer it."""
        session.pending_offer = pending
        due = now + _PATIENCE_T1 * self._core.timers.t1
        self._core.layer.queue.start(due, _Patience(self, session, pending), 0)

    def open_for_ack(
        self,
        session: Session,
        dialog: Dialog,
        number: int,
        sent: Callable[[tuple[bytes, Address]], None],
        now: float,
    ) -> None:
        """Their 2xx holds an offer: our answer goes into the ACK (RFC 3261 section 13.2.2.4)."""
        core = self._core

        def accept(body: bytes, then: float) -> None:
            del then
            self.feed(session, OfferInput.SEND_ANSWER)
            session.local_body = body
            sent(core.send_ack(dialog, number, body))

        def refuse(status: int, then: float) -> None:
            # Section 13.2.2.4: an offer that is not acceptable still gets its ACK, and then a BYE.
            del status
            self.feed(session, OfferInput.REFUSED)
            sent(core.send_ack(dialog, number))
            self._hang_up(session, then)

        self.feed(session, OfferInput.RECEIVE_OFFER)
        self.open(session, PendingOffer(accept, refuse), now)

    def answer(self, session: Session, body: bytes, now: float) -> None:
        """The application's answer, or its offer if that was asked for."""
        pending = session.pending_offer
        if pending is None:
            raise LocalProtocolError("no offer is pending")
        session.pending_offer = None
        pending.accept(body, now)

    def reject(self, session: Session, status: int, now: float) -> None:
        """The application's refusal."""
        pending = session.pending_offer
        if pending is None:
            raise LocalProtocolError("no offer is pending")
        session.pending_offer = None
        pending.refuse(status, now)

    def withdraw(self, session: Session, status: int, now: float) -> None:
        """Refuse what is open, if anything, and tell the application that its answer is not needed any more."""
        pending, session.pending_offer = session.pending_offer, None
        if pending is not None:
            pending.refuse(status, now)
            self._core.emit(OfferWithdrawn(session.id))


class _Patience:
    """How long the application may take over one offer."""

    __slots__ = ("_offers", "_pending", "_session")

    def __init__(self, offers: Offers, session: Session, pending: PendingOffer) -> None:
        self._offers, self._session, self._pending = offers, session, pending

    def timer_fired(self, timer: int, now: float) -> None:
        """RFC 3311 section 5.2: 504 when the answer would need longer."""
        del timer
        if self._session.pending_offer is self._pending:
            self._offers.withdraw(self._session, 504, now)
