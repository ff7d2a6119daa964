"""The routes of whoever joins a talk.

POST /v1/calls/{id}/supervise       listen, whisper, barge; or another mode
POST /v1/calls/{id}/supervise/end   leave it

They let people hear others' talks, so a web page elsewhere must not be able to ask for it (`flow_routes.only_our_own`).
"""

from typing import Annotated, Protocol

from fastapi import Depends, FastAPI, HTTPException, Path, Response

from api.flow_routes import only_our_own
from api.schema import SupervisionMode, View
from api.supervision_schema import SuperviseEnd, SuperviseOrder, SupervisionState

CallId = Annotated[str, Path(min_length=1, max_length=256)]


class SupervisionConflict(Exception):
    """What was asked for cannot be done as the talk stands; the text says why."""


class SupervisionForbidden(Exception):
    """Whoever was named may not do that; the text says why."""


class SupervisionSystem(Protocol):
    """The running system's talks as the API joins them; None: no call of that id lives."""

    def supervise(self, call: str, mode: SupervisionMode, phone: str | None) -> SupervisionState | None:
        """Ring the phone, or change what it may do in the talk. SupervisionConflict, SupervisionForbidden."""

    def end_supervision(self, call: str, phone: str | None) -> SupervisionState | None:
        """Take the phone out of the talk. SupervisionConflict."""


def add_supervision_routes(app: FastAPI, system: SupervisionSystem) -> None:
    """Serve them."""

    @app.post(
        "/v1/calls/{call_id}/supervise", response_model=SupervisionState, dependencies=[Depends(only_our_own)]
    )
    async def supervise(call_id: CallId, order: SuperviseOrder) -> Response:
        """Ring a supervisor's phone into a talk; or change the mode of one that is in it."""
        try:
            return _answer(call_id, system.supervise(call_id, order.mode, order.phone))
        except (SupervisionConflict, SupervisionForbidden) as error:
            raise _refusal(error) from error

    @app.post(
        "/v1/calls/{call_id}/supervise/end",
        response_model=SupervisionState,
        dependencies=[Depends(only_our_own)],
    )
    async def end(call_id: CallId, order: SuperviseEnd) -> Response:
        """Hang up a supervisor's phone; the talk goes on."""
        try:
            return _answer(call_id, system.end_supervision(call_id, order.phone))
        except SupervisionConflict as error:
            raise _refusal(error) from error


def _answer(call_id: str, state: View | None) -> Response:
    if state is None:
        raise HTTPException(404, f"no call {call_id!r} now")
    return Response(state.model_dump_json(), media_type="application/json")


def _refusal(error: SupervisionConflict | SupervisionForbidden) -> HTTPException:
    return HTTPException(409 if isinstance(error, SupervisionConflict) else 403, str(error))
