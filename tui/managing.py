"""What a supervisor does about the selected agent, and what is said of it: to work, home, pause and back, paperwork.

Owns: what a key means, in words. Must not know keys or screens.
"""

from collections.abc import Mapping
from typing import Protocol

from api.agent_schema import AgentAction, AgentState
from api.client import ApiError
from api.schema import AgentView, Presence
from tui.signs import PRESENCE_SIGNS

BY = "console"
"""The reason of what is done here, for whoever looks at the agent."""
PAUSE = "paused by a supervisor"


class Agents(Protocol):
    """What is needed of a client."""

    async def control(
        self, agent: str, action: AgentAction, reason: str | None = None, by_s: float | None = None
    ) -> AgentState:
        """Do it; how the agent stands afterwards. ApiError: the server's reason."""


class CannotManage(Exception):
    """Not as things are; the text is for the supervisor."""


class Managing:
    """At one console; without `agents` it only looks on."""

    def __init__(self, agents: Agents | None) -> None:
        self._agents = agents

    async def press(self, agent: AgentView | None, action: AgentAction) -> str:
        """Do it; what came of it, in words. CannotManage."""
        if agent is None:
            raise CannotManage("no agent is selected: 3 goes to the agents")
        if self._agents is None:
            raise CannotManage("this console only looks on")
        try:
            state = await self._agents.control(agent.id, action, PAUSE if action == "pause" else BY)
        except ApiError as error:
            raise CannotManage(f"{agent.name}: {error}") from error
        return _said(agent, action, state)


_MORE: Mapping[AgentAction, str] = {"wrap-up-extend": "a minute more for the wrap-up"}


def _said(agent: AgentView, action: AgentAction, state: AgentState) -> str:
    if action in _MORE:
        return f"{agent.name}: {_MORE[action]}"
    words: dict[str, str] = {_spelt(name): sign.word for name, sign in PRESENCE_SIGNS.items()}
    stands = words.get(_spelt(state.presence), state.presence)
    if action in ("pause", "logout") and stands == PRESENCE_SIGNS["on_contact"].word:
        return f"{agent.name} finishes the call first"
    return f"{agent.name} is {stands}"


def _spelt(presence: Presence | str) -> str:
    return presence.replace("-", " ").replace("_", " ")
