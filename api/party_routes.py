"""The routes of a talk of more than two, and of what is said to one side of it.

POST /v1/calls/{id}/parties       ring an agent or a number into the talk
POST /v1/calls/{id}/parties/end   take them out again
POST /v1/calls/{id}/announce      say a text to the caller or the agent alone

They ring phones and speak to people, so a web page elsewhere must not be able to ask for it
(`flow_routes.only_our_own`).
"""

from typing import Annotated, Protocol

from fastapi import Depends, FastAPI, HTTPException, Path, Response

from api.flow_routes import only_our_own
from api.party_schema import AnnouncementState, AnnounceOrder, PartyEnd, PartyOrder, PartyState, Side
from api.schema import View

CallId = Annotated[str, Path(min_length=1, max_length=256)]


class PartyConflict(Exception):
    """What was asked for cannot be done as the talk stands; the text says why."""


class PartySystem(Protocol):
    """The running system's talks as the API adds to them; None: no call of that id lives. PartyConflict."""

    def add_party(self, call: str, agent: str | None, number: str | None) -> PartyState | None:
        """Ring somebody into the talk."""

    def end_party(self, call: str, party: str) -> PartyState | None:
        """Take them out of it."""

    async def announce(
        self, call: str, side: Side, text: str, language: str | None
    ) -> AnnouncementState | None:
        """Say it, once it is spoken."""


def add_party_routes(app: FastAPI, system: PartySystem) -> None:
    """Serve them."""

    @app.post("/v1/calls/{call_id}/parties", response_model=PartyState, dependencies=[Depends(only_our_own)])
    async def add(call_id: CallId, order: PartyOrder) -> Response:
        """Ring an agent or a number into a talk, as one more who talks."""
        try:
            return _answer(call_id, system.add_party(call_id, order.agent, order.number))
        except PartyConflict as error:
            raise HTTPException(409, str(error)) from error

    @app.post(
        "/v1/calls/{call_id}/parties/end", response_model=PartyState, dependencies=[Depends(only_our_own)]
    )
    async def end(call_id: CallId, order: PartyEnd) -> Response:
        """Hang up on somebody who was added; the talk goes on."""
        try:
            return _answer(call_id, system.end_party(call_id, order.party))
        except PartyConflict as error:
            raise HTTPException(409, str(error)) from error

    @app.post(
        "/v1/calls/{call_id}/announce", response_model=AnnouncementState, dependencies=[Depends(only_our_own)]
    )
    async def announce(call_id: CallId, order: AnnounceOrder) -> Response:
        """Say a text to one side of a talk; the other does not hear it."""
        try:
            state = await system.announce(call_id, order.side, order.text, order.language)
        except PartyConflict as error:
            raise HTTPException(409, str(error)) from error
        return _answer(call_id, state)


def _answer(call_id: str, state: View | None) -> Response:
    if state is None:
        raise HTTPException(404, f"no call {call_id!r} now")
    return Response(state.model_dump_json(), media_type="application/json")
