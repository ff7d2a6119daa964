"""The routes about callbacks, over a system that only says what the test gave it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import httpx

from api.callback_schema import CallbackList, CallbackView
from api.server import create_app
from tests.api.conftest import FakeSystem

AT = datetime(2030, 5, 6, 8, 15, tzinfo=UTC)
VIEW = CallbackView(
    id="t1",
    number="+442079460000",
    queue="sales",
    status="waiting",
    position=1,
    waiting_since=AT,
    not_before=AT,
    expires_at=AT,
    data={"customer": "Acme"},
)


class OneCallback:
    """Has one until it is cancelled."""

    def __init__(self) -> None:
        self.left = [VIEW]

    def callbacks(self) -> Sequence[CallbackView]:
        return self.left

    def cancel_callback(self, callback: str) -> bool:
        before = len(self.left)
        self.left = [each for each in self.left if each.id != callback]
        return len(self.left) < before


async def test_listed_and_cancelled_once() -> None:
    app = create_app(FakeSystem(), callbacks=OneCallback())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        listed = await client.get("/v1/callbacks")
        assert CallbackList.model_validate_json(listed.content).callbacks == (VIEW,)
        assert (await client.delete("/v1/callbacks/t1")).status_code == 204
        assert (await client.delete("/v1/callbacks/t1")).status_code == 404
        assert (await client.get("/v1/callbacks")).json() == {"callbacks": []}


async def test_a_page_of_another_origin_is_not_let_delete() -> None:
    """The browser asks before it sends a DELETE to another origin; it is not told yes."""
    app = create_app(FakeSystem(), callbacks=OneCallback())
    asks = {"Origin": "http://elsewhere.example", "Access-Control-Request-Method": "DELETE"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        answer = await client.options("/v1/callbacks/t1", headers=asks)
    assert answer.status_code >= 400
    assert "access-control-allow-origin" not in answer.headers
