"""What a flow is told of its caller."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cordboard.call_facts import facts_of
from cordboard.live_call import LiveCall
from ivr.run import CallFacts
from telephony.calls.leg import Leg, LegState
from telephony.sip.identity import CallerIdentity

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(("said", "expected"), [
    (None, CallFacts("100", "1000", "c", NOW)),
    (CallerIdentity("anonymous", asserted="+44999", anonymous=True),
     CallFacts("100", "1000", "c", NOW, asserted="+44999", anonymous=True)),
    (CallerIdentity("100", diverted_from="2002", diversion_reason="no-answer", dialled_first="2001"),
     CallFacts("100", "1000", "c", NOW, diverted_from="2002", diversion_reason="no-answer", dialled_first="2001")),
])  # fmt: skip
def test_facts(said: CallerIdentity | None, expected: CallFacts) -> None:
    leg = Leg("leg", LegState.INVITED, 0.0, "100", "10.0.0.1", caller=said)
    assert facts_of(LiveCall("c", "100", "1000", "main", leg, 0.0), NOW) == expected
