"""Agents logged in and out, paused and resumed from outside. Serves `api.agent_routes.AgentSystem`.

Says no where the router would only pass over it, so that whoever asks hears why.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from acd.events import (
    AgentLoggedIn,
    AgentLoggedOut,
    AgentPaused,
    AgentResumed,
    Event,
    WrapUpEnded,
    WrapUpExtended,
)
from acd.model import AWAY, Presence
from acd.router import Router
from acd.views import AgentSummary
from api.agent_routes import AgentConflict
from api.agent_schema import AgentAction, AgentOrder, AgentState
from cordboard.directory import Directory

BREAK = "break"
"""What a pause is for when nobody said."""


class AgentControl:
    """Feeds the router what people say about agents."""

    def __init__(self, router: Router, directory: Directory, feed: Callable[[Event], None]) -> None:
        self._router = router
        self._directory = directory
        self._feed = feed

    def control_agent(self, agent: str, action: AgentAction, order: AgentOrder) -> AgentState | None:
        """Do it, and say how the agent stands now. AgentConflict: not as things are."""
        now = self._now(agent)
        if now is None:
            return None
        self._feed(self._event(now, action, order))
        after = self._now(agent)
        assert after is not None, "agents do not vanish by what they do"
        return AgentState(id=agent, presence=str(after.presence), reason=after.reason)

    def event_of(self, agent: str, action: AgentAction, order: AgentOrder) -> Event:
        """What it means for the router, if it can be done. AgentConflict: not as things are."""
        now = self._now(agent)
        if now is None:
            raise AgentConflict("they are no agent")
        return self._event(now, action, order)

    def _now(self, agent: str) -> AgentSummary | None:
        if agent not in self._directory.agents:
            return None
        return self._router.agent_view(agent, time.monotonic())

    def _event(self, now: AgentSummary, action: AgentAction, order: AgentOrder) -> Event:
        reason = order.reason
        match action:
            case "login":
                _require(self._directory.reach(now.id) is not None, "their phone is not registered")
                return AgentLoggedIn(now.id, reason)
            case "logout":
                _require(not self._directory.agents[now.id].static, "they are always on duty")
                _require(now.presence is not Presence.OFFLINE, "they are not logged in")
                return AgentLoggedOut(now.id, reason)
            case "pause":
                _require(now.presence not in AWAY, f"they are {now.presence}")
                return AgentPaused(now.id, reason or BREAK)
            case "resume":
                resumable = now.presence in (Presence.PAUSED, Presence.ON_CONTACT)
                _require(resumable, f"they are not paused, but {now.presence}")
                return AgentResumed(now.id, reason)
            case "wrap-up-end":
                _require(now.presence is Presence.WRAP_UP, f"they are not in wrap-up, but {now.presence}")
                return WrapUpEnded(now.id)
            case "wrap-up-extend":
                _require(now.presence is Presence.WRAP_UP, f"they are not in wrap-up, but {now.presence}")
                return WrapUpExtended(now.id, order.by_s)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AgentConflict(otherwise)
