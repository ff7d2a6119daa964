"""`cordboard simulate`: the figures of a plain system, of a configuration, of two side by side."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cordboard.cli import app
from journal.journal import Journal

runner = CliRunner()
PLAIN = ["simulate", "--agents", "10", "--aht", "60s", "--arrivals", "480/h", "--contacts", "3000"]

CONFIGURATION = """\
numbers: {"1": main}
queues:
  sales: {service_level: 10s}
  help: {}
static_agents:
  - {count: %d, contact: "sip:a{n}@127.0.0.1", queues: [sales, help]}
"""
FLOW = "flow: main\nstart: hello\nsections:\n  hello:\n    - hangup: normal\n"


def folder(tmp_path: Path, name: str, agents: int) -> str:
    path = tmp_path / name
    path.mkdir()
    (path / "cordboard.yaml").write_text(CONFIGURATION % agents)
    (path / "main.yaml").write_text(FLOW)
    return str(path)


def test_a_plain_system_prints_its_figures_the_same_for_the_same_seed() -> None:
    runs = [runner.invoke(app, [*PLAIN, "--patience", "none", "--json"]) for _ in range(2)]
    first, second = (json.loads(each.stdout) for each in runs)
    assert set(first) == {
        *("p_wait", "mean_wait_s", "service_level", "asa_s", "abandon_rate", "occupancy"),
        *("contacts", "contacts_per_minute"),
    }
    assert first["contacts"] == 3000
    assert first["abandon_rate"] == 0.0
    assert first["occupancy"] == pytest.approx(0.8, abs=0.06)
    assert first["contacts_per_minute"] > 0
    del first["contacts_per_minute"], second["contacts_per_minute"]
    assert first == second


def test_several_seeds_give_intervals_around_the_mean() -> None:
    data = json.loads(runner.invoke(app, [*PLAIN, "--patience", "30s", "--seeds", "3", "--json"]).stdout)
    assert data["contacts"] == 9000
    low, high = data["confidence_95"]["abandon_rate"]
    assert low < data["abandon_rate"] < high


def test_the_table_says_the_same() -> None:
    printed = runner.invoke(app, PLAIN).stdout
    data = json.loads(runner.invoke(app, [*PLAIN, "--json"]).stdout)
    [line] = [line for line in printed.splitlines() if line.startswith("occupancy")]
    assert line.split()[1] == f"{data['occupancy']:.4f}"


def test_two_configurations_side_by_side(tmp_path: Path) -> None:
    few, many = folder(tmp_path, "few", 4), folder(tmp_path, "many", 8)
    options = ["--aht", "60s", "--arrivals", "sales=150/h", "--arrivals", "help=60/h", "--contacts", "1000"]
    run = runner.invoke(app, ["simulate", few, "--compare", many, *options, "--json"])
    data = json.loads(run.stdout)
    assert data[few]["mean_wait_s"] > data[many]["mean_wait_s"]
    table = runner.invoke(app, ["simulate", few, "--compare", many, *options]).stdout
    assert table.split()[:4] == ["figure", few, many, "difference"]
    assert data["difference"]["mean_wait_s"]["mean"] == pytest.approx(
        data[many]["mean_wait_s"] - data[few]["mean_wait_s"], abs=1e-5
    )
    assert data[few]["queues"]["sales"]["contacts"] == data[many]["queues"]["sales"]["contacts"]


@pytest.mark.parametrize(("options", "expected"), [
    (["--arrivals", "480"], "expected a rate"),
    (["--arrivals", "sales=480/h"], "need a configuration"),
    (["--queues", "20", "--agents", "2"], "every queue needs an agent"),
    (["--aht", "0s"], "more than 0s"),
    (["--patience", "long"], "expected a duration"),
    (["--traffic", "day.yaml"], "need a configuration"),
    (["--traffic", "day.yaml", "--journal", "data"], "one of them says who rings"),
    (["--like-it"], "days like which"),
    (["--day", "monday"], "expected a day such as"),
])  # fmt: skip
def test_mistakes_in_the_options_are_said(options: list[str], expected: str) -> None:
    run = runner.invoke(app, ["simulate", *options], env={"COLUMNS": "200"})
    assert run.exit_code == 2
    assert expected in run.stderr


def test_a_queue_that_is_not_there_is_named(tmp_path: Path) -> None:
    run = runner.invoke(
        app,
        ["simulate", folder(tmp_path, "c", 1), "--arrivals", "sails=1/h"],
        env={"COLUMNS": "200"},
    )
    assert run.exit_code == 2
    assert "no queue 'sails'" in run.stderr


def test_overflow_by_expression_is_simulated_too(tmp_path: Path) -> None:
    path = Path(folder(tmp_path, "c", 2))
    settings = (CONFIGURATION % 2).replace("10s}", '10s, overflow: [{expression: "size > 1", branch: busy}]}')
    (path / "cordboard.yaml").write_text(settings)
    run = runner.invoke(
        app, ["simulate", str(path), "--arrivals", "sales=90/h", "--contacts", "500", "--json"]
    )
    data = json.loads(run.stdout)
    assert data["contacts"] == 500
    assert data["mean_wait_s"] < 600, "two at most wait, of those who came in"


TRAFFIC = """\
contacts:
  - {queue: sales, arrivals: {"09:00": 120/h, "10:00": 0/h}, talk: {shape: fixed, mean: 2m}, patience: 1m}
  - {queue: help, arrivals: {"09:00": 20/h, "11:00": 0/h}, talk: 90s}
