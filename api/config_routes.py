"""The route that changes queues and agents while the server runs.

POST /v1/config/apply    apply the folder's queues and agents, or say what that would do

It changes who is called, so a web page elsewhere must not be able to ask for it (`flow_routes.only_our_own`).
"""

from typing import Protocol

from fastapi import Depends, FastAPI, HTTPException, Response

from api.config_schema import ConfigOrder, ConfigPlanView
from api.flow_routes import only_our_own


class ConfigConflict(Exception):
    """What was asked for cannot be done as things are; the text says why."""


class ConfigSystem(Protocol):
    """The running system's configuration as the API changes it."""

    async def apply_config(self, order: ConfigOrder) -> ConfigPlanView:
        """Apply the folder, or say what that would do. ConfigConflict."""


def add_config_routes(app: FastAPI, system: ConfigSystem) -> None:
    """Serve it."""

    @app.post("/v1/config/apply", response_model=ConfigPlanView, dependencies=[Depends(only_our_own)])
    async def apply(order: ConfigOrder) -> Response:
        """Apply the queues and agents of the server's folder; with `dry_run`, only say what that would do."""
        try:
            plan = await system.apply_config(order)
        except ConfigConflict as error:
            raise HTTPException(409, str(error)) from error
        return Response(plan.model_dump_json(), media_type="application/json")
