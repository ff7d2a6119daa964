"""Busy lamps: what agents' phones are doing, for whoever subscribed to it (RFC 4235).

Data flow: an offer rings, is answered or ends -> `show(agent)` -> all calls of that agent as one document -> publish.
Nothing is told of the other party: any agent's phone may subscribe, and who calls is the caller's and this agent's
business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cordboard.live_call import LiveOffer
from telephony.calls.leg import LegState
from telephony.sip.event_packages import DialogInfo, DialogStatus, WatchedDialog

Publish = Callable[[str, DialogInfo], None]

_STATUS: dict[LegState, DialogStatus] = {
    LegState.DIALLING: "trying",
    LegState.RINGING: "early",
    LegState.UP: "confirmed",
}


class BusyLamps:
    """One lamp for each agent; `publish(agent, calls)` tells the subscribers."""

    def __init__(self, offers: Mapping[str, LiveOffer], publish: Publish) -> None:
        self._offers = offers
        self._publish = publish

    def show(self, agent: str) -> None:
        """Something about an agent's calls has changed."""
        calls = [
            WatchedDialog(offer.id, _STATUS[offer.leg.state], "recipient")
            for offer in self._offers.values()
            if offer.agent == agent and offer.leg.state in _STATUS
        ]
        self._publish(agent, DialogInfo(tuple(calls)))
