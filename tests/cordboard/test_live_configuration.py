"""Queues and agents changed while callers wait and agents talk: the real folder, router and flows."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from acd.events import QueueOpened
from acd.model import Presence
from api.client import ApiError
from api.config_client import ConfigClient
from api.config_schema import ConfigOrder
from api.server import create_app
from callflows.calendars import Calendar
from cordboard.cli import app as cli
from cordboard.config import load_configuration
from cordboard.config_view import ConfigViews
from cordboard.flow_versions import FlowVersions
from cordboard.live_call import CallState
from cordboard.live_configuration import LiveConfiguration, Rooms
from cordboard.live_flows import LiveFlows
from cordboard.opening_hours import OpeningHours
from cordboard.queue_settings import QueueSettings
from cordboard.shifts import Shifts
from tests.api.conftest import FakeSystem
from tests.cordboard.switchboard_room import Room

SETTINGS = """\
name: Test
numbers: {"1000": main, "2000": line}
queues:
  sales: {wrap_up: 0s, ring_timeout: 5s}
agents: {carol: {queues: [sales], password: "${SECRET}"}}
static_agents:
  - {id: alice, contact: "sip:alice@127.0.0.1:5090", queues: [sales]}
"""
BOB = """\
  - {id: bob, contact: "sip:bob@127.0.0.1:5091", queues: [sales]}
"""


class World:
    """A server's queues and agents, a folder that somebody edits, and the API over both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"SECRET": "a-secret"}
        os.environ.pop("SECRET", None)
        self.room = Room(folder, settings=SETTINGS.replace("${SECRET}", "a-secret"))
        self.write(SETTINGS)
        (folder / "patient.yaml").unlink()
        configuration = load_configuration(folder, self.environment)
        self.versions = FlowVersions(folder / "test.db")
        journal: Any = self.room.journal
        prompts: Any = None
        self.flows = LiveFlows(configuration, self.versions, prompts, journal, lambda _flow: 0)
        self.hours = OpeningHours({})
        self.shifts = Shifts({})
        self.music_fails = False
        rooms = Rooms(
            self.room.router,
            self.room.board,
            self.room.directory,
            self.flows,
            self.hours,
            self.shifts,
            journal,
            lambda settings: {name: each.password or "" for name, each in settings.agents.items()},
            self.prepare_music,
        )
        self.live = LiveConfiguration(configuration, rooms)
        app = create_app(FakeSystem(), config=ConfigViews(self.live, self.room.board.calls))
        self.client = ConfigClient("http://localhost", transport=httpx.ASGITransport(app))

    async def prepare_music(self, queue: QueueSettings) -> Path:
        if self.music_fails:
            raise OSError("no such file")
        return Path("music.ulaw")

    def write(self, settings: str) -> None:
        (self.folder / "cordboard.yaml").write_text(settings)

    def edit(self, before: str, after: str) -> None:
        text = (self.folder / "cordboard.yaml").read_text()
        assert before in text
        self.write(text.replace(before, after))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    await made.flows.begin()
    yield made
    await made.room.board.close()
    made.versions.close()


async def test_nothing_differs_at_the_start(world: World) -> None:
    plan = await world.client.apply(ConfigOrder())
    assert (plan.changes, plan.restart, plan.problems, plan.applied) == ((), (), (), False)


async def test_a_plan_names_who_waits_and_who_serves_and_changes_nothing(world: World) -> None:
    await world.room.ring_in("2000")
    await world.room.ring_in("2000", "+442079460001")
    world.edit("wrap_up: 0s", "wrap_up: 20s")
    plan = await world.client.apply(ConfigOrder())
    assert [(each.about, each.what, each.before, each.after) for each in plan.changes] == [
        ("queue sales", "wrap_up_s", "0.0", "20.0")
    ]
    assert [each.caller for each in plan.contacts] == ["+442079460000", "+442079460001"]
    assert plan.agents == ("carol", "alice")
    assert not plan.applied
    assert world.room.board.settings.queues["sales"].wrap_up == 0.0


async def test_an_agent_who_comes_takes_the_waiting_caller_and_nobody_is_logged_out(world: World) -> None:
    await world.room.ring_in("2000")
    world.room.exchange.pick_up(world.room.exchange.dialled[0])
    await world.room.ring_in("2000", "+442079460001")
    before = world.room.router.queues_view(0.0)[0]
    world.write(SETTINGS + BOB)
    plan = await world.client.apply(ConfigOrder())
    done = await world.client.apply(ConfigOrder(dry_run=False, expect=plan.version))
    assert done.applied
    assert world.room.presence("alice") is Presence.ON_CONTACT
    assert [leg.peer for leg in world.room.exchange.dialled] == ["alice", "bob"]
    after = world.room.router.queues_view(0.0)[0]
    assert (after.offered, after.answered) == (before.offered, before.answered) == (2, 1)
    assert "configuration.applied" in world.room.journal.kinds()
    assert (await world.client.apply(ConfigOrder())).changes == ()


