"""The routes about flows: which are live, how they change.

GET  /v1/flows                  every flow that is live
GET  /v1/flows/{name}/versions  what was live before
POST /v1/flows/apply            apply the folder, or say what that would do
POST /v1/flows/rollback         go back, or say what that would do

These change what callers hear, so a web page must not be able to ask for it: a body that is not declared as JSON is
refused (a page may send others anywhere without being asked), and so is a request that names a foreign origin.
"""

from collections.abc import Sequence
from typing import Annotated, Protocol
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, HTTPException, Path, Request, Response

from api.flow_schema import ApplyOrder, FlowHistory, FlowList, FlowPlanView, FlowView, RollbackOrder
from api.schema import View

FlowName = Annotated[str, Path(min_length=1, max_length=256)]


class FlowConflict(Exception):
    """What was asked for cannot be done as things are; the text says why."""


class FlowSystem(Protocol):
    """The running system's flows as the API sees them."""

    def flows(self) -> Sequence[FlowView]:
        """Those that new calls get."""

    async def flow_history(self, name: str) -> FlowHistory | None:
        """What was live of a flow; None for one nobody has heard of."""

    async def apply_flows(self, order: ApplyOrder) -> FlowPlanView:
        """Apply the folder, or say what that would do. FlowConflict."""

    async def roll_back_flow(self, order: RollbackOrder) -> FlowPlanView:
        """Go back, or say what that would do. FlowConflict."""


def only_our_own(request: Request) -> None:
    """Refuse what a web page elsewhere could have sent."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise HTTPException(415, "send JSON, declared as application/json")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "another site's page may not do that")


def add_flow_routes(app: FastAPI, system: FlowSystem) -> None:
    """Serve them."""

    @app.get("/v1/flows", response_model=FlowList)
    async def flows() -> Response:
        """Every flow that new calls get, with its version."""
        return _json(FlowList(flows=tuple(system.flows())))

    @app.get("/v1/flows/{name}/versions", response_model=FlowHistory)
    async def versions(name: FlowName) -> Response:
        """What was live of a flow, the newest first."""
        found = await system.flow_history(name)
        if found is None:
            raise HTTPException(404, f"no flow {name!r}")
        return _json(found)

    @app.post("/v1/flows/apply", response_model=FlowPlanView, dependencies=[Depends(only_our_own)])
    async def apply(order: ApplyOrder) -> Response:
        """Apply the flows of the server's folder; with `dry_run`, only say what that would do."""
        try:
            return _json(await system.apply_flows(order))
        except FlowConflict as error:
            raise HTTPException(409, str(error)) from error

    @app.post("/v1/flows/rollback", response_model=FlowPlanView, dependencies=[Depends(only_our_own)])
    async def rollback(order: RollbackOrder) -> Response:
        """Go back to an earlier version of a flow; with `dry_run`, only say what that would do."""
        try:
            return _json(await system.roll_back_flow(order))
        except FlowConflict as error:
            raise HTTPException(409, str(error)) from error


def _json(view: View) -> Response:
    return Response(view.model_dump_json(), media_type="application/json")
