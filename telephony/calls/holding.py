"""Hold and resume of one leg, by either side: what is offered, what an offer means (RFC 3264 section 8.4, RFC 6337).

Owns the order of a leg's later offers: ours are noted here until the peer has answered; theirs are answered at once,
with our own hold still standing. Sends through the user agent; media follows what was agreed on.
"""

from __future__ import annotations

import time

import structlog

from telephony.calls import negotiation
from telephony.calls.leg import Leg, LegHeld, Party
from telephony.calls.terms import MediaTerms
from telephony.media.engine import MediaEngine
from telephony.sip import events as sip
from telephony.sip.errors import LocalProtocolError, RemoteProtocolError
from telephony.sip.user_agent import UserAgent

log = structlog.get_logger(__name__)


class Holding:
    """Later offers of all legs."""

    def __init__(self, agent: UserAgent, media: MediaEngine, terms: MediaTerms) -> None:
        self._agent = agent
        self._media = media
        self._terms = terms

    def change(self, leg: Leg, *, held: bool) -> bool:
        """Offer hold, or the end of it; False if the leg cannot be asked now. `LegHeld` follows once agreed on."""
        if leg.session is None or not leg.is_up:
            return False
        direction = negotiation.HOLD if held else negotiation.TALK
        description = negotiation.offer_again(leg.local_description, direction)
        try:
            self._agent.reoffer(leg.session, description, time.monotonic())
        except LocalProtocolError as error:
            log.info("call.offer_not_made", leg=leg.id, why=str(error))
            return False
        leg.offered, leg.hold_offered = description, held
        return True

    def on_event(self, leg: Leg, event: sip.Event) -> bool:
        """Take an event of a later offer; False if it is something else."""
        match event:
            case sip.OfferReceived(session=session, offer=offer):
                self._received(leg, session, offer)
            case sip.OfferRequested(session=session):
                # RFC 6337 section 5.3: our whole offer, not the last answer, or a hold would never end.
                direction = negotiation.HOLD if leg.held else negotiation.TALK
                leg.local_description = negotiation.offer_again(leg.local_description, direction)
                self._agent.answer_offer(session, leg.local_description, time.monotonic())
            case sip.OfferAnswered(session=session, body=body):
                self._answered(leg, session, body)
            case sip.OfferFailed(status=status):
                log.info("call.offer_refused", leg=leg.id, status=status)
                leg.offered = b""
            case _:
                return False
        return True

    def _received(self, leg: Leg, session: sip.SessionId, offer: bytes) -> None:
        now = time.monotonic()
        try:
            agreed = negotiation.answer_again(
                offer, leg.local_description, self._terms, held=leg.held, standing=leg.remote
            )
        except (negotiation.NothingInCommon, RemoteProtocolError) as error:
            log.info("call.offer_refused", leg=leg.id, why=str(error))
            self._agent.reject_offer(session, 488, now)
            return
        leg.local_description = agreed.body
        self._agent.answer_offer(session, agreed.body, now)
        if agreed.remote is not None:
            leg.remote = agreed.remote
            self._media.set_remote(leg.id, agreed.remote)
            self._note_their_hold(leg, hears_us=agreed.remote.sending)

    def _answered(self, leg: Leg, session: sip.SessionId, body: bytes | None) -> None:
        # A retry after a glare has a later version than what was offered at first.
        sent, leg.offered = self._agent.local_description(session) or leg.offered, b""
        leg.local_description = sent or leg.local_description
        try:
            leg.remote = negotiation.read_answer(body, self._terms, ours=leg.local_description)
            self._media.set_remote(leg.id, leg.remote)
        except (negotiation.NothingInCommon, RemoteProtocolError) as error:
            log.info("call.answer_unusable", leg=leg.id, why=str(error))
            return
        if leg.hold_offered != leg.held:
            leg.held = leg.hold_offered
            leg.listener(LegHeld(leg.held, Party.LOCAL))

    def _note_their_hold(self, leg: Leg, *, hears_us: bool) -> None:
        if leg.held_by_peer == hears_us:
            leg.held_by_peer = not hears_us
            leg.listener(LegHeld(leg.held_by_peer, Party.REMOTE))
