"""One question to a server, its answer typed; what cannot be done is an ApiError whose text is the server's reason."""

from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from api.client import TIMEOUT_S, ApiError
from api.schema import View

V = TypeVar("V", bound=View)


class Asking:
    """Asks one server."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = url.rstrip("/")
        self._transport = transport

    async def ask(
        self,
        model: type[V],
        method: str,
        path: str,
        order: BaseModel | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> V:
        """The answer as a model."""
        response = await self._send(method, path, order, timeout_s)
        try:
            return model.model_validate_json(response.content)
        except ValidationError as error:
            raise ApiError(f"{self._url}{path}: not what a Cordboard server says") from error

    async def tell(self, method: str, path: str) -> None:
        """A request that is answered by nothing."""
        await self._send(method, path, None, TIMEOUT_S)

    async def _send(
        self, method: str, path: str, order: BaseModel | None, timeout_s: float
    ) -> httpx.Response:
        body = None if order is None else order.model_dump_json(exclude_none=True)
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            async with httpx.AsyncClient(
                base_url=self._url, transport=self._transport, timeout=timeout_s, trust_env=False
            ) as client:
                response = await client.request(method, path, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ApiError(f"{self._url}: {str(error) or type(error).__name__}") from error
        if not response.is_success:
            raise ApiError(_reason(response))
        return response


def _reason(response: httpx.Response) -> str:
    try:
        detail = response.json().get("detail")
    except (ValueError, AttributeError):
        detail = None
    return detail if isinstance(detail, str) else f"the server answered {response.status_code}"
