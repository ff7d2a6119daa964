"""The routes about flows: what they answer, and whom they refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import httpx
import pytest

from api.client import ApiError
from api.flow_client import FlowClient
from api.flow_routes import FlowConflict
from api.flow_schema import (
    ApplyOrder,
    FlowChangeView,
    FlowHistory,
    FlowPlanView,
    FlowSwitchView,
    FlowView,
    RollbackOrder,
)
from api.server import create_app
from tests.api.conftest import STARTED, FakeSystem

CHANGE = FlowChangeView(flow="main", before="a", after="b", difference="-x\n+y", numbers=("1000",), calls=2)


class FakeFlows:
    def __init__(self) -> None:
        self.orders: list[ApplyOrder | RollbackOrder] = []

    def flows(self) -> Sequence[FlowView]:
        return [FlowView(name="main", version="a", numbers=("1000",), calls=2)]

    async def flow_history(self, name: str) -> FlowHistory | None:
        if name != "main":
            return None
        return FlowHistory(flow=name, switches=(FlowSwitchView(at=STARTED, version="a", why="applied"),))

    async def apply_flows(self, order: ApplyOrder) -> FlowPlanView:
        self.orders.append(order)
        return FlowPlanView(applied=not order.dry_run, changes=(CHANGE,))

    async def roll_back_flow(self, order: RollbackOrder) -> FlowPlanView:
        if order.flow != "main":
            raise FlowConflict("no such earlier version")
        self.orders.append(order)
        return FlowPlanView(applied=not order.dry_run, changes=(CHANGE,))


@pytest.fixture
def flows() -> FakeFlows:
    return FakeFlows()


@pytest.fixture
def transport(system: FakeSystem, flows: FakeFlows) -> httpx.ASGITransport:
    return httpx.ASGITransport(create_app(system, flows=flows))


@pytest.fixture
async def http(transport: httpx.ASGITransport) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        yield client


async def test_the_client_reads_what_the_routes_say(transport: httpx.ASGITransport, flows: FakeFlows) -> None:
    client = FlowClient("http://127.0.0.1:8080", transport=transport)
    assert (await client.flows()).flows[0].version == "a"
    assert (await client.versions("main")).switches[0].why == "applied"
    assert (await client.apply(ApplyOrder())).applied is False
    assert (await client.apply(ApplyOrder(dry_run=False, expect={"main": "b"}))).changes == (CHANGE,)
    assert (await client.roll_back(RollbackOrder(flow="main", dry_run=False))).applied
    assert [order.dry_run for order in flows.orders] == [True, False, False]
    with pytest.raises(ApiError, match="no flow"):
        await client.versions("nobody")
    with pytest.raises(ApiError, match="no such earlier version"):
        await client.roll_back(RollbackOrder(flow="nobody"))


async def test_a_web_page_elsewhere_cannot_change_a_flow(http: httpx.AsyncClient, flows: FakeFlows) -> None:
    order = b'{"dry_run": false}'
    json = {"content-type": "application/json"}
    assert (await http.post("/v1/flows/apply", content=order)).status_code == 415
    plain = await http.post("/v1/flows/apply", content=order, headers={"content-type": "text/plain"})
    assert plain.status_code == 415
    foreign = {**json, "origin": "https://evil.example"}
    assert (await http.post("/v1/flows/rollback", content=order, headers=foreign)).status_code == 403
    assert flows.orders == []
    own = {**json, "origin": "http://127.0.0.1:8080"}
    assert (await http.post("/v1/flows/apply", content=order, headers=own)).status_code == 200


async def test_nothing_unknown_is_passed_over_and_a_look_is_the_default(
    http: httpx.AsyncClient, flows: FakeFlows
) -> None:
    assert (await http.post("/v1/flows/apply", json={"dryrun": False})).status_code == 422
    assert (await http.post("/v1/flows/apply", json={})).json()["applied"] is False
