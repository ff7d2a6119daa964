"""What a queue says beyond who serves it: overflow, announcements, callbacks. Configuration: frozen and comparable."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OverflowWhen(StrEnum):
    """What makes a rule apply. What `limit` means is said beside each."""

    WAITED = "waited"  # seconds that the contact has waited
    ESTIMATED_WAIT = "estimated wait"  # seconds, the middle of the estimate, on arrival
    SIZE = "size"  # contacts already waiting, on arrival
    NO_AGENTS = "no agents"  # nobody of the queue is logged in and reachable: on arrival, and while waiting
    CLOSED = "closed"  # on arrival; whoever waits when the queue closes is still served
    EXPRESSION = "expression"  # on arrival, then every RouterPolicy.recheck_s


class OverflowTo(StrEnum):
    """Where a contact goes. The router itself moves a contact to another queue; the rest is the driver's."""

    QUEUE = "queue"
    CALLBACK = "callback"
    VOICEMAIL = "voicemail"
    ANNOUNCEMENT = "announcement"
    NUMBER = "number"
    FLOW = "flow"


@dataclass(frozen=True, slots=True)
class OverflowTarget:
    """`name` is the queue, the announcement, the number, the mailbox or the branch of the flow."""

    kind: OverflowTo
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".rstrip()


@dataclass(frozen=True, slots=True)
class OverflowRule:
    """The first rule of a queue that applies is followed. `expression` is for `when` EXPRESSION only."""

    name: str
    when: OverflowWhen
    target: OverflowTarget
    limit: float = 0.0
    expression: str = ""

    def __post_init__(self) -> None:
        if (self.when is OverflowWhen.EXPRESSION) != bool(self.expression):
            raise ValueError(
                f"overflow {self.name}: an expression belongs to when=expression, and only there"
            )
        if self.limit < 0:
            raise ValueError(f"overflow {self.name}: limit must not be negative, got {self.limit}")
        if self.target.kind is OverflowTo.QUEUE and not self.target.name:
            raise ValueError(f"overflow {self.name}: which queue?")


@dataclass(frozen=True, slots=True)
class OverflowFacts:
    """What an expression may ask about. `estimate_s` is None while nothing is known of the queue's pace."""

    contact: str
    queue: str
    priority: int
    waited_s: float
    position: int
    size: int
    estimate_s: float | None
    agents_logged_in: int
    agents_available: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Announcements:
    """When a waiting contact is told its position and estimated wait; telling never touches its place."""

    first_after_s: float = 15.0
    every_s: float = 60.0

    def __post_init__(self) -> None:
        if self.first_after_s < 0 or self.every_s <= 0:
            raise ValueError("announcements: first_after_s must not be negative, every_s more than 0")


class CallbackMode(StrEnum):
    """Whose phone rings first: the agent's (who then hears the caller's ring), or the caller's."""

    AGENT_FIRST = "agent first"
    CALLER_FIRST = "caller first"


@dataclass(frozen=True, slots=True)
class CallbackRules:
    """How callbacks of a queue are made.

    The caller's phone rings for `answer_s`. After the nth attempt in vain the ticket rests for
    `retry_s * retry_factor ** (n - 1)`, and after `max_attempts`, or `expires_s` after it was due, it is given up.
    """

    mode: CallbackMode = CallbackMode.AGENT_FIRST
    answer_s: float = 40.0
    max_attempts: int = 3
    retry_s: float = 300.0
    retry_factor: float = 2.0
    expires_s: float = 86400.0

    def __post_init__(self) -> None:
        if min(self.answer_s, self.retry_s, self.expires_s) <= 0 or self.max_attempts < 1:
            raise ValueError("callbacks: answer_s, retry_s, expires_s and max_attempts must be more than 0")
        if self.retry_factor < 1:
            raise ValueError("callbacks: retry_factor must be at least 1")

    def rest_s(self, attempts: int) -> float:
        return self.retry_s * self.retry_factor ** (attempts - 1)
