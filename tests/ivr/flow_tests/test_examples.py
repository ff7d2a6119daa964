"""The examples that people copy: every case passes, every step and branch is covered, no warnings."""

import shutil
import time
from pathlib import Path

import pytest

from callflows.flow import load_flow
from ivr.flow_tests.report import run_flow_tests

EXAMPLES = Path(__file__).parents[3] / "callflows" / "examples"


@pytest.mark.parametrize("name", ["support", "appointments", "outage"])
def test_an_example_is_tested_through_and_through(name: str) -> None:
    report = run_flow_tests([EXAMPLES / name])
    assert report.passed, "\n".join(report.text())
    assert (report.step_coverage, report.branch_coverage) == (100.0, 100.0), "\n".join(report.text())
    assert load_flow(EXAMPLES / name / f"{name}.yaml").warnings == ()


@pytest.mark.alone
def test_a_thousand_cases_take_less_than_five_seconds(tmp_path: Path) -> None:
    """Reading the file included; time of this process alone, so that a busy machine does not count."""
    for file in ("support.yaml", "customers.csv"):
        shutil.copy(EXAMPLES / "support" / file, tmp_path)
    head, _, cases = (EXAMPLES / "support" / "support.test.yaml").read_text().partition("cases:\n")
    (tmp_path / "support.test.yaml").write_text(head + "cases:\n" + cases * 56)
    best = float("inf")
    for _ in range(3):
        begin = time.process_time()
        report = run_flow_tests([tmp_path])
        best = min(best, time.process_time() - begin)
        assert report.passed
        assert len(report.results) == 1008
        if best < 5:
            break
    assert best < 5.0, f"{best:.2f} s, {sum(result.seconds for result in report.results):.2f} s of it playing"


def test_the_cases_of_the_documentation_pass(tmp_path: Path) -> None:
    page = (EXAMPLES.parents[1] / "docs" / "flows" / "testing.md").read_text()
    for file in ("support.yaml", "customers.csv"):
        shutil.copy(EXAMPLES / "support" / file, tmp_path)
    (tmp_path / "support.test.yaml").write_text(page.partition("```yaml\n")[2].partition("```")[0])
    report = run_flow_tests([tmp_path])
    assert report.passed, "\n".join(report.text())
    assert len(report.results) == 2
