"""Asks a server to let somebody into a talk: what `supervision_routes` answers, as typed models."""

from typing import TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from api.client import TIMEOUT_S, ApiError
from api.schema import SupervisionMode, View
from api.supervision_schema import Order, SuperviseEnd, SuperviseOrder, SupervisionState

V = TypeVar("V", bound=View)


class SupervisionClient:
    """One server's. What cannot be done is an ApiError whose text is the server's reason."""

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = url.rstrip("/")
        self._transport = transport

    async def supervise(self, call: str, mode: SupervisionMode, phone: str | None = None) -> SupervisionState:
        """Ring a supervisor's phone into a talk, or change its mode there."""
        order = SuperviseOrder(mode=mode, phone=phone)
        return await self._post(SupervisionState, call, "supervise", order)

    async def end_supervision(self, call: str, phone: str | None = None) -> SupervisionState:
        """Take it out again."""
        return await self._post(SupervisionState, call, "supervise/end", SuperviseEnd(phone=phone))

    async def _post(self, model: type[V], call: str, what: str, order: Order) -> V:
        path = f"/v1/calls/{quote(call, safe='')}/{what}"
        try:
            async with httpx.AsyncClient(
                base_url=self._url, transport=self._transport, timeout=TIMEOUT_S, trust_env=False
            ) as client:
                headers = {"Content-Type": "application/json"}
                response = await client.post(path, content=order.model_dump_json(), headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ApiError(f"{self._url}: {str(error) or type(error).__name__}") from error
        if not response.is_success:
            raise ApiError(_reason(response))
        try:
            return model.model_validate_json(response.content)
        except ValidationError as error:
            raise ApiError(f"{self._url}{path}: not what a Cordboard server says") from error


def _reason(response: httpx.Response) -> str:
    try:
        detail = response.json().get("detail")
    except (ValueError, AttributeError):
        detail = None
    return detail if isinstance(detail, str) else f"the server answered {response.status_code}"
