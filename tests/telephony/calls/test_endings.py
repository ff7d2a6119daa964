"""What the ends that SIP tells of mean for a leg."""

from __future__ import annotations

import pytest

from telephony.calls import endings
from telephony.calls.leg import Leg, LegState, Outcome, Party, Termination
from telephony.sip.events import EndCause


@pytest.mark.parametrize(("status", "outcome", "by"), [
    (487, Outcome.CANCELLED, Party.LOCAL),
    (480, Outcome.NO_ANSWER, Party.REMOTE),
    (408, Outcome.NO_ANSWER, Party.REMOTE),
    (404, Outcome.UNREACHABLE, Party.NETWORK),
    (503, Outcome.UNREACHABLE, Party.NETWORK),
    (486, Outcome.REFUSED, Party.REMOTE),
    (603, Outcome.REFUSED, Party.REMOTE),
])  # fmt: skip
def test_a_refusal(status: int, outcome: Outcome, by: Party) -> None:
    assert endings.of_refusal(status, "why") == Termination(outcome, by, "why", status)


@pytest.mark.parametrize(("cause", "state", "outcome", "by", "reason"), [
    (EndCause.REMOTE_BYE, LegState.UP, Outcome.COMPLETED, Party.REMOTE, "hung up"),
    (EndCause.REMOTE_CANCEL, LegState.INVITED, Outcome.CANCELLED, Party.REMOTE, "hung up before the answer"),
    (EndCause.TRANSPORT_FAILURE, LegState.UP, Outcome.LOST, Party.NETWORK, "transport failure"),
    (EndCause.TRANSPORT_FAILURE, LegState.DIALLING, Outcome.UNREACHABLE, Party.NETWORK, "transport failure"),
])  # fmt: skip
def test_the_end_of_a_session(
    cause: EndCause, state: LegState, outcome: Outcome, by: Party, reason: str
) -> None:
    leg = Leg("leg-1", state, 0.0, "+44", "192.0.2.1")
    assert endings.of_session(leg, cause, None) == Termination(outcome, by, reason)
