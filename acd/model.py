"""The nouns of the ACD: agents, queues, contacts, offers.

These are configuration and facts: frozen, comparable, free of behaviour. What changes while the
router runs lives in `acd.state`. Times are monotonic seconds, lengths of time end in `_s`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from acd.queue_rules import Announcements, CallbackRules, OverflowRule
from acd.why import Why

SkillLevel = int
"""1 (a beginner) to 10 (an expert)."""

LOWEST_LEVEL: SkillLevel = 1
HIGHEST_LEVEL: SkillLevel = 10


class Presence(StrEnum):
    """What an agent is doing; exactly one at any time, over all queues together."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    RINGING = "ringing"
    ON_CONTACT = "on contact"
    WRAP_UP = "wrap-up"
    PAUSED = "paused"
    RESERVED = "reserved"
    UNREACHABLE = "unreachable"


AWAY = frozenset({Presence.OFFLINE, Presence.UNREACHABLE})
"""Nobody there to serve anything: logged out, or the phone's registration is gone."""


class Channel(StrEnum):
    """By what a contact comes. Voice is the only one yet."""

    VOICE = "voice"


class Strategy(StrEnum):
    """In which order free agents are chosen; `acd.strategies` defines each."""

    LONGEST_IDLE = "longest idle"
    MOST_SKILLED = "most skilled"
    LEAST_OCCUPIED = "least occupied"
    ROUND_ROBIN = "round robin"
    RANDOM = "random"


def _check_levels(owner: str, skills: Mapping[str, SkillLevel]) -> None:
    for skill, level in skills.items():
        if not LOWEST_LEVEL <= level <= HIGHEST_LEVEL:
            raise ValueError(
                f"{owner}: skill {skill!r}: level must be {LOWEST_LEVEL} to {HIGHEST_LEVEL}, got {level}"
            )


