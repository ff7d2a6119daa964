"""Asks a server who is to be rung back, and ends a callback: what `callback_routes` answers, as typed models."""

from urllib.parse import quote

import httpx

from api.asking import Asking
from api.callback_schema import CallbackList, CallbackView


class CallbackClient:
    """One server's callbacks."""

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._asking = Asking(url, transport)

    async def callbacks(self) -> tuple[CallbackView, ...]:
        """Those that are wanted, by queue and in the order of their places."""
        return (await self._asking.ask(CallbackList, "GET", "/v1/callbacks")).callbacks

    async def cancel(self, callback: str) -> None:
        """Ring nobody back for this one. ApiError: there is no such callback."""
        await self._asking.tell("DELETE", f"/v1/callbacks/{quote(callback, safe='')}")
