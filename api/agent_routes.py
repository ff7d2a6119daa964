"""The routes that control agents.

POST /v1/agents/{id}/login | logout | pause | resume | wrap-up-end | wrap-up-extend

They change who is called, so a web page elsewhere must not be able to ask for it (`flow_routes.only_our_own`).
"""

from typing import Annotated, Protocol

from fastapi import Depends, FastAPI, HTTPException, Path, Response

from api.agent_schema import AgentAction, AgentOrder, AgentState
from api.flow_routes import only_our_own

AgentId = Annotated[str, Path(min_length=1, max_length=256)]


class AgentConflict(Exception):
    """What was asked for cannot be done as the agent stands; the text says why."""


class AgentSystem(Protocol):
    """The running system's agents as the API controls them."""

    def control_agent(self, agent: str, action: AgentAction, order: AgentOrder) -> AgentState | None:
        """Do it, and say how the agent stands now; None for an agent nobody has heard of. AgentConflict."""


def add_agent_routes(app: FastAPI, system: AgentSystem) -> None:
    """Serve them."""

    @app.post(
        "/v1/agents/{agent_id}/{action}", response_model=AgentState, dependencies=[Depends(only_our_own)]
    )
    async def control(agent_id: AgentId, action: AgentAction, order: AgentOrder) -> Response:
        """Log an agent in or out, pause or resume them, or end or extend their wrap-up."""
        try:
            state = system.control_agent(agent_id, action, order)
        except AgentConflict as error:
            raise HTTPException(409, str(error)) from error
        if state is None:
            raise HTTPException(404, f"no agent {agent_id!r}")
        return Response(state.model_dump_json(), media_type="application/json")
