"""How long simulated agents were at work, and how much of that time they were busy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from acd.effects import PresenceChanged
from acd.model import Agent, Presence
from acd.state import AgentState


class Staff:
    """Watches presences. `states` are the router's own records: they know how long each agent worked."""

    def __init__(self, agents: Sequence[Agent], states: Mapping[str, AgentState]) -> None:
        self._agents = agents
        self._states = states
        self._since = {agent.id: 0.0 for agent in agents if agent.static}
        self._logged_in_s: dict[str, float] = {}

    def count(self, effect: PresenceChanged, now: float) -> None:
        """Somebody's presence has changed."""
        if effect.presence is Presence.OFFLINE:
            since = self._since.pop(effect.agent)
            self._logged_in_s[effect.agent] = self._logged_in_s.get(effect.agent, 0.0) + now - since
        else:
            self._since.setdefault(effect.agent, now)

    def occupancy(self, now: float, queue: str | None = None) -> float:
        """Of the agents of a queue, or of all."""
        return self._occupancy((a.id for a in self._agents if queue is None or queue in a.queues), now)

    def _occupancy(self, agents: Iterable[str], now: float) -> float:
        worked_s = logged_in_s = 0.0
        for agent in agents:
            worked_s += self._states[agent].load.worked_until(now)
            since = self._since.get(agent)
            logged_in_s += self._logged_in_s.get(agent, 0.0) + (0.0 if since is None else now - since)
        return worked_s / logged_in_s if logged_in_s else 0.0
