"""What the switchboard knows of a caller's call while it lasts: plain data, one record a call."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from ivr.session import Session
from telephony.calls.leg import Leg

if TYPE_CHECKING:
    from cordboard.connections import Connection


QUEUE_REFUSED = "refused"
"""How a caller left a queue that did not keep them: full, closed, waited too long, nobody there."""


class CallState(Enum):
    """Where a call stands, in the words that the API uses."""

    IN_FLOW = "in flow"
    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"


@dataclass(slots=True, eq=False)
class LiveCall:
    """A caller's call. `id` is also the contact's id in the ACD.

    Monotonic seconds: `since` is when this state began, `queued_at` when the caller joined the queue.
    """

    id: str
    caller: str
    called: str
    flow: str
    leg: Leg
    since: float
    state: CallState = CallState.IN_FLOW
    session: Session | None = None
    step: str | None = None
    queue: str | None = None
    queued_at: float | None = None
    own_waiting: bool = False
    """Whether the flow itself says what is heard in the queue, instead of its music."""
    agent: str | None = None
    agent_leg: Leg | None = None
    callback: bool = False
    """Whether we rang them, for a ticket whose id is the call's."""
    language: str = ""
    """In which somebody who was rung back is spoken to; the house's if empty."""
    served_queue: str | None = None
    """The last queue whose agent talked to the caller: what a survey is about."""
    served_by: str | None = None
    recording_id: str | None = None
    connection: Connection | None = None
    """Whom the flow itself has called for the caller."""

    def move(self, state: CallState, now: float) -> None:
        """Enter a state; its clock starts again."""
        self.state, self.since = state, now


@dataclass(slots=True, eq=False)
class LiveOffer:
    """An agent's phone that rings (or talks) for a call."""

    id: str
    call: LiveCall
    agent: str
    leg: Leg
    cancelled: bool = False
