"""Asks a server to let somebody into a talk: what `supervision_routes` and `party_routes` answer, as typed models."""

from urllib.parse import quote

import httpx

from api.asking import Asking
from api.party_schema import AnnouncementState, AnnounceOrder, PartyEnd, PartyOrder, PartyState, Side
from api.schema import SupervisionMode
from api.supervision_schema import SuperviseEnd, SuperviseOrder, SupervisionState

SPEAKING_S = 30.0
"""How long it may take until a new text is spoken."""


class SupervisionClient:
    """One server's. What cannot be done is an ApiError whose text is the server's reason."""

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._asking = Asking(url, transport)

    async def supervise(self, call: str, mode: SupervisionMode, phone: str | None = None) -> SupervisionState:
        """Ring a supervisor's phone into a talk, or change its mode there."""
        order = SuperviseOrder(mode=mode, phone=phone)
        return await self._asking.ask(SupervisionState, "POST", _path(call, "supervise"), order)

    async def end_supervision(self, call: str, phone: str | None = None) -> SupervisionState:
        """Take it out again."""
        order = SuperviseEnd(phone=phone)
        return await self._asking.ask(SupervisionState, "POST", _path(call, "supervise/end"), order)

    async def add_party(
        self, call: str, *, agent: str | None = None, number: str | None = None
    ) -> PartyState:
        """Ring an agent or a number into a talk, as one more who talks."""
        order = PartyOrder(agent=agent, number=number)
        return await self._asking.ask(PartyState, "POST", _path(call, "parties"), order)

    async def end_party(self, call: str, party: str) -> PartyState:
        """Take somebody who was added out again."""
        return await self._asking.ask(PartyState, "POST", _path(call, "parties/end"), PartyEnd(party=party))

    async def announce(
        self, call: str, side: Side, text: str, language: str | None = None
    ) -> AnnouncementState:
        """Say something to one side of a talk, which the other does not hear."""
        order = AnnounceOrder(side=side, text=text, language=language)
        path = _path(call, "announce")
        return await self._asking.ask(AnnouncementState, "POST", path, order, timeout_s=SPEAKING_S)


def _path(call: str, what: str) -> str:
    return f"/v1/calls/{quote(call, safe='')}/{what}"
