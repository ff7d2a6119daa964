"""Asks a server to log agents in and out, pause and resume them: what `agent_routes` answers, as typed models."""

from urllib.parse import quote

import httpx

from api.agent_schema import AgentAction, AgentOrder, AgentState
from api.asking import Asking


class AgentClient:
    """One server's agents."""

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._asking = Asking(url, transport)

    async def control(
        self, agent: str, action: AgentAction, reason: str | None = None, by_s: float | None = None
    ) -> AgentState:
        """Do it; how the agent stands afterwards. ApiError: it cannot be, and why."""
        order = AgentOrder(reason=reason) if by_s is None else AgentOrder(reason=reason, by_s=by_s)
        return await self._asking.ask(
            AgentState, "POST", f"/v1/agents/{quote(agent, safe='')}/{action}", order
        )