shifts: [{agents: ["agent1", "agent2", "agent3"], from: "09:00", to: "12:00"}]
callbacks: {offered_after: 20s, taken: 0.5}
"""


def test_a_day_of_a_traffic_file_has_intervals_queues_groups_and_callbacks(tmp_path: Path) -> None:
    config, day = folder(tmp_path, "c", 5), tmp_path / "day.traffic.yaml"
    day.write_text(TRAFFIC)
    run = runner.invoke(app, ["simulate", config, "--traffic", str(day), "--seeds", "4", "--json"])
    data = json.loads(run.stdout)
    assert data["contacts"] == pytest.approx(4 * 160, rel=0.15)
    assert data["queues"]["sales"]["contacts"] == pytest.approx(120, rel=0.2)
    low, high = data["confidence_95"]["queues"]["sales"]["service_level"]
    assert low < data["queues"]["sales"]["service_level"] < high
    assert 0 < data["callbacks_served"] <= data["callbacks"]
    assert data["groups"]["sales"] == data["groups"]["help"] == data["occupancy"]
    again = json.loads(
        runner.invoke(app, ["simulate", config, "--traffic", str(day), "--seeds", "4", "--json"]).stdout
    )
    assert {**again, "contacts_per_minute": 0} == {**data, "contacts_per_minute": 0}


def test_a_single_file_can_be_compared_with_a_folder(tmp_path: Path) -> None:
    config, day = folder(tmp_path, "c", 3), tmp_path / "day.csv"
    day.write_text("time,sales,help\n09:00,40,5\n09:15,30,5\n")
    other = tmp_path / "other.yaml"
    other.write_text(CONFIGURATION.replace("main", "elsewhere") % 6)
    command = ["simulate", config, "--compare", str(other), "--traffic", str(day)]
    run = runner.invoke(app, [*command, "--seeds", "5", "--json"])
    data = json.loads(run.stdout)
    assert data["difference"]["service_level"]["differs"]
    assert data["difference"]["service_level"]["mean"] > 0
    assert data[config]["contacts"] == data[str(other)]["contacts"]


def test_mistakes_in_a_traffic_file_are_listed_with_their_place(tmp_path: Path) -> None:
    day = tmp_path / "day.traffic.yaml"
    day.write_text("contacts:\n  - {queue: sales, arrivals: {'09:00': 12}}\n")
    run = runner.invoke(app, ["simulate", folder(tmp_path, "c", 1), "--traffic", str(day)])
    assert run.exit_code == 2
    assert "day.traffic.yaml:2:" in run.stderr
    assert "expected a rate" in run.stderr
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("numbers: {'1': main}\nstatic_agents: [{contact: 'sip:a@b', queues: [nowhere]}]\n")
    run = runner.invoke(app, ["simulate", str(wrong)])
    assert run.exit_code == 2
    assert 'there is no queue "nowhere"' in run.stderr


def test_yesterday_comes_from_the_journal(tmp_path: Path) -> None:
    yesterday = datetime.now().astimezone().replace(hour=10, minute=0) - timedelta(days=1)
    data = tmp_path / "data"
    journal = Journal(data / "cordboard.db")
    for n in range(30):
        at = yesterday + timedelta(seconds=20 * n)
        journal.append("queue.joined", call=str(n), at=at, queue="sales", skills={}, priority=0)
        journal.append("call.connected", call=str(n), at=at + timedelta(seconds=3), agent="agent1")
        journal.append("talk.ended", call=str(n), at=at + timedelta(seconds=53))
    journal.close()
    command = ["simulate", folder(tmp_path, "c", 3), "--journal", str(data), "--json"]
    found = json.loads(runner.invoke(app, command).stdout)
    assert found["contacts"] == 300, "ten seeds of the same thirty"
    assert found["abandon_rate"] == 0, "nobody gave up, so nobody is known to"
    day = f"{yesterday:%Y-%m-%d}"
    like_it = json.loads(runner.invoke(app, [*command, "--day", day, "--like-it"]).stdout)
    assert like_it["contacts"] == pytest.approx(300, rel=0.3)
    run = runner.invoke(app, [*command, "--day", "2020-01-01"], env={"COLUMNS": "200"})
    assert run.exit_code == 2
    assert "no contact joined a queue on 2020-01-01" in run.stderr
