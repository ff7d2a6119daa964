"""What the router is told. Any of these may come late, twice, or about somebody unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from acd.model import Channel, SkillLevel
from acd.ticket import Ticket


@dataclass(frozen=True, slots=True)
class AgentLoggedIn:
    """An agent is at work. `reason` says how: phone, console, ..."""

    agent: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AgentLoggedOut:
    """An agent leaves; a contact they are talking to is finished first."""

    agent: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AgentScheduled:
    """The schedule says that an agent's shift begins (`on_duty`) or ends: a log-in or log-out of that reason."""

    agent: str
    on_duty: bool


@dataclass(frozen=True, slots=True)
class AgentUnreachable:
    """The registration of the agent's phone is gone. They stay logged in, but are offered nothing."""

    agent: str


@dataclass(frozen=True, slots=True)
class AgentReachable:
    """The agent's phone is registered again: they are back where they were, by themselves."""

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
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ContactQueued:
    """A contact wants an agent of `queue` who has the queue's skills and these.

    For `preferred_for_s` it waits for `preferred` alone (who served it last, or was asked for by name), unless
    they are not at work. `caller` is the caller's number, always in the same form: who rings again while a callback
    waits, or soon after a dropped call, has the old place (`PlaceRegained`).
    """

    contact: str
    queue: str
    skills: Mapping[str, SkillLevel] = field(default_factory=dict)
    priority: int = 0
    preferred: str | None = None
    preferred_for_s: float = 30.0
    caller: str | None = None
    channel: Channel = Channel.VOICE


@dataclass(frozen=True, slots=True)
class ContactLeft:
    """The contact is gone: the caller hung up, or (`by_flow`) chose something else, as a callback or a message.

    Who was taken out by the flow has not given up, and a callback asked for afterwards has the place that was left.
    """

    contact: str
    by_flow: bool = False


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
class WrapUpExtended:
    """The agent needs `by_s` more for the paperwork than the deadline leaves."""

    agent: str
    by_s: float


@dataclass(frozen=True, slots=True)
class QueueOpened:
    """The queue takes contacts again."""

    queue: str


@dataclass(frozen=True, slots=True)
class QueueClosed:
    """The queue takes no new contacts; those who wait are still served."""

    queue: str
    reason: str = "closed"


@dataclass(frozen=True, slots=True)
class CallbackRequested:
    """Somebody wants to be rung back. `TicketChanged` answers: write it down, then tell the caller.

    `contact` is the call that asks, while it waits or soon after it left: its place becomes the ticket's.
    `at` is the (monotonic) time of a callback by appointment. A ticket for the same number and queue is merged
    with the one that is there; the answer carries the id that stays.
    """

    ticket: str
    number: str
    queue: str
    contact: str | None = None
    skills: Mapping[str, SkillLevel] = field(default_factory=dict)
    priority: int = 0
    at: float | None = None


@dataclass(frozen=True, slots=True)
class CallbackCancelled:
    """The caller wants it no more, or it could not be written down."""

    ticket: str
    reason: str = "cancelled"


@dataclass(frozen=True, slots=True)
class TicketRestored:
    """A ticket from before a restart takes its place again; one that was being dialled waits."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Repair:
    """The reconciler found router and world apart: `event` sets it right, the alert says what it was."""

    event: Event
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class EffectDone:
    """The effect with this id was carried out.

    `VerifyContact` (they still talk) and `PlaceCallback` (the caller has answered) wait for it.
    """

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
    | AgentScheduled
    | AgentUnreachable
    | AgentReachable
    | WrapUpExtended
    | QueueOpened
    | QueueClosed
    | CallbackRequested
    | CallbackCancelled
    | TicketRestored
    | Repair
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
