"""The commands as people type them: what they print, and with which exit code they end."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cordboard.cli import app
from cordboard.folders import Folders
from journal.journal import Journal
from recordings.catalogue import CatalogueWriter, Recording
from telephony.media.messages import PROTOCOL_VERSION

runner = CliRunner()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one answered call and its recording."""
    folders = Folders(tmp_path / "data")
    folders.make()
    journal = Journal(folders.database)
    journal.append("call.arrived", call="c1", caller="+442079460000", called="1000", flow="main")
    journal.append("queue.joined", call="c1", queue="sales", skills={})
    journal.append("call.connected", call="c1", queue="sales", agent="alice", waited_s=1.5)
    journal.append("call.ended", call="c1", outcome="completed", by="remote", reason="hung up")
    journal.append("flow.ended", call="c1", cause="normal", contained=False)
    journal.close()
    writer = CatalogueWriter(folders.database)
    path = folders.recordings / "r1.wav"
    writer.add(Recording("r1", path, "c1", "sales", "alice", datetime.now(UTC), 7.5, -21.0, None, "0" * 64))
    writer.close()
    return folders.data


def test_calls_are_listed_whole_for_people_and_for_programs(data: Path) -> None:
    listed = runner.invoke(app, ["calls", "list", "--data", str(data)])
    assert listed.exit_code == 0
    assert listed.stdout.splitlines()[1].split()[0] == "c1"
    assert "answered" in listed.stdout
    [line] = runner.invoke(app, ["calls", "list", "--data", str(data), "--json"]).stdout.splitlines()
    assert json.loads(line)["agent"] == "alice"


def test_a_call_is_shown_step_by_step(data: Path) -> None:
    shown = runner.invoke(app, ["calls", "show", "c1", "--data", str(data)])
    assert [line.split()[2] for line in shown.stdout.splitlines()] == [
        "call.arrived",
        "queue.joined",
        "call.connected",
        "call.ended",
        "flow.ended",
    ]


def test_a_call_that_is_not_there_says_where_to_look(data: Path) -> None:
    shown = runner.invoke(app, ["calls", "show", "nobody", "--data", str(data)])
    assert shown.exit_code == 1
    assert "calls list" in shown.stderr


def test_recordings_are_listed_with_both_sides(data: Path) -> None:
    listed = runner.invoke(app, ["recordings", "list", "--data", str(data)])
    assert "-21.0 dB" in listed.stdout
    assert "silent" in listed.stdout
    assert str(data / "recordings" / "r1.wav") in listed.stdout


def test_without_a_database_the_data_option_is_named(tmp_path: Path) -> None:
    listed = runner.invoke(app, ["recordings", "list", "--data", str(tmp_path)])
    assert listed.exit_code == 1
    assert "--data" in listed.stderr


def test_examples_are_checked_without_mistake() -> None:
    checked = runner.invoke(app, ["flow", "check", "callflows/examples/acme", "callflows/examples/benchmark"])
    assert (checked.exit_code, checked.stdout) == (0, "5 flows checked, no mistake\n")


def test_every_mistake_is_listed_with_a_caret_and_the_exit_code_is_2(tmp_path: Path) -> None:
    flow = tmp_path / "main.yaml"
    flow.write_text("flow: main\nstart: main\nsections:\n  main:\n    - sya: Hello.\n    - hangup: nicely\n")
    for command in (["flow", "check", str(flow)], ["serve", "--config", str(_configuration(tmp_path))]):
        checked = runner.invoke(app, command)
        assert checked.exit_code == 2
        assert 'there is no verb "sya"' in checked.stderr
        assert "main.yaml:6:15: hangup" in checked.stderr
        assert "^" in checked.stderr


def _configuration(folder: Path) -> Path:
    (folder / "cordboard.yaml").write_text('numbers: {"1000": main}\n')
    return folder


def test_a_definition_without_a_value_is_refused() -> None:
    served = runner.invoke(app, ["serve", "--define", "NAME"])
    assert served.exit_code == 1
    assert "NAME=VALUE" in served.stderr


def test_the_version_is_said() -> None:
    assert runner.invoke(app, ["--version"]).stdout.startswith("cordboard 0.")


def test_a_restart_without_a_server_says_so(tmp_path: Path) -> None:
    asked = runner.invoke(app, ["restart", "--data", str(tmp_path)])
    assert asked.exit_code == 1
    assert "no server runs on" in asked.stderr


def test_the_next_program_objects_to_workers_of_another_version(tmp_path: Path) -> None:
    command = ["serve", "--config", "callflows/examples/acme", "--data", str(tmp_path), "--check"]
    assert runner.invoke(app, [*command, str(PROTOCOL_VERSION)]).exit_code == 0
    objection = runner.invoke(app, [*command, str(PROTOCOL_VERSION + 1)])
    assert objection.exit_code == 1
    assert "media workers" in objection.stderr
    assert list(tmp_path.iterdir()) == []
