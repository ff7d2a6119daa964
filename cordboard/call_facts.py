"""What a flow is told of its call from the start: SIP's word about the caller, in the flow's words."""

from __future__ import annotations

from datetime import datetime

from cordboard.live_call import LiveCall
from ivr.run import CallFacts


def facts_of(call: LiveCall, arrived_at: datetime) -> CallFacts:
    """The facts of a call that has just come in."""
    said = call.leg.caller
    if said is None:
        return CallFacts(caller=call.caller, called=call.called, call_id=call.id, arrived_at=arrived_at)
    return CallFacts(
        caller=call.caller,
        called=call.called,
        call_id=call.id,
        arrived_at=arrived_at,
        asserted=said.asserted or "",
        anonymous=said.anonymous,
        diverted_from=said.diverted_from or "",
        diversion_reason=said.diversion_reason or "",
        dialled_first=said.dialled_first or "",
    )
