"""Dialling: which way a call goes out, and the next one when that comes to nothing.

Data flow: order -> one route (a phone at its address) or those of the trunks that carry a number -> INVITE; a final
refusal -> the next route, on the same leg. Owns no leg; must not know media. What cannot be dialled is a `Termination`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, replace

from telephony.calls import keying, negotiation
from telephony.calls.leg import Leg, LegState, Outcome, Party, Termination
from telephony.calls.lines import Lines, Route, goes_on_elsewhere
from telephony.calls.terms import MediaTerms
from telephony.sip.address import Address
from telephony.sip.events import SessionId
from telephony.sip.uri import SipUri
from telephony.sip.user_agent import UserAgent

NOT_ACCEPTABLE = 488
"""RFC 3261 section 21.4.26: what was offered of audio is refused here, not the call."""
NO_SECURE_WAY = "audio must be encrypted, but the signalling that would carry its keys is not"


@dataclass(frozen=True, slots=True)
class Dial:
    """Whom to ring: the phone's address, where its packets go if that is already known, and who is shown as calling.

    A `tel:` target goes by the trunks that carry the number, or by `trunk` whatever that carries otherwise.
    """

    target: SipUri
    peer: str
    caller_name: str
    caller_number: str
    destination: Address | None = None
    near: Leg | None = None
    headers: Sequence[tuple[str, str]] = ()
    trunk: str | None = None


@dataclass(frozen=True, slots=True)
class Dialling:
    """Sends the INVITEs of one exchange; `by_session` is the exchange's table of legs, kept true as routes change."""

    agent: UserAgent
    lines: Lines
    terms: MediaTerms
    by_session: MutableMapping[SessionId, Leg]
    flush: Callable[[], None]

    def find_ways(self, leg: Leg, order: Dial) -> None:
        """Note the trunks that carry a number; the first one's host is whom audio is exchanged with."""
        if order.target.scheme == "tel":
            number = order.target.user or ""
            leg.routes = list(self.lines.routes(number, order.caller_number, order.caller_name, order.trunk))
            if leg.routes:
                first = leg.routes[0]
                leg.peer_host = first.destination.host if first.destination else first.target.host

    def begin(self, leg: Leg, order: Dial, host: str) -> Termination | None:
        """Send the first INVITE of a leg whose offer is made; what is wrong, if none can be sent."""
        if order.target.scheme == "tel":
            if self.tries_next_route(leg, None):
                return None
            return Termination(Outcome.UNREACHABLE, Party.LOCAL, "no trunk carries this number", 503)
        from_ = negotiation.party(order.caller_name, order.caller_number, host)
        to = negotiation.party("", order.peer, order.target.host)
        route = Route(order.target, from_, to, order.destination, tuple(order.headers))
        if self.terms.srtp == "required" and not route.is_secure:
            return Termination(Outcome.UNREACHABLE, Party.LOCAL, NO_SECURE_WAY, 488)
        first, *leg.routes = self._with_offers(route, leg.local_description)
        self._invite(leg, first)
        return None

    def _with_offers(self, route: Route, ours: bytes) -> list[Route]:
        """The way to a phone once for each offer, the next after a refusal of the one before."""
        offers = [ours]
        if route.is_websocket and self.terms.suits_browsers:
            offers.insert(0, negotiation.offer_to_browser(ours, self.terms))
        # Whoever refuses a plain offer may be set to encrypted audio alone.
        stricter = keying.stricter(self.terms, is_secure=route.is_secure)
        offers += [negotiation.offer_under(ours, protocol) for protocol in stricter]
        return [replace(route, offer=offer) for offer in offers]

    def _invite(self, leg: Leg, route: Route) -> None:
        leg.trunk, leg.is_secure = route.trunk, route.is_secure
        leg.local_description = route.offer or leg.local_description
        leg.session = self.agent.invite(
            route.target,
            time.monotonic(),
            body=leg.local_description,
            from_=route.from_,
            to=route.to,
            destination=route.destination,
            headers=route.fields,
            credentials=route.credentials,
        )
        self.by_session[leg.session] = leg
        call_id = self.agent.call_id(leg.session)
        if call_id is not None:
            leg.call_ids.append(call_id)
        self.flush()

    def tries_next_route(self, leg: Leg, status: int | None) -> bool:
        """Send the INVITE by the next trunk that has room; False when there is no other, or it would not help.

        `status` is what the last one came to, None before the first.
        """
        if leg.is_over or (status is not None and not goes_on_elsewhere(status)):
            return False
        while leg.routes:
            route = leg.routes.pop(0)
            if self.terms.srtp == "required" and not route.is_secure:
                continue
            if route.offer is not None and status != NOT_ACCEPTABLE:
                continue
            if route.trunk is not None and not self.lines.begin(route.trunk):
                continue
            if leg.session is not None:
                self.by_session.pop(leg.session, None)
            if leg.trunk is not None:
                self.lines.ended(leg.trunk, status)
            leg.state, leg.offer = LegState.DIALLING, None
            self._invite(leg, route)
            return True
        return False