def _check_positive(owner: str, **lengths_s: float) -> None:
    for name, length_s in lengths_s.items():
        if not length_s > 0:
            raise ValueError(f"{owner}: {name} must be more than 0, got {length_s}")


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who serves contacts.

    `static` agents are logged in as long as the router runs. `weight` is how often the strategy random picks
    this agent, in proportion to others. `capacity` is how many contacts of a channel at once: of voice 1, or 0 for
    somebody who takes no calls.
    """

    id: str
    name: str
    skills: Mapping[str, SkillLevel] = field(default_factory=dict)
    queues: tuple[str, ...] = ()
    static: bool = False
    weight: float = 1.0
    capacity: Mapping[Channel, int] = field(default_factory=lambda: {Channel.VOICE: 1})

    def __post_init__(self) -> None:
        _check_levels(f"agent {self.id}", self.skills)
        if self.capacity.get(Channel.VOICE, 0) not in (0, 1):
            raise ValueError(f"agent {self.id}: nobody has more than one voice contact at a time")
        _check_positive(f"agent {self.id}", weight=self.weight)


@dataclass(frozen=True, slots=True)
class Rung:
    """What is relaxed for a contact that has waited `after_s`, beside the rungs before this one.

    `levels` are new least levels where they are lower than the old; 0 drops the skill. `join` are queues whose
    agents may serve it too. `priority` is added to its own.
    """

    after_s: float
    levels: Mapping[str, SkillLevel] = field(default_factory=dict)
    join: tuple[str, ...] = ()
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Queue:
    """A line of contacts and the rules by which it is served.

    `skills` are required of whoever serves it, beside what a contact itself asks for. `wrap_up_s` is how
    long an agent may finish the paperwork of a contact from here; the wrap-up itself is the agent's and
    holds off every queue. A contact that has waited `max_wait_s` is given back with a refusal, so that no
    contact waits without an end. `back_off_s` is how long an agent who refused or did not answer is left
    in peace. `ring_width` is how many agents are rung for a contact at once: the first to answer wins.
    `ladder` says how requirements fall with waiting (`acd.ladder`), `overflow` when a contact goes elsewhere
    (`acd.overflow`), `announcements` when it is told how it stands, `callbacks` how callers are rung back. A caller
    who drops and rings again within `regain_s` has the old place; 0 means never.
    """

    id: str
    name: str = ""
    skills: Mapping[str, SkillLevel] = field(default_factory=dict)
    ring_timeout_s: float = 20.0
    wrap_up_s: float = 0.0
    service_level_s: float = 20.0
    max_size: int | None = None
    max_wait_s: float = 7200.0
    back_off_s: float = 5.0
    strategy: Strategy = Strategy.LONGEST_IDLE
    ring_width: int = 1
    ladder: tuple[Rung, ...] = ()
    overflow: tuple[OverflowRule, ...] = ()
    announcements: Announcements | None = None
    callbacks: CallbackRules = field(default_factory=CallbackRules)
    regain_s: float = 0.0

    def __post_init__(self) -> None:
        owner = f"queue {self.id}"
        _check_levels(owner, self.skills)
        _check_positive(
            owner,
            ring_timeout_s=self.ring_timeout_s,
            max_wait_s=self.max_wait_s,
            back_off_s=self.back_off_s,
        )
        times = [rung.after_s for rung in self.ladder]
        if times != sorted(times) or any(after_s < 0 for after_s in times):
            raise ValueError(
                f"{owner}: the rungs of the ladder must come in the order of after_s, got {times}"
            )
        if self.ring_width < 1:
            raise ValueError(f"{owner}: ring_width must be at least 1, got {self.ring_width}")
        if min(self.wrap_up_s, self.service_level_s, self.regain_s) < 0:
            raise ValueError(f"{owner}: wrap_up_s, service_level_s and regain_s must not be negative")


@dataclass(frozen=True, slots=True)
class RouterPolicy:
    """What holds for the whole centre.

    After `max_missed` offers in a row that an agent let ring out (or refused), the agent is paused with
    that reason; 0 means never. A contact that has been connected for `verify_contact_s` is asked after
    (`VerifyContact`), and taken for gone when nobody vouches for it within `verify_answer_s`: a lost
    BYE locks no agent. `priority_step_s` is how much waiting a step of priority is worth; None makes priority
    strict (`acd.ordering`). A wrap-up, however often extended, lasts at most `max_wrap_up_s`. Overflow by expression
    is asked about every `recheck_s`.
    """

    max_missed: int = 3
    verify_contact_s: float = 4 * 3600.0
    verify_answer_s: float = 30.0
    priority_step_s: float | None = None
    max_wrap_up_s: float = 1800.0
    recheck_s: float = 15.0

    def __post_init__(self) -> None:
        _check_positive(
            "policy",
            verify_contact_s=self.verify_contact_s,
            verify_answer_s=self.verify_answer_s,
            max_wrap_up_s=self.max_wrap_up_s,
            recheck_s=self.recheck_s,
        )


@dataclass(frozen=True, slots=True)
class Contact:
    """One customer interaction that waits for, or has, an agent. A higher priority is served first.

    `preferred` is an agent who alone may serve it for the first `preferred_for_s`, whatever their skills. `caller`
    is the number by which somebody who rings again is recognised.
    """

    id: str
    queue: str
    skills: Mapping[str, SkillLevel]
    priority: int
    arrived_at: float
    preferred: str | None = None
    preferred_for_s: float = 0.0
    caller: str | None = None
    channel: Channel = Channel.VOICE


@dataclass(frozen=True, slots=True)
class AgentOffer:
    """A contact offered to one agent until `deadline`, and why to this one."""

    id: str
    contact: str
    agent: str
    queue: str
    why: Why
    deadline: float


@dataclass(frozen=True, slots=True)
class Assignment:
    """An offer that was accepted: contact and agent belong together until the contact ends."""

    offer: str
    contact: str
    agent: str
    since: float