async def test_a_new_queue_serves_at_once_with_its_music_hours_and_shifts(world: World) -> None:
    hours = "{time_zone: UTC, weekly: {mon-sun: closed}}"
    world.edit("  sales:", f"  vip: {{hours: {hours}}}\n  sales:")
    world.edit("carol: {queues: [sales]", f"carol: {{queues: [vip], shift: {hours}")
    done = await world.client.apply(ConfigOrder(dry_run=False))
    assert done.applied
    assert world.room.board.music["vip"] == Path("music.ulaw")
    assert [event.queue for event in world.hours.changes(datetime.now(UTC))] == ["vip"]
    assert set(world.shifts.calendars) == {"carol"}
    assert world.room.directory.agents["carol"].queues == ("vip",)
    assert world.room.directory.password("carol", "cordboard") == "a-secret"


async def test_a_queue_goes_when_its_callers_are_moved(world: World) -> None:
    world.edit("agents: {carol", "  help: {}\nagents: {carol")
    assert (await world.client.apply(ConfigOrder(dry_run=False))).applied
    (world.folder / "line.yaml").write_text(
        "flow: line\nstart: main\nsections:\n  main:\n    - queue: help\n"
    )
    await world.room.ring_in("2000")
    world.room.exchange.pick_up(world.room.exchange.dialled[0])
    waiting = await world.room.ring_in("2000", "+442079460001")
    world.write(
        (world.folder / "cordboard.yaml").read_text().replace("sales", "help").replace("  help: {}\n", "", 1)
    )
    refused = await world.client.apply(ConfigOrder())
    assert any("say where to move them" in each for each in refused.problems)
    assert any("sales" in each for each in refused.problems), "the live flow still names it"
    world.flows._texts["line"] = (world.folder / "line.yaml").read_text()  # as `flow apply` would have it
    done = await world.client.apply(ConfigOrder(dry_run=False, move={"sales": "help"}))
    assert done.applied, done.problems
    [call] = [each for each in world.room.board.calls.values() if each.leg is waiting]
    assert (call.queue, call.state) == ("help", CallState.WAITING)
    world.room.exchange.end(world.room.exchange.dialled[0])
    assert world.room.exchange.dialled[-1].peer == "alice"
    world.room.exchange.pick_up(world.room.exchange.dialled[-1])
    assert call.state is CallState.TALKING


async def test_a_broken_file_is_never_applied(world: World) -> None:
    world.edit("wrap_up: 0s", "wrap_up: soon")
    for dry_run in (True, False):
        plan = await world.client.apply(ConfigOrder(dry_run=dry_run))
        assert not plan.applied
        assert "cordboard.yaml:4:" in plan.problems[0]
    assert "configuration.applied" not in world.room.journal.kinds()


async def test_other_sections_wait_for_the_next_start(world: World) -> None:
    world.edit("name: Test", "name: Other\nmax_missed: 9")
    world.edit("carol: {queues", "carol: {role: supervisor, queues")
    plan = await world.client.apply(ConfigOrder())
    assert plan.restart == ("name", "max_missed", "agents: carol: role")
    assert plan.changes == ()


async def test_what_was_not_looked_at_is_not_applied(world: World) -> None:
    world.edit("wrap_up: 0s", "wrap_up: 1s")
    with pytest.raises(ApiError, match="look again"):
        await world.client.apply(ConfigOrder(dry_run=False, expect="something else"))
    world.music_fails = True
    with pytest.raises(ApiError, match="music"):
        await world.client.apply(ConfigOrder(dry_run=False))
    assert world.room.board.settings.queues["sales"].wrap_up == 0.0


async def test_a_queue_whose_hours_are_gone_is_opened() -> None:
    closed = Calendar.model_validate({"time_zone": "UTC", "weekly": {}})
    hours = OpeningHours({"sales": closed})
    now = datetime(2030, 5, 6, tzinfo=UTC)
    assert len(hours.changes(now)) == 1
    hours.replace({})
    assert hours.changes(now) == [QueueOpened("sales")]
    assert hours.changes(now) == []


def test_the_command_says_what_is_wrong_with_it() -> None:
    run = CliRunner().invoke(cli, ["config", "plan", "--move", "sales"])
    assert run.exit_code == 1
    assert "OLD=NEW" in run.stderr
    nobody = CliRunner().invoke(cli, ["config", "apply", "--url", "http://127.0.0.1:9"])
    assert nobody.exit_code == 1
