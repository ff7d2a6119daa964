"""PRACKs of ours: acknowledging a peer's reliable provisional responses (RFC 3262 section 4)."""

from __future__ import annotations

from telephony.sip.core import BYSTANDER, Core
from telephony.sip.dialog import Dialog
from telephony.sip.established import CONTENT_TYPE_SDP
from telephony.sip.events import OfferReceived
from telephony.sip.message import Request, Response
from telephony.sip.offer_answer import OfferInput, OfferState
from telephony.sip.pending import Offers
from telephony.sip.session import PendingOffer, Session


def rseq_of(response: Response) -> int | None:
    """The number of a reliable provisional response; None if it is not one."""
    if not any(each.lower() == "100rel" for each in response.headers("require")):
        return None
    value = (response.header("rseq") or "").strip()
    if not (value.isascii() and value.isdigit() and len(value) <= 10):
        return None
    return int(value)


def is_next(order: dict[str, int], tag: str, rseq: int) -> bool:
    """Section 4: the first may have any number, each further one must follow; others are repeated or too early."""
    last = order.get(tag)
    if last is not None and rseq != last + 1:
        return False
    order[tag] = rseq
    return True


class Acknowledgements:
    """Sends PRACKs."""

    def __init__(self, core: Core, offers: Offers) -> None:
        self._core = core
        self._offers = offers

    def acknowledge(
        self, session: Session, dialog: Dialog, invite: Request, response: Response, rseq: int, now: float
    ) -> None:
        """PRACK at once; an offer in the response is answered by the application first (section 5)."""
        rack = ("RAck", f"{rseq} {invite.cseq.number} INVITE")
        if response.sdp and not invite.body and session.offers is OfferState.STABLE:
            self._offers.feed(session, OfferInput.RECEIVE_OFFER)
            self._offers.open(session, self._pending(session, dialog, rack), now)
            self._core.emit(OfferReceived(session.id, response.sdp))
            return
        if response.sdp and session.offers is OfferState.LOCAL:
            self._offers.feed(session, OfferInput.RECEIVE_ANSWER)
        self._core.send_in_dialog(dialog, "PRACK", BYSTANDER, now, fields=[rack])

    def _pending(self, session: Session, dialog: Dialog, rack: tuple[str, str]) -> PendingOffer:
        def accept(body: bytes, now: float) -> None:
            self._offers.feed(session, OfferInput.SEND_ANSWER)
            session.local_body = body
            fields = [rack, CONTENT_TYPE_SDP]
            self._core.send_in_dialog(dialog, "PRACK", BYSTANDER, now, fields=fields, body=body)

        def refuse(status: int, now: float) -> None:
            # No way to refuse within PRACK: it is acknowledged, and the caller of this ends the call.
            del status
            self._offers.feed(session, OfferInput.REFUSED)
            self._core.send_in_dialog(dialog, "PRACK", BYSTANDER, now, fields=[rack])

        return PendingOffer(accept, refuse)
