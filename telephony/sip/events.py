"""What the user agent tells the application: one frozen value an event, in the order they happened.

`session` names one INVITE usage in either direction. After `CallFailed` or `CallEnded` it is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NewType, TypeAlias

from telephony.sip.address import Address
from telephony.sip.message import Request
from telephony.sip.replaces import Replaces
from telephony.sip.uri import SipUri

SessionId = NewType("SessionId", str)
RegistrationId = NewType("RegistrationId", str)
ReferralId = NewType("ReferralId", str)
MessageId = NewType("MessageId", str)
PingId = NewType("PingId", str)


class EndCause(Enum):
    """Whose doing the end of a call was."""

    REMOTE_BYE = "remote bye"
    REMOTE_CANCEL = "remote cancel"
    ACK_TIMEOUT = "ack timeout"
    BYE_TIMEOUT = "bye timeout"
    TRANSPORT_FAILURE = "transport failure"
    SESSION_EXPIRED = "session expired"
    PRACK_TIMEOUT = "prack timeout"


@dataclass(frozen=True, slots=True)
class Binding:
    """One place where an address of record is reached. `expires_at` is monotonic seconds; `flow` is where the
    REGISTER came from, and where requests for it go. `instance` and `reg_id` name the phone and which of its
    flows this is, where it told (RFC 5626)."""

    aor: str
    contact: SipUri
    flow: Address
    expires_at: float
    user_agent: str | None
    instance: str | None = None
    reg_id: int | None = None


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """An INVITE outside a dialog. `offer` is its SDP, None when we are to offer. `replaces` is the call of ours
    whose place it wants to take (RFC 3891): bridge it where that one is, and hang that one up."""

    session: SessionId
    request: Request
    source: Address
    offer: bytes | None
    replaces: SessionId | None = None


@dataclass(frozen=True, slots=True)
class CallProgress:
    """A provisional response 101-199 to our INVITE."""

    session: SessionId
    status: int
    reason: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """A 2xx to our INVITE; the ACK is on its way already."""

    session: SessionId
    body: bytes | None


@dataclass(frozen=True, slots=True)
class CallFailed:
    """Our INVITE ended without a call: 408 on timeout, 503 on transport failure, 487 after our cancel."""

    session: SessionId
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class CallConfirmed:
    """The ACK to our 2xx arrived. `body` is the answer when the 2xx held the offer."""

    session: SessionId
    body: bytes | None


@dataclass(frozen=True, slots=True)
class CallEnded:
    """An incoming call that was not answered, or any established one, is over."""

    session: SessionId
    cause: EndCause
    reason: str | None


@dataclass(frozen=True, slots=True)
class OfferReceived:
    """A later offer, by re-INVITE, UPDATE, PRACK or a response: `answer_offer` or `reject_offer` is due."""

    session: SessionId
    offer: bytes


@dataclass(frozen=True, slots=True)
class OfferRequested:
    """A re-INVITE without SDP: `answer_offer` with an offer is due."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class OfferAnswered:
    """Our later offer, by re-INVITE, UPDATE or a response, was answered."""

    session: SessionId
    body: bytes | None


@dataclass(frozen=True, slots=True)
class OfferFailed:
    """Our re-INVITE or UPDATE was refused; the session goes on as before."""

    session: SessionId
    status: int


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    """An offer of theirs needs no answer any more: they took it back, or it was not answered in time."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class ProvisionalAcknowledged:
    """A reliable provisional response of ours has arrived (RFC 3262); `body` is the answer to its offer."""

    session: SessionId
    body: bytes | None


@dataclass(frozen=True, slots=True)
class DigitSignalled:
    """A key pressed by INFO: one of 0-9, *, #, A-D."""

    session: SessionId
    digit: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A MESSAGE, within a call or outside; it is answered already."""

    session: SessionId | None
    request: Request
    source: Address


@dataclass(frozen=True, slots=True)
class MessageDelivered:
    """A MESSAGE of ours was taken (200), or will be (202)."""

    message: MessageId
    status: int


@dataclass(frozen=True, slots=True)
class MessageFailed:
    """A MESSAGE of ours was refused, or nobody answered (408)."""

    message: MessageId
    status: int


@dataclass(frozen=True, slots=True)
class ReferReceived:
    """A phone asks for its call to be transferred to `target` (RFC 3515): `accept_refer` or `reject_refer` is due.

    `replaces` is what a Refer-To with Replaces names (an attended transfer); `replaced` is that call if it is one of
    ours: then join the two, and nobody needs calling."""

    session: SessionId
    referral: ReferralId
    target: SipUri
    replaces: Replaces | None
    replaced: SessionId | None
    referred_by: str | None


@dataclass(frozen=True, slots=True)
class ReferAccepted:
    """A REFER of ours was accepted; `ReferProgress` follows."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class ReferProgress:
    """How the transfer that we asked for goes. `final`: nothing more comes; status 0 then says that nobody told."""

    session: SessionId
    status: int
    reason: str
    final: bool


@dataclass(frozen=True, slots=True)
class ReferFailed:
    """A REFER of ours was refused."""

    session: SessionId
    status: int


@dataclass(frozen=True, slots=True)
class BindingsChanged:
    """An address of record gained, lost or moved bindings; `aor` is its user part.

    `asked`: its phone said so in a REGISTER; otherwise a binding expired, or its connection is gone.
    """

    aor: str
    bindings: tuple[Binding, ...]
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Registered:
    """Our registration stands (also after each refresh)."""

    registration: RegistrationId
    expires_s: int


@dataclass(frozen=True, slots=True)
class RegistrationFailed:
    """Our registration was refused, or nobody answered (408)."""

    registration: RegistrationId
    status: int


@dataclass(frozen=True, slots=True)
class Unregistered:
    """Our registration was taken back as asked."""

    registration: RegistrationId


@dataclass(frozen=True, slots=True)
class MalformedMessage:
    """Somebody sends what is no SIP; told once a source a minute."""

    source: Address
    why: str


@dataclass(frozen=True, slots=True)
class PingAnswered:
    """Our OPTIONS came to a final status; 408 when nobody answered, 503 when nobody could be reached."""

    ping: PingId
    status: int


@dataclass(frozen=True, slots=True)
class AuthenticationFailed:
    """Credentials were given, and they were wrong: an unknown user or a wrong password, nobody says which."""

    source: Address


Event: TypeAlias = (
    IncomingCall
    | CallProgress
    | CallAnswered
    | CallFailed
    | CallConfirmed
    | CallEnded
    | OfferReceived
    | OfferRequested
    | OfferAnswered
    | OfferFailed
    | OfferWithdrawn
    | ProvisionalAcknowledged
    | DigitSignalled
    | MessageReceived
    | MessageDelivered
    | MessageFailed
    | ReferReceived
    | ReferAccepted
    | ReferProgress
    | ReferFailed
    | BindingsChanged
    | Registered
    | RegistrationFailed
    | Unregistered
    | MalformedMessage
    | AuthenticationFailed
    | PingAnswered
)
