"""What the router wants done. Each has an id under which its result may come back as an event."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from acd.estimate import Estimate
from acd.model import AgentOffer, Presence
from acd.queue_rules import OverflowFacts, OverflowTarget
from acd.ticket import Ticket


@dataclass(frozen=True, slots=True)
class OfferAgent:
    """Ring this agent for this contact. Answer with OfferAccepted, OfferRefused or EffectFailed."""

    effect_id: str
    offer: AgentOffer


ANSWERED_BY_ANOTHER = "answered by another agent"
"""Why a phone stops that lost the race: the call is not one that its owner missed."""


@dataclass(frozen=True, slots=True)
class CancelOffer:
    """Drop the agent's leg of this offer, ringing or answered too late.

    Agent and contact are None when the router has no memory of the offer at all.
    """

    effect_id: str
    offer_id: str
    agent: str | None
    contact: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Connect:
    """Join the contact with the agent who accepted. If that cannot be done: EffectFailed."""

    effect_id: str
    offer_id: str
    contact: str
    agent: str


@dataclass(frozen=True, slots=True)
class RefuseContact:
    """The contact is not, or no longer, in a queue; the flow decides what comes next."""

    effect_id: str
    contact: str
    reason: str


@dataclass(frozen=True, slots=True)
class ContactRequeued:
    """An offer of this contact came to nothing; it waits on, in its old place."""

    effect_id: str
    contact: str
    reason: str


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    """For the console, the journal and the agent's phone lamp."""

    effect_id: str
    agent: str
    presence: Presence
    reason: str | None


@dataclass(frozen=True, slots=True)
class VerifyContact:
    """Is this talk still going on? EffectDone says yes, ContactEnded says no."""

    effect_id: str
    contact: str
    agent: str


@dataclass(frozen=True, slots=True)
class EndContact:
    """Nobody vouched for this talk: hang up whatever is left of it. The router has let go of it."""

    effect_id: str
    contact: str
    agent: str
    reason: str


class AlertKind(StrEnum):
    """What a supervisor is told of at once."""

    AGENT_PAUSED = "agent paused"
    TALK_LOST = "talk lost"
    CALLBACK_GIVEN_UP = "callback given up"
    REPAIRED = "repaired"


@dataclass(frozen=True, slots=True)
class Alert:
    """Somebody should know. `about` is the agent, contact, ticket or queue; `text` says what happened to it."""

    effect_id: str
    kind: AlertKind
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell the waiting contact its position (1 is next) and estimated wait. Nothing waits for it to be said."""

    effect_id: str
    contact: str
    position: int
    estimate: Estimate | None


@dataclass(frozen=True, slots=True)
class OverflowContact:
    """A rule sends this contact elsewhere. To a queue the router has moved it already; else it is the driver's."""

    effect_id: str
    contact: str
    queue: str
    rule: str
    target: OverflowTarget
    why: OverflowFacts


@dataclass(frozen=True, slots=True)
class PlaceRegained:
    """This contact waits in an older place: of its dropped call, or of its callback ticket."""

    effect_id: str
    contact: str
    arrived_at: float
    reason: str


@dataclass(frozen=True, slots=True)
class TicketChanged:
    """Write this ticket down, before anything is told to the caller and before a later effect is carried out."""

    effect_id: str
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class PlaceCallback:
    """Ring the caller of this ticket, as contact `ticket`; `agent` has answered, or is reserved (`agent_waits` False).

    EffectDone: the caller has answered; Connect follows if the agent waits, else OfferAgent, both of the contact with
    the ticket's id. EffectFailed: not, with the reason. CancelCallback: it takes too long, or is wanted no more.
    """

    effect_id: str
    ticket: str
    number: str
    queue: str
    agent: str
    agent_waits: bool


@dataclass(frozen=True, slots=True)
class CancelCallback:
    """Drop the caller's leg of this attempt, and the agent's if it is up."""

    effect_id: str
    ticket: str
    agent: str
    reason: str


Effect = (
    OfferAgent
    | CancelOffer
    | Connect
    | RefuseContact
    | ContactRequeued
    | PresenceChanged
    | VerifyContact
    | EndContact
    | Alert
    | Announce
    | OverflowContact
    | PlaceRegained
    | TicketChanged
    | PlaceCallback
    | CancelCallback
)
