"""`cordboard simulate`: the figures of a plain system, of a configuration, of two side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cordboard.cli import app
from cordboard.cli.simulate import parse_rate

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
    assert table.split()[:3] == ["figure", few, many]


@pytest.mark.parametrize(("options", "expected"), [
    (["--arrivals", "480"], "expected a rate"),
    (["--arrivals", "sales=480/h"], "need a configuration"),
    (["--queues", "20", "--agents", "2"], "every queue needs an agent"),
    (["--aht", "0s"], "more than 0s"),
    (["--patience", "long"], "expected a duration"),
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


def test_rates_have_a_unit() -> None:
    assert parse_rate("480/h") == pytest.approx(480 / 3600)
    assert parse_rate("8 / min") == pytest.approx(8 / 60)
    for wrong in ("8", "-1/h", "x/h", "nan/s", "1/year"):
        with pytest.raises(ValueError, match="expected a rate"):
            parse_rate(wrong)


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
