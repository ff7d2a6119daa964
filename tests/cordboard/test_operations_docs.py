"""The examples of docs/operations.md run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cordboard.cli import app
from cordboard.simulated.traffic_file import (
    CallbackTraffic,
    ContactsSettings,
    LengthSettings,
    ShiftSettings,
    TrafficFile,
)
from journal.journal import Journal


def test_the_survey_example_prints_what_was_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = Path("docs/operations.md").read_text(encoding="utf-8")
    [code] = re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    journal = Journal(tmp_path / "data" / "cordboard.db")
    journal.append("survey.answered", call="c", name="happy", scale="csat", value=5)
    journal.close()
    exec(compile(code, "docs/operations.md", "exec"), {"__name__": "docs"})
    assert capsys.readouterr().out == "happy all None 100.0 5.0 1 0\n"


def test_the_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Path("docs/operations.md").read_text(encoding="utf-8")
    (tmp_path / "callflows").symlink_to(Path("callflows").absolute())
    settings = Path("callflows/examples/acme/cordboard.yaml").read_text(encoding="utf-8")
    (tmp_path / "other.yaml").write_text(settings.replace("wrap_up: 10s", "wrap_up: 2m"))
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^cordboard (simulate .*)$", text, flags=re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        run = CliRunner().invoke(app, shlex.split(command))
        assert run.exit_code == 0, run.stderr
        assert "service_level" in run.stdout


def test_every_key_of_a_traffic_file_is_told() -> None:
    text = Path("docs/operations.md").read_text(encoding="utf-8")
    models = (TrafficFile, ContactsSettings, ShiftSettings, CallbackTraffic, LengthSettings)
    for model in models:
        for name, field in model.model_fields.items():
            assert f"`{field.alias or name}`" in text, name
