"""Asks a server to take up its folder's queues and agents: what `config_routes` answers, as a typed model."""

import httpx

from api.asking import Asking
from api.config_schema import ConfigOrder, ConfigPlanView

TIMEOUT_S = 60.0
"""Applying prepares new music first."""


class ConfigClient:
    """One server's."""

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._asking = Asking(url, transport)

    async def apply(self, order: ConfigOrder) -> ConfigPlanView:
        """Apply it, or hear what that would do. ApiError: the server's reason."""
        return await self._asking.ask(ConfigPlanView, "POST", "/v1/config/apply", order, TIMEOUT_S)
