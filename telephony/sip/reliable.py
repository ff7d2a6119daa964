"""Provisional responses of ours that must arrive (RFC 3262 section 3): RSeq, repetition, their PRACK.

One at a time: the next waits for the PRACK of the one before, and so does a 2xx while one with a session description
is not acknowledged. One that is never acknowledged ends the call with 504.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from telephony.sip.address import Address
from telephony.sip.core import BYSTANDER, Core
from telephony.sip.dialog import Dialog
from telephony.sip.established import CONTENT_TYPE_SDP
from telephony.sip.events import OfferReceived, ProvisionalAcknowledged
from telephony.sip.message import Request, Response
from telephony.sip.offer_answer import OfferInput, OfferState, Verdict
from telephony.sip.pending import Offers
from telephony.sip.session import PendingOffer, Session
from telephony.sip.transactions.server import ServerTransaction

Made = Callable[[int, bytes, tuple[tuple[str, str], ...]], Response]


def wants_reliable(request: Request) -> bool:
    """`Require: 100rel`: every provisional response but 100 must be reliable."""
    return any(each.lower() == "100rel" for each in request.headers("require"))


def allows_reliable(request: Request) -> bool:
    """`Supported: 100rel`: they may be."""
    return wants_reliable(request) or any(each.lower() == "100rel" for each in request.headers("supported"))


class ReliableResponses:
    """Those of one INVITE. `respond` builds and sends a response of the INVITE's transaction; `give_up` is for
    when no PRACK came."""

    def __init__(
        self,
        core: Core,
        invite: Request,
        make: Made,
        transaction: ServerTransaction,
        give_up: Callable[[float], None],
    ) -> None:
        self._core = core
        self._number = str(invite.cseq.number)
        self._make = make
        self._transaction = transaction
        self._give_up = give_up
        self._rseq = 1 + int(core.fraction() * (2**31 - 2))  # section 3: uniformly from 1 to 2**31 - 1
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._sent: Response | None = None
        self._answer: Callable[[float], None] | None = None
        self._interval = self._deadline = 0.0
        self._round = 0

    @property
    def is_open(self) -> bool:
        """Whether one waits for its PRACK, or to be sent."""
        return self._sent is not None

    def send(self, status: int, body: bytes, now: float) -> None:
        """Now, or after the PRACK of the one before."""
        self._waiting.append((status, body))
        if self._sent is None:
            self._next(now)

    def hold_answer(self, answer: Callable[[float], None]) -> bool:
        """Section 3: no 2xx while a description is on its way; `answer` is called when it may go."""
        if self._sent is None or not (self._sent.body or any(body for _, body in self._waiting)):
            return False
        self._answer = answer
        return True

    def close(self) -> None:
        """The INVITE has its final response."""
        self._sent = self._answer = None
        self._waiting.clear()

    def _next(self, now: float) -> None:
        status, body = self._waiting.popleft()
        self._sent = self._make(status, body, (("Require", "100rel"), ("RSeq", str(self._rseq))))
        self._interval = self._core.timers.t1
        self._deadline = now + self._core.timers.sixty_four_t1
        self._round += 1
        self._transaction.respond(self._sent, now)
        self._core.layer.queue.start(now + self._interval, self, self._round)

    def timer_fired(self, timer: int, now: float) -> None:
        """Section 3: again after T1, doubling without a cap, for 64*T1."""
        if self._sent is None or timer != self._round:
            return
        if now >= self._deadline:
            self.close()
            self._give_up(now)
            return
        self._core.layer.retransmit(bytes(self._sent), self._transaction.destination)
        self._interval *= 2
        self._core.layer.queue.start(min(now + self._interval, self._deadline), self, self._round)

    def matches(self, request: Request) -> bool:
        """`RAck = "RAck" HCOLON response-num LWS CSeq-num LWS Method`"""
        expected = [str(self._rseq), self._number, "INVITE"]
        return self._sent is not None and (request.header("rack") or "").split() == expected

    def acknowledged(self, now: float) -> None:
        """Its PRACK came; what waited for it goes on."""
        self._sent = None
        self._rseq += 1
        if self._waiting:
            self._next(now)
        elif self._answer is not None:
            answer, self._answer = self._answer, None
            answer(now)


class Pracks:
    """PRACKs that we receive."""

    def __init__(self, core: Core, offers: Offers) -> None:
        self._core = core
        self._offers = offers

    def received(
        self, session: Session, dialog: Dialog, request: Request, source: Address, now: float
    ) -> None:
        """Section 3: 2xx if it is the one that is waited for, 481 if not."""
        del dialog
        core = self._core
        reliable = session.incoming.reliable if session.incoming is not None else None
        if reliable is None or not reliable.matches(request):
            core.conclude(request, source, 481, now)
            return
        body = request.body
        if not body or session.offers is OfferState.LOCAL:
            if body:
                self._offers.feed(session, OfferInput.RECEIVE_ANSWER)
            core.conclude(request, source, 200, now)
            core.emit(ProvisionalAcknowledged(session.id, body or None))
            reliable.acknowledged(now)
            return
        verdict = self._offers.feed(session, OfferInput.RECEIVE_OFFER)
        if verdict is not Verdict.GO:
            self._offers.refuse_now(request, source, verdict, now)
            return
        # Section 5: a PRACK may bring the next offer; its answer goes into the 2xx.
        core.emit(ProvisionalAcknowledged(session.id, None))
        transaction = core.layer.open_server(request, source, BYSTANDER, now)
        self._offers.open(session, self._pending(session, reliable, request, transaction), now)
        core.emit(OfferReceived(session.id, body))

    def _pending(
        self,
        session: Session,
        reliable: ReliableResponses,
        request: Request,
        transaction: ServerTransaction,
    ) -> PendingOffer:
        def respond(status: int, body: bytes, now: float) -> None:
            fields = [self._core.server_field(), *([CONTENT_TYPE_SDP] if body else [])]
            transaction.respond(Response.to_request(request, status, fields=fields, body=body), now)
            reliable.acknowledged(now)

        def accept(body: bytes, now: float) -> None:
            self._offers.feed(session, OfferInput.SEND_ANSWER)
            session.local_body = body
            respond(200, body, now)

        def refuse(status: int, now: float) -> None:
            self._offers.feed(session, OfferInput.REFUSED)
            respond(status, b"", now)

        return PendingOffer(accept, refuse, request)
