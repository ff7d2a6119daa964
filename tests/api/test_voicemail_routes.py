"""Mailboxes over the API, over a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.voicemail_routes import add_voicemail_routes
from cordboard.mailbox_view import MailboxViews
from ivr.drivers.mailboxes import MailboxDriver
from journal.journal import Journal
from recordings.catalogue import CatalogueWriter
from recordings.mailboxes import Counts, MailboxMessage, MailboxStore

JSON = {"Content-Type": "application/json"}
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class World:
    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder / "db")
        CatalogueWriter(folder / "db").close()
        self.driver = MailboxDriver(MailboxStore(folder / "db"), self.journal)
        self.told: list[tuple[str, Counts]] = []
        self.driver.on_change = lambda mailbox, counts: self.told.append((mailbox, counts))
        for name in ("m1", "m2"):
            self.driver.store.leave(MailboxMessage(name, "support", "c", "+15550100", AT, 2.0, None))
        app = FastAPI()
        add_voicemail_routes(app, MailboxViews(self.driver))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")

    async def get(self, path: str) -> Any:
        response = await self.client.get(path)
        assert response.status_code == 200
        return response.json()

    async def post(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.post(path, content="{}", headers=JSON | headers)

    async def close(self) -> None:
        await self.client.aclose()
        await self.driver.close()
        self.journal.close()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    yield made
    await made.close()


async def test_mailboxes_and_what_lies_in_one(world: World) -> None:
    assert await world.get("/v1/mailboxes") == {"mailboxes": [{"mailbox": "support", "new": 2, "old": 0}]}
    listed = (await world.get("/v1/mailboxes/support/messages?limit=1"))["messages"]
    assert [(each["id"], each["heard_at"], each["path"]) for each in listed] == [("m1", None, None)]
    assert await world.get("/v1/mailboxes/nobody/messages") == {"messages": []}


async def test_a_message_is_heard_and_new_again_and_phones_are_told(world: World) -> None:
    response = await world.post("/v1/voicemail/m1/heard")
    assert response.status_code == 200
    assert response.json()["heard_at"] is not None
    new = (await world.get("/v1/mailboxes/support/messages?new=true"))["messages"]
    assert [each["id"] for each in new] == ["m2"]
    assert (await world.post("/v1/voicemail/m1/new")).json()["heard_at"] is None
    assert world.told == [("support", Counts(1, 1)), ("support", Counts(2, 0))]


async def test_a_message_is_taken_out(world: World) -> None:
    for status in (204, 404):
        response = await world.client.request("DELETE", "/v1/voicemail/m1", content="{}", headers=JSON)
        assert response.status_code == status
    assert world.told == [("support", Counts(1, 0))]


async def test_who_may_not_and_what_is_not_there(world: World) -> None:
    assert (await world.post("/v1/voicemail/none/heard")).status_code == 404
    assert (await world.post("/v1/voicemail/m1/burnt")).status_code == 422
    assert (await world.post("/v1/voicemail/m1/heard", Origin="http://evil.example")).status_code == 403
    assert (await world.client.post("/v1/voicemail/m1/heard")).status_code == 415
    assert world.told == []


async def test_watchers_start_with_what_lies_there(world: World) -> None:
    await world.driver.begin()
    assert world.told == [("support", Counts(2, 0))]
