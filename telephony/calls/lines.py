"""What the exchange asks of whoever knows the lines to the outside: who calls on one, and which ways lead out.

The exchange itself knows no trunks; `Lines` is what `trunks.desk` serves, and `NoLines` is a server without any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from telephony.sip.address import Address
from telephony.sip.events import Event, IncomingCall
from telephony.sip.headers import NameAddr
from telephony.sip.session import ClientCredentials
from telephony.sip.uri import SipUri


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody calls: who, what they dialled, and on which trunk (None: no trunk)."""

    caller: str
    caller_name: str | None
    called: str
    trunk: str | None = None


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A call that is not taken, with what to answer."""

    status: int
    reason: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One way out for a call: an INVITE ready to be sent."""

    target: SipUri
    from_: NameAddr
    to: NameAddr
    destination: Address | None = None
    fields: tuple[tuple[str, str], ...] = ()
    credentials: ClientCredentials | None = None
    trunk: str | None = None
    offer: bytes | None = None
    """Of audio, for a phone that refused what it was offered first (488)."""

    @property
    def is_secure(self) -> bool:
        """Whether the INVITE goes out encrypted, as far as can be said before names are looked up."""
        to = self.destination or self.target.destination()
        return to.secure or to.transport == "sips"

    @property
    def is_websocket(self) -> bool:
        """Whether it goes to a client of RFC 7118, which is a browser as a rule."""
        return (self.destination or self.target.destination()).transport in ("ws", "wss")


class Lines(Protocol):
    """The lines to the outside."""

    def arrival(self, event: IncomingCall) -> Arrival | TurnedAway:
        """Who calls; a trunk's place is taken until `ended`."""

    def routes(
        self, number: str, caller_number: str, caller_name: str, trunk: str | None = None
    ) -> Sequence[Route]:
        """The ways that lead to a number outside, the best first; none when no trunk carries it.

        With `trunk` named, that one alone, whatever numbers it is for.
        """

    def begin(self, trunk: str) -> bool:
        """Take a place on a trunk for a call out; False if there is none."""

    def take_up(self, trunk: str) -> bool:
        """A call of a process before this one is on a trunk: it has its place; False if there is no such trunk now."""

    def ended(self, trunk: str, status: int | None) -> None:
        """A call on a trunk is over; `status` is that of an INVITE of ours that came to nothing."""

    def on_sip_event(self, event: Event) -> None:
        """What the user agent says that belongs to no session: registrations, checks."""


class NoLines:
    """A server that is reached directly and calls nobody outside."""

    def arrival(self, event: IncomingCall) -> Arrival | TurnedAway:
        """The caller as From says, the number as the Request-URI does."""
        request = event.request
        from_ = request.from_
        return Arrival(from_.uri.user or from_.uri.host, from_.display_name, request.uri.user or "")

    def routes(
        self, number: str, caller_number: str, caller_name: str, trunk: str | None = None
    ) -> Sequence[Route]:
        """None."""
        del number, caller_number, caller_name, trunk
        return ()

    def begin(self, trunk: str) -> bool:
        """There is no trunk."""
        del trunk
        return False

    def take_up(self, trunk: str) -> bool:
        """There is no trunk."""
        del trunk
        return False

    def ended(self, trunk: str, status: int | None) -> None:
        """Nothing to do."""

    def on_sip_event(self, event: Event) -> None:
        """Nothing to do."""


def goes_on_elsewhere(status: int) -> bool:
    """Whether another trunk may do better: the way failed, not the party called (RFC 3261 section 21.5, 16.7).

    486, 480, 603 and the like are the callee's answer and final; 404 and 484 are about the number, which is the same
    everywhere. 403, 407 and 488 are what one carrier says of us.
    """
    return status in (401, 403, 407, 408, 488) or (500 <= status < 600)
