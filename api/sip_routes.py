"""The routes about SIP: trunks, bans, status, a call's messages.

GET    /v1/trunks              every trunk and how it is
GET    /v1/sip                 what was kept out, whether there is room
GET    /v1/sip/bans            who is not listened to
DELETE /v1/sip/bans/{source}   listen to them again
GET    /v1/calls/{id}/sip      a call's messages
"""

from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import FastAPI, HTTPException, Path, Response

from api.schema import View
from api.sip_schema import BanList, BanView, SipLadder, SipStatus, TrunkList, TrunkView

Source = Annotated[str, Path(min_length=1, max_length=64)]
CallId = Annotated[str, Path(min_length=1, max_length=256)]


class SipSystem(Protocol):
    """The running system's signalling as the API sees it."""

    def trunks(self) -> Sequence[TrunkView]:
        """Every trunk."""

    def bans(self) -> Sequence[BanView]:
        """Bans that hold now."""

    def lift_ban(self, source: str) -> bool:
        """End a ban; False if there is none."""

    def sip_status(self) -> SipStatus:
        """Counters and readings."""

    async def ladder(self, call_id: str) -> SipLadder | None:
        """A call's messages; None for an unknown call."""


def add_sip_routes(app: FastAPI, system: SipSystem) -> None:
    """Serve them."""

    @app.get("/v1/trunks", response_model=TrunkList)
    async def trunks() -> Response:
        """Every trunk and how it is."""
        return _json(TrunkList(trunks=tuple(system.trunks())))

    @app.get("/v1/sip", response_model=SipStatus)
    async def sip() -> Response:
        """What was kept out since the start, and whether there is room for new calls."""
        return _json(system.sip_status())

    @app.get("/v1/sip/bans", response_model=BanList)
    async def bans() -> Response:
        """Who is not listened to, the newest ban first."""
        return _json(BanList(bans=tuple(system.bans())))

    @app.delete("/v1/sip/bans/{source:path}", status_code=204)
    async def lift(source: Source) -> None:
        """Listen to a source again."""
        if not system.lift_ban(source):
            raise HTTPException(404, f"{source!r} is not banned")

    @app.get("/v1/calls/{call_id}/sip", response_model=SipLadder)
    async def ladder(call_id: CallId) -> Response:
        """A call's SIP messages, oldest first, secrets masked."""
        found = await system.ladder(call_id)
        if found is None:
            raise HTTPException(404, f"no messages of a call {call_id!r} are kept")
        return _json(found)


def _json(view: View) -> Response:
    return Response(view.model_dump_json(), media_type="application/json")
