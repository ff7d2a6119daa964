"""Asks a server about its flows, and to change them: what `flow_routes` answers, as typed models."""

from typing import TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from api.client import ApiError
from api.flow_schema import ApplyOrder, FlowHistory, FlowList, FlowPlanView, Order, RollbackOrder
from api.schema import View

TIMEOUT_S = 60.0
"""Applying speaks new prompts first."""
V = TypeVar("V", bound=View)


class FlowClient:
    """One server's."""

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = url.rstrip("/")
        self._transport = transport

    async def flows(self) -> FlowList:
        """Those that new calls get."""
        return await self._ask(FlowList, "GET", "/v1/flows")

    async def versions(self, flow: str) -> FlowHistory:
        """What was live of a flow."""
        return await self._ask(FlowHistory, "GET", f"/v1/flows/{quote(flow, safe='')}/versions")

    async def apply(self, order: ApplyOrder) -> FlowPlanView:
        """Apply the server's folder, or hear what that would do."""
        return await self._ask(FlowPlanView, "POST", "/v1/flows/apply", order)

    async def roll_back(self, order: RollbackOrder) -> FlowPlanView:
        """Go back, or hear what that would do."""
        return await self._ask(FlowPlanView, "POST", "/v1/flows/rollback", order)

    async def _ask(self, model: type[V], method: str, path: str, order: Order | None = None) -> V:
        body = None if order is None else order.model_dump_json()
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            async with httpx.AsyncClient(
                base_url=self._url, transport=self._transport, timeout=TIMEOUT_S, trust_env=False
            ) as client:
                response = await client.request(method, path, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ApiError(f"{self._url}: {str(error) or type(error).__name__}") from error
        if not response.is_success:
            raise ApiError(f"{self._url}: {_reason(response)}")
        try:
            return model.model_validate_json(response.content)
        except ValidationError as error:
            raise ApiError(f"{self._url}{path}: not what a Cordboard server says") from error


def _reason(response: httpx.Response) -> str:
    try:
        detail = response.json().get("detail")
    except (ValueError, AttributeError):
        detail = None
    return detail if isinstance(detail, str) else f"answered {response.status_code}"
