"""`cordboard flow ...` as people type it."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from cordboard.cli import app
from cordboard.folders import Folders
from journal.journal import Journal

runner = CliRunner()
EXAMPLES = "callflows/examples"
FLOW = """\
flow: main
start: main
sections:
  main:
    - menu: Press one.
      keys: {1: [{set: {pressed: true}}]}
      otherwise: bye
    - goto: bye
  bye:
    - hangup: normal
"""
CASES = """\
cases:
  - case: One is pressed
    call: [{presses: "1"}]
    expect: {hangup: %s}
"""


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    path = tmp_path / "main.yaml"
    path.write_text(FLOW)
    (tmp_path / "main.test.yaml").write_text(CASES % "normal")
    return path


def test_the_examples_cases_pass_with_full_coverage(tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    tested = runner.invoke(
        app, ["flow", "test", EXAMPLES, "--json", "--junit", str(junit), "--coverage-at-least", "100"]
    )
    assert tested.exit_code == 0, tested.output
    summary = json.loads(tested.stdout)
    assert set(summary) == {"cases", "passed", "failed", "seconds", "step_coverage", "branch_coverage"}
    assert summary["cases"] == summary["passed"] >= 31
    assert len(ElementTree.parse(junit).findall(".//testcase")) == summary["cases"]


def test_a_failure_is_told_with_its_transcript_and_exit_code_1(flow: Path) -> None:
    flow.with_name("main.test.yaml").write_text(CASES % "busy")
    tested = runner.invoke(app, ["flow", "test", str(flow)])
    assert tested.exit_code == 1
    assert "FAILED" in tested.stdout
    assert "hangup: expected 'busy', got 'normal'" in tested.stdout
    assert "main.yaml:5" in tested.stdout


def test_too_little_coverage_fails_and_mistakes_in_cases_are_2(flow: Path) -> None:
    tested = runner.invoke(app, ["flow", "test", str(flow), "--coverage-at-least", "90"])
    assert tested.exit_code == 1
    assert "50 % of the branches" in tested.stderr
    flow.with_name("main.test.yaml").write_text("cases: [{case: A, expect: {}, cal: 1}]\n")
    tested = runner.invoke(app, ["flow", "test", str(flow)])
    assert tested.exit_code == 2
    assert "main.test.yaml:1:" in tested.stderr


def test_the_schema_is_printed() -> None:
    assert json.loads(runner.invoke(app, ["flow", "schema"]).stdout)["title"] == "A call flow"


def test_a_graph_is_mermaid_or_a_picture_and_counts_when_asked(flow: Path, tmp_path: Path) -> None:
    folders = Folders(tmp_path / "data")
    folders.make()
    journal = Journal(folders.database)
    journal.append("call.arrived", call="c", flow="main", version="v")
    journal.append("flow.step", call="c", step="main:5", what="menu", data={})
    journal.close()
    drawn = runner.invoke(app, ["flow", "graph", str(flow), "--calls", "--data", str(folders.data)])
    assert "<b>main</b> (1)" in drawn.stdout
    picture = tmp_path / "main.svg"
    assert runner.invoke(app, ["flow", "graph", str(flow), "-o", str(picture)]).exit_code == 0
    assert picture.read_text().startswith("<svg")


def test_fmt_lays_out_and_check_only_says_so(flow: Path) -> None:
    flow.write_text(FLOW.replace("    - goto", "    -   goto"))
    checked = runner.invoke(app, ["flow", "fmt", "--check", str(flow)])
    assert (checked.exit_code, "would lay out" in checked.stdout) == (1, True)
    assert runner.invoke(app, ["flow", "fmt", str(flow)]).exit_code == 0
    assert flow.read_text() == FLOW
    assert runner.invoke(app, ["flow", "fmt", "--check", str(flow)]).exit_code == 0


def test_talking_works_through_a_pipe(flow: Path) -> None:
    talked = runner.invoke(app, ["flow", "talk", str(flow)], input="?\n1\n")
    assert talked.exit_code == 0
    assert "you hear: Press one." in talked.stdout
    assert talked.stdout.splitlines()[-1] == "The call is over: normal."
    ended = runner.invoke(app, ["flow", "talk", str(flow)], input="")
    assert ended.stdout.splitlines()[-1] == "The call is over: caller_hung_up."


def test_talking_takes_answers_from_a_file_of_cases() -> None:
    support = f"{EXAMPLES}/support/support"
    options = [
        "--given",
        f"{support}.test.yaml",
        "--at",
        "2026-03-16T10:00+00:00",
        "--caller",
        "+442079460001",
    ]
    talked = runner.invoke(app, ["flow", "talk", f"{support}.yaml", *options], input="1\n4711\n")
    assert talked.exit_code == 0, talked.output
    wrong = runner.invoke(app, ["flow", "talk", f"{support}.yaml", "--at", "today"])
    assert (wrong.exit_code, "--at expects" in wrong.stderr) == (1, True)


def test_a_trace_shows_steps_reasons_and_masked_variables(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "data")
    folders.make()
    journal = Journal(folders.database)
    journal.append("call.arrived", call="c", caller="+15550100", called="1000", flow="main", version="abc")
    journal.append(
        "flow.step", call="c", step="main:5", what="if", data={"condition": "vip", "branch": "else"}
    )
    journal.append("flow.ended", call="c", cause="normal", contained=True, variables={"pin": "***"})
    journal.close()
    shown = runner.invoke(app, ["flow", "trace", "c", "--data", str(folders.data)])
    assert "flow main abc" in shown.stdout
    assert "condition: vip, branch: else" in shown.stdout
    assert "  pin = ***" in shown.stdout
    [line] = runner.invoke(
        app, ["flow", "trace", "c", "--data", str(folders.data), "--json"]
    ).stdout.splitlines()
    assert json.loads(line)["step"] == "main:5"
    assert runner.invoke(app, ["flow", "trace", "x", "--data", str(folders.data)]).exit_code == 1


def test_a_check_shows_warnings_and_knows_the_other_flows(tmp_path: Path) -> None:
    (tmp_path / "cordboard.yaml").write_text('numbers: {"1000": main}\n')
    main = tmp_path / "main.yaml"
    main.write_text("flow: main\nstart: main\nsections:\n  main:\n    - flow: othr\n")
    (tmp_path / "other.yaml").write_text(
        "flow: other\nstart: main\nsections:\n  main:\n    - menu: Hm?\n      keys: {1: main}\n      otherwise: main\n"
    )
    for path in (main, tmp_path):
        checked = runner.invoke(app, ["flow", "check", str(path)])
        assert checked.exit_code == 2
        assert 'did you mean "other"' in checked.stderr
    main.write_text("flow: main\nstart: main\nsections:\n  main:\n    - flow: other\n")
    checked = runner.invoke(app, ["flow", "check", str(tmp_path)])
    assert checked.exit_code == 0
    assert "warning" in checked.stderr
    assert "to think about" in checked.stdout
