"""What the router wants done. Each has an id under which its result may come back as an event."""

from __future__ import annotations

from dataclasses import dataclass

from acd.model import AgentOffer, Presence


@dataclass(frozen=True, slots=True)
class OfferAgent:
    """Ring this agent for this contact. Answer with OfferAccepted, OfferRefused or EffectFailed."""

    effect_id: str
    offer: AgentOffer


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


Effect = (
    OfferAgent
    | CancelOffer
    | Connect
    | RefuseContact
    | ContactRequeued
    | PresenceChanged
    | VerifyContact
    | EndContact
)
