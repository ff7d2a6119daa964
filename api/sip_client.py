"""Asks a server about its SIP: what `sip_routes` answers, as typed models."""

from typing import TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from api.client import TIMEOUT_S, ApiError
from api.schema import View
from api.sip_schema import BanList, SipLadder, SipStatus, TrunkList

V = TypeVar("V", bound=View)


class SipClient:
    """One server's."""

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = url.rstrip("/")
        self._transport = transport

    async def trunks(self) -> TrunkList:
        """Every trunk."""
        return self._read(TrunkList, await self._request("GET", "/v1/trunks"))

    async def status(self) -> SipStatus:
        """Counters and readings."""
        return self._read(SipStatus, await self._request("GET", "/v1/sip"))

    async def bans(self) -> BanList:
        """Bans that hold now."""
        return self._read(BanList, await self._request("GET", "/v1/sip/bans"))

    async def lift_ban(self, source: str) -> bool:
        """End a ban; False if there is none."""
        response = await self._request(
            "DELETE", f"/v1/sip/bans/{quote(source, safe='')}", missing_is_fine=True
        )
        return response.status_code != 404

    async def ladder(self, call_id: str) -> SipLadder | None:
        """A call's messages; None for a call of which none are kept."""
        path = f"/v1/calls/{quote(call_id, safe='')}/sip"
        response = await self._request("GET", path, missing_is_fine=True)
        return None if response.status_code == 404 else self._read(SipLadder, response)

    async def _request(self, method: str, path: str, *, missing_is_fine: bool = False) -> httpx.Response:
        try:
            async with httpx.AsyncClient(
                base_url=self._url, transport=self._transport, timeout=TIMEOUT_S, trust_env=False
            ) as client:
                response = await client.request(method, path)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ApiError(f"{self._url}: {str(error) or type(error).__name__}") from error
        if response.is_success or (missing_is_fine and response.status_code == 404):
            return response
        raise ApiError(f"{self._url}{path}: answered {response.status_code}")

    def _read(self, model: type[V], response: httpx.Response) -> V:
        try:
            return model.model_validate_json(response.content)
        except ValidationError as error:
            raise ApiError(f"{response.url}: not what a Cordboard server says") from error
