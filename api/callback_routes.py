"""The routes about callbacks.

GET    /v1/callbacks        those that are wanted
DELETE /v1/callbacks/{id}   nobody is to be rung back any more: 204

Cancelling changes what callers were promised, so a web page elsewhere must not be able to ask for it: browsers ask
leave before a DELETE to another origin, and get none here.
"""

from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import FastAPI, HTTPException, Path, Response

from api.callback_schema import CallbackList, CallbackView

CallbackId = Annotated[str, Path(min_length=1, max_length=256)]


class CallbackSystem(Protocol):
    """The running system's callbacks as the API sees them."""

    def callbacks(self) -> Sequence[CallbackView]:
        """Those that are wanted, by queue and in the order of their places."""

    def cancel_callback(self, callback: str) -> bool:
        """Nobody is to be rung back any more; False if nobody was."""


def add_callback_routes(app: FastAPI, system: CallbackSystem) -> None:
    """Serve them."""

    @app.get("/v1/callbacks", response_model=CallbackList)
    async def callbacks() -> Response:
        """Every callback that is wanted, by queue and in the order of their places."""
        found = CallbackList(callbacks=tuple(system.callbacks()))
        return Response(found.model_dump_json(), media_type="application/json")

    @app.delete("/v1/callbacks/{callback_id}", status_code=204)
    async def cancel(callback_id: CallbackId) -> None:
        """Ring nobody back for this one; an attempt that is being made stops."""
        if not system.cancel_callback(callback_id):
            raise HTTPException(404, f"no callback {callback_id!r}")
