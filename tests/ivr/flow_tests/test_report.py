"""What flow tests tell: failures with a transcript, what is not covered, JSON, JUnit, mistakes in case files."""

import textwrap
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from callflows.flow import FlowProblems
from ivr.flow_tests.report import Report, run_flow_tests

FLOW = """
    flow: f
    start: main
    sections:
      main:
        - menu: Sales or support?
          keys: {1: sales, 2: support}
          retries: 0
          otherwise: [{hangup: busy}]
      sales: [{queue: sales, skills: {x: 2}}]
      support: [{tag: {reason: help}}, {queue: support}]
"""
Run = Callable[[str], Report]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    Path("f.yaml").write_text(textwrap.dedent(FLOW))

    def run(cases: str) -> Report:
        Path("f.test.yaml").write_text(textwrap.dedent(cases))
        return run_flow_tests([Path("f.yaml")])

    return run


def test_what_passes_and_what_is_not_covered(run: Run) -> None:
    report = run(
        "cases:\n- case: sales\n  call: [{presses: '1'}]\n  expect: {queue: sales, skills: {x: 2}}\n"
    )
    assert report.passed
    assert report.summary() | {"seconds": 0} == {
        "cases": 1,
        "passed": 1,
        "failed": 0,
        "seconds": 0,
        "step_coverage": 40.0,
        "branch_coverage": 33.33,
    }
    assert list(report.text())[:-1] == [
        "not covered: f.yaml:6: menu: no case takes keys: 2",
        "not covered: f.yaml:6: menu: no case takes otherwise",
        "not covered: f.yaml:9: hangup: no case comes here",
        "not covered: f.yaml:11: queue: no case comes here",
        "not covered: f.yaml:11: tag: no case comes here",
    ]


def test_what_fails_is_told_with_the_run_as_it_went(run: Run) -> None:
    report = run("""
        cases:
        - case: wrong in every way
          call: [{hears: Sales}, {waits: 500ms}, {presses: "2"}]
          expect:
            queue: sales
            skills: {y: 1}
            contained: true
            hangup: busy
            flow: other
            path: [main, sales]
            variables: {caller: "1", nothing: 2}
            tags: {reason: other}
            notices: [mailto:x]
            remembered: {a: 1}
            answers: {csat: 5}
            never_hears: [support]
    """)
    assert not report.passed
    text = [line for line in report.text() if "not covered" not in line]
    assert text[:-1] == [
        "FAILED f.test.yaml:3: wrong in every way",
        "    queue: expected 'sales', got 'support'",
        "    skills: expected {'y': 1}, got {}",
        "    hangup: expected 'busy', got 'normal'",
        "    flow: expected 'other', got nothing",
        "    contained: expected True, got False",
        "    path: expected main > sales, got main > support",
        "    notices: expected mailto:x, got nothing",
        "    variable caller: expected '1', got '+442079460000'",
        "    variable nothing: expected 2, got nothing",
        "    tag reason: expected 'other', got 'help'",
        "    answer csat: expected 5, got nothing",
        "    remembered a: expected 1, got nothing",
        '    the caller hears "support"',
        "    |      0.0s  f.yaml:6    menu  text: Sales or support?",
        "    |      0.5s  caller presses 2",
        "    |      0.5s  f.yaml:6    key  key: 2",
        "    |      0.5s  f.yaml:11   tag  reason: help",
        "    |      0.5s  f.yaml:11   queue  queue: support, priority: 0",
        "    |     60.5s  f.yaml:11   talk began",
        "    |    120.5s  f.yaml:11   left queue  outcome: answered",
    ]


def test_what_is_never_heard_and_what_nobody_foresaw(run: Run) -> None:
    report = run("cases:\n- case: deaf\n  call: [{hears: Nonsense}, {presses: '1'}]\n  expect: {}\n")
    assert report.results[0].differences == ('the caller never hears "Nonsense"',)
    Path("f.yaml").write_text(
        "flow: f\nstart: main\nsections:\n  main:\n  - http: https://x.example/{{ caller }}\n"
        "  - set: {x: '{{ answer.y }}'}\n  - hangup: normal\n"
    )
    report = run("cases:\n- case: web\n  expect: {}\n")
    assert report.results[0].differences[0].startswith("the flow failed: ")
    assert "no answer is given for GET https://x.example/+442079460000" in report.results[0].differences


def test_junit(run: Run) -> None:
    report = run(
        "cases:\n- case: good\n  expect: {hangup: busy}\n- case: <bad>\n  expect: {hangup: normal}\n"
    )
    root = ElementTree.fromstring(report.junit())
    assert [(case.get("name"), len(case)) for case in root.iter("testcase")] == [("good", 0), ("<bad>", 1)]
    suite = root.find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("message") == "hangup: expected 'normal', got 'busy'"


def test_mistakes_in_a_file_of_cases_and_in_its_flow_are_told_together(run: Run) -> None:
    Path("f.yaml").write_text("flow: f\nstart: main\nsections:\n  main:\n  - say: Hello.\n")
    with pytest.raises(FlowProblems) as caught:
        run(
            "at: 2026-03-16T10:00\ncases:\n- case: x\n  call: [{hears: a, presses: '1'}, {press: '1'}]\n- 5\n"
        )
    assert [str(problem) for problem in caught.value.problems] == [
        'f.test.yaml:1:5: at: expected a moment with its time zone, such as "2026-03-16T10:00:00+00:00"',
        'f.test.yaml:3:3: cases: 0: "expect" is missing',
        "f.test.yaml:4:10: cases: 0: call: 0: expected one of hears, presses, says, waits, hangs, got hears, presses",
        'f.test.yaml:4:37: cases: 0: call: 1: there is no option "press" here',
        "f.test.yaml:5:3: cases: 1: expected a mapping (key: value), got 5",
        "f.yaml:5:5: say: nothing follows this step",
    ]


def test_a_flow_without_cases(tmp_path: Path) -> None:
    with pytest.raises(FlowProblems, match="there are no cases for it"):
        run_flow_tests([tmp_path / "f.yaml"])


def test_ten_minutes_of_waiting_take_no_time(run: Run) -> None:
    Path("f.yaml").write_text("flow: f\nstart: main\nsections:\n  main:\n  - wait: 10m\n  - hangup: busy\n")
    report = run("cases:\n- case: patience\n  call: [{waits: 599s}]\n  expect: {hangup: busy}\n")
    assert report.passed
    assert report.results[0].seconds < 0.1
