"""Our half of ICE (RFC 8445), the lite one, for one leg: checks of the remote's are answered, its choice is followed.

We have one address that can be reached and make no checks of our own (section 2.5). A remote with full ICE controls,
tries its addresses, and nominates one: that is whom the leg talks to from then on. Its later checks ask whether we
still consent to be sent to (RFC 7675); the answer is yes for as long as the leg is there.
"""

from typing import TYPE_CHECKING

from telephony.media.ice_terms import IceTerms
from telephony.media.leg_path import talk_to
from telephony.media.sockets import Address
from telephony.media.stun import BindingRequest, is_stun, refusal, success

if TYPE_CHECKING:
    from telephony.media.leg import Leg


class LegIce:
    """One leg's."""

    __slots__ = ("terms",)

    def __init__(self, terms: IceTerms) -> None:
        self.terms = terms

    def takes(self, leg: "Leg", data: bytes, source: Address | None, now: float) -> bool:
        """Whether nobody else need look at the datagram."""
        if not is_stun(data) or source is None:
            return False
        request = BindingRequest.parse(data)
        if request is None:
            leg.malformed += 1  # a response, an indication, or broken: nothing that we asked for
            return True
        if request.username.partition(":")[0] != self.terms.ufrag or not request.is_authentic(
            self.terms.password
        ):
            leg.refused += 1
            _send(leg, refusal(request.transaction, 401, "Unauthenticated"), source)
            return True
        _send(leg, success(request.transaction, source, self.terms.password), source)
        if request.nominates and source != leg.talked_to:
            leg.locked = None
            talk_to(leg, source)
            leg.restart_sources(now)
        return True


def _send(leg: "Leg", data: bytes, address: Address) -> None:
    try:
        leg.sockets.rtp.sendto(data, address)
    except OSError:
        leg.send_failures += 1  # it asks again
