"""Agents controlled over the API: the real routes, the real router."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path

import httpx
import pytest

from acd.effects import OfferAgent
from acd.events import AgentLoggedIn, ContactEnded, ContactQueued, Event, OfferAccepted, OfferRefused
from acd.router import Router
from api.server import create_app
from cordboard import wiring
from cordboard.agent_control import AgentControl
from cordboard.config import load_configuration
from cordboard.directory import Directory
from tests.api.conftest import FakeSystem

SETTINGS = """\
numbers: {"1": main}
max_missed: 1
queues: {sales: {}}
agents: {ann: {queues: [sales]}}
static_agents: [{id: bob, contact: "sip:bob@127.0.0.1", queues: [sales]}]
"""
FLOW = "flow: main\nstart: main\nsections:\n  main:\n    - hangup: normal\n"


class House:
    def __init__(self, folder: Path) -> None:
        (folder / "cordboard.yaml").write_text(SETTINGS)
        (folder / "main.yaml").write_text(FLOW)
        settings = load_configuration(folder, {}).settings
        ids = count()
        directory = Directory(settings, {})
        self.router = Router(
            wiring.queues(settings),
            list(directory.agents.values()),
            lambda: str(next(ids)),
            policy=wiring.policy(settings),
            now=time.monotonic(),
        )
        app = create_app(FakeSystem(), agents=AgentControl(self.router, directory, self.feed))
        self.transport = httpx.ASGITransport(app)

    def feed(self, event: Event) -> None:
        self.effects = self.router.handle(event, time.monotonic())

    async def post(self, path: str, order: object, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=self.transport, base_url="http://localhost") as client:
            return await client.post(f"/v1/agents/{path}", json=order, headers=headers)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def test_an_agent_pauses_with_a_reason_and_comes_back(house: House) -> None:
    paused = await house.post("bob/pause", {"reason": "lunch"})
    assert paused.json() == {"id": "bob", "presence": "paused", "reason": "lunch"}
    assert (await house.post("bob/resume", {})).json()["presence"] == "available"
    assert (await house.post("bob/pause", {})).json()["reason"] == "break"


async def test_a_pause_for_missed_calls_is_resumable(house: House) -> None:
    house.feed(ContactQueued("c", "sales"))
    [offer] = [each for each in house.effects if isinstance(each, OfferAgent)]
    house.feed(OfferRefused(offer.offer.id, "no_answer"))
    state = await house.post("bob/resume", {})
    assert (state.status_code, state.json()["presence"]) == (200, "ringing"), "the caller waited"


async def test_logging_out_and_in(house: House) -> None:
    house.feed(AgentLoggedIn("ann"))
    assert (await house.post("ann/logout", {"reason": "home"})).json()["presence"] == "offline"
    refused = await house.post("ann/login", {})
    assert (refused.status_code, refused.json()["detail"]) == (409, "their phone is not registered")


async def test_wrap_up_is_extended_and_ended(house: House) -> None:
    house.feed(ContactQueued("c", "sales"))
    [offer] = [each for each in house.effects if isinstance(each, OfferAgent)]
    house.feed(OfferAccepted(offer.offer.id))
    house.feed(ContactEnded("c"))
    assert (await house.post("bob/wrap-up-extend", {"by_s": 90})).json()["presence"] == "wrap-up"
    deadline = house.router.next_deadline()
    assert deadline is not None
    assert 60 < deadline - time.monotonic() <= 100  # ten seconds are the queue's
    assert (await house.post("bob/wrap-up-extend", {"by_s": -1})).status_code == 422
    assert (await house.post("bob/wrap-up-end", {})).json()["presence"] == "available"
    assert (await house.post("bob/wrap-up-extend", {})).status_code == 409


@pytest.mark.parametrize(("path", "status"), [
    ("bob/logout", 409),
    ("bob/resume", 409),
    ("bob/wrap-up-end", 409),
    ("ann/pause", 409),
    ("nobody/pause", 404),
    ("bob/dance", 422),
])  # fmt: skip
async def test_what_cannot_be_done_is_said(house: House, path: str, status: int) -> None:
    assert (await house.post(path, {})).status_code == status


async def test_other_sites_pages_may_not(house: House) -> None:
    assert (await house.post("bob/pause", {}, origin="http://evil.example")).status_code == 403
    assert (await house.post("bob/pause", {}, **{"content-type": "text/plain"})).status_code == 415
