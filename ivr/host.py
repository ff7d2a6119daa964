"""What a session asks of whoever gave it its caller: the switchboard, in a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from callflows.program import Flow
from ivr.effects import (
    AskStanding,
    CancelDial,
    DialOut,
    JoinQueue,
    RequestCallback,
    SendNotice,
    SurveyAnswered,
    Tagged,
    Traced,
    TransferCaller,
)

if TYPE_CHECKING:
    from ivr.session import Session


HostOrder = TransferCaller | DialOut | CancelDial | RequestCallback | AskStanding
"""What takes more than the caller's own leg: other legs, or the router. Each ends in an event for the session."""


class Host(Protocol):
    """Takes the caller over when the flow says so, and hears what the flow does."""

    def join_queue(self, session: Session, order: JoinQueue) -> None:
        """Put the caller into a queue; answer with `QueueLeft` some time later."""

    def leave_queue(self, session: Session) -> None:
        """Take the caller out of the queue again; nothing is to be said about it any more."""

    def take_order(self, session: Session, order: HostOrder) -> bool:
        """Do what the flow wants, and post what came of it some time later; False: nobody here can do that."""

    def traced(self, session: Session, step: Traced) -> None:
        """Hear what the flow did."""

    def noted(self, session: Session, note: Tagged | SurveyAnswered) -> None:
        """Keep what the flow says about the contact."""

    def noticed(self, session: Session, notice: SendNotice, failure: str | None) -> None:
        """Hear whether somebody was told; the call may be over by then."""

    def flow_named(self, name: str) -> Flow | None:
        """The flow that new callers of this name get now."""

    def entered(self, session: Session, flow: Flow) -> None:
        """Hear that the session goes on in another flow."""

    def moved(self, session: Session) -> None:
        """Hear that the run may stand elsewhere, or know something new."""

    def flow_ended(self, session: Session, cause: str) -> None:
        """The flow is over; the leg has been hung up."""
