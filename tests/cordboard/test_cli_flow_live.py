"""`cordboard flow apply`, `rollback`, `versions` against live flows of a real folder, through the API."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import Result
from typer.testing import CliRunner

from api import flow_client
from api.server import create_app
from cordboard.cli import app
from cordboard.flow_view import FlowViews
from tests.api.conftest import FakeSystem
from tests.cordboard.test_live_flows import MAIN, Room

GOOD_MORNING = MAIN.replace("Hello.", "Good morning.")
BROKEN = MAIN.replace("say:", "sya:")


class Desk:
    """Live flows behind an API, and a terminal."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = Room(folder)
        asyncio.run(self.room.live.begin())
        system: Any = FakeSystem()
        transport = httpx.ASGITransport(create_app(system, flows=FlowViews(self.room.live)))
        made = flow_client.FlowClient
        monkeypatch.setattr(flow_client, "FlowClient", lambda url: made(url, transport=transport))

    def run(self, *command: str, answer: str = "") -> Result:
        return CliRunner().invoke(app, ["flow", *command], input=answer)

    @property
    def live(self) -> str:
        return self.room.live["main"].version


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    made = Desk(tmp_path, monkeypatch)
    yield made
    made.room.versions.close()


def test_apply_shows_the_difference_and_who_is_affected_and_switches_when_told_to(desk: Desk) -> None:
    desk.room.write("main", GOOD_MORNING)
    done = desk.run("apply", answer="y\n")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"main: changed, {desk.room.first} -> {desk.live}\n")
    for line in (
        "  callers of 1000",
        "  callers handed over by line",
        f"  2 in it now, who finish on {desk.room.first}",
        "-    - say: Hello.",
        "+    - say: Good morning.",
        f"Live: main {desk.live}",
    ):
        assert line in done.stdout.splitlines(), done.stdout
    assert desk.live != desk.room.first
    assert desk.run("apply").stdout == "Nothing differs from what is live.\n"


@pytest.mark.parametrize(("options", "answer"), [((), "n\n"), ((), ""), (("--dry-run",), "")])
def test_nothing_is_switched_without_a_yes(desk: Desk, options: tuple[str, ...], answer: str) -> None:
    desk.room.write("main", GOOD_MORNING)
    shown = desk.run("apply", *options, answer=answer)
    assert "+    - say: Good morning." in shown.stdout
    assert desk.live == desk.room.first


def test_yes_does_not_ask(desk: Desk) -> None:
    desk.room.write("main", GOOD_MORNING)
    assert desk.run("apply", "--yes").exit_code == 0
    assert desk.live != desk.room.first


def test_a_broken_file_is_never_applied_and_its_mistake_is_shown(desk: Desk) -> None:
    desk.room.write("main", BROKEN)
    refused = desk.run("apply", "--yes")
    assert refused.exit_code == 2
    assert 'main.yaml:5:7: section main: there is no verb "sya"' in refused.stderr
    assert 'did you mean "say"?' in refused.stderr
    assert "^" in refused.stderr
    assert "nothing was applied" in refused.stderr
    assert desk.live == desk.room.first


def test_rollback_goes_to_the_version_before_and_to_one_by_name(desk: Desk) -> None:
    desk.room.write("main", GOOD_MORNING)
    desk.run("apply", "--yes")
    second = desk.live
    back = desk.run("rollback", "main", answer="y\n")
    assert back.exit_code == 0
    assert desk.live == desk.room.first
    assert "-    - say: Good morning." in back.stdout
    assert "the next apply, or a restart, takes it up again" in back.stdout
    assert desk.run("rollback", "main", second, "--dry-run").exit_code == 0
    assert desk.live == desk.room.first
    assert desk.run("rollback", "main", second, "--yes").exit_code == 0
    assert desk.live == second


def test_a_rollback_to_nowhere_says_what_there_is(desk: Desk) -> None:
    nowhere = desk.run("rollback", "main", "0123456789ab", "--yes")
    assert nowhere.exit_code == 1
    assert "no such earlier version" in nowhere.stderr
    assert desk.room.first in nowhere.stderr


def test_versions_are_those_that_are_live_or_what_was_live_of_one(desk: Desk) -> None:
    desk.room.write("main", GOOD_MORNING)
    desk.run("apply", "--yes")
    [heading, line, main] = desk.run("versions").stdout.splitlines()
    assert heading.split() == ["flow", "version", "calls", "now", "numbers"]
    assert line.split()[0] == "line"
    assert main.split() == ["main", desk.live, "2", "1000"]
    rows = [row.split() for row in desk.run("versions", "main").stdout.splitlines()[1:]]
    assert [row[2] for row in rows] == [desk.live, desk.room.first]


def test_a_server_that_is_not_there_is_a_line_and_exit_code_1(tmp_path: Path) -> None:
    for command in (["apply"], ["rollback", "main"], ["versions"]):
        nobody = CliRunner().invoke(app, ["flow", *command, "--url", "http://127.0.0.1:1"])
        assert nobody.exit_code == 1
        assert nobody.stderr.startswith("cordboard: http://127.0.0.1:1: ")
