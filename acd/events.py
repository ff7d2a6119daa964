"""What the router is told. Any of these may come late, twice, or about somebody unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from acd.model import SkillLevel


@dataclass(frozen=True, slots=True)
class AgentLoggedIn:
    """An agent is at work and can be rung."""

    agent: str


@dataclass(frozen=True, slots=True)
class AgentLoggedOut:
    """An agent leaves; a contact they are talking to is finished first."""

    agent: str


@dataclass(frozen=True, slots=True)
class AgentPaused:
    """An agent wants no contacts for now; a contact they are talking to is finished first."""

    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class AgentResumed:
    """The pause is over."""

    agent: str


@dataclass(frozen=True, slots=True)
class ContactQueued:
    """A contact wants an agent of `queue` who has the queue's skills and these.

    For `preferred_for_s` it waits for `preferred` alone (who served it last, or was asked for by name), unless
    they are not at work.
    """

    contact: str
    queue: str
    skills: Mapping[str, SkillLevel] = field(default_factory=dict)
    priority: int = 0
    preferred: str | None = None
    preferred_for_s: float = 30.0


@dataclass(frozen=True, slots=True)
class ContactLeft:
    """The contact is gone: the caller hung up, or the flow took it elsewhere."""

    contact: str


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """The agent's phone was answered."""

    offer: str


@dataclass(frozen=True, slots=True)
class OfferRefused:
    """The agent's phone said no, or could not be reached."""

    offer: str
    reason: str


@dataclass(frozen=True, slots=True)
class ContactEnded:
    """The talk of a contact with its agent is over."""

    contact: str


@dataclass(frozen=True, slots=True)
class WrapUpEnded:
    """The agent is done with the paperwork before its deadline."""

    agent: str


@dataclass(frozen=True, slots=True)
class EffectDone:
    """The effect with this id was carried out. Only `VerifyContact` waits for it."""

    effect_id: str


@dataclass(frozen=True, slots=True)
class EffectFailed:
    """The effect with this id could not be carried out: the agent's leg could not be rung or joined."""

    effect_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: feed one at `Router.next_deadline()`."""


Event = (
    AgentLoggedIn
    | AgentLoggedOut
    | AgentPaused
    | AgentResumed
    | ContactQueued
    | ContactLeft
    | OfferAccepted
    | OfferRefused
    | ContactEnded
    | WrapUpEnded
    | EffectDone
    | EffectFailed
    | Tick
)
