"""All cases of all suites: what failed, what was covered, as text, JSON and JUnit XML.

Coverage: a step is covered when a run was at it; a branch is one way to leave a step that has more than one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from callflows.program import Flow
from ivr.flow_tests.cases import Suite, load_suite, suites_of
from ivr.flow_tests.play import Result, Taken, play_case
from ivr.runner import ON


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a flow the cases went through, and what they did not: (line, words)."""

    steps: int
    steps_covered: int
    branches: int
    branches_covered: int
    missed: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class SuiteReport:
    """One flow's cases."""

    suite: Suite
    results: tuple[Result, ...]
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was tested."""

    suites: tuple[SuiteReport, ...]

    @property
    def results(self) -> list[Result]:
        """The cases of all suites."""
        return [result for suite in self.suites for result in suite.results]

    @property
    def passed(self) -> bool:
        """Whether every case passed."""
        return all(result.passed for result in self.results)

    @property
    def step_coverage(self) -> float:
        """Percent of all steps."""
        coverages = [suite.coverage for suite in self.suites]
        return _percent(sum(c.steps_covered for c in coverages), sum(c.steps for c in coverages))

    @property
    def branch_coverage(self) -> float:
        """Percent of all branches."""
        coverages = [suite.coverage for suite in self.suites]
        return _percent(sum(c.branches_covered for c in coverages), sum(c.branches for c in coverages))

    def summary(self) -> Mapping[str, int | float]:
        """For machines."""
        results = self.results
        return {
            "cases": len(results),
            "passed": sum(result.passed for result in results),
            "failed": sum(not result.passed for result in results),
            "seconds": round(sum(result.seconds for result in results), 4),
            "step_coverage": round(self.step_coverage, 2),
            "branch_coverage": round(self.branch_coverage, 2),
        }

    def text(self) -> Iterator[str]:
        """For people: each failure with its transcript, what is not covered, the sums."""
        for suite in self.suites:
            for result in suite.results:
                if not result.passed:
                    yield f"FAILED {suite.suite.path}:{result.line}: {result.name}"
                    yield from (f"    {difference}" for difference in result.differences)
                    yield from (f"    | {entry}" for entry in result.transcript)
            for line, words in suite.coverage.missed:
                yield f"not covered: {suite.suite.flow.path}:{line}: {words}"
        sums = self.summary()
        yield (
            f"{sums['cases']} cases, {sums['passed']} passed, {sums['failed']} failed in {sums['seconds']:.2f} s; "
            f"steps {sums['step_coverage']:g} %, branches {sums['branch_coverage']:g} %"
        )

    def junit(self) -> str:
        """JUnit XML, as CI systems read it."""
        root = ElementTree.Element("testsuites")
        for suite in self.suites:
            failed = [result for result in suite.results if not result.passed]
            element = ElementTree.SubElement(
                root,
                "testsuite",
                name=str(suite.suite.path),
                tests=str(len(suite.results)),
                failures=str(len(failed)),
                time=f"{sum(result.seconds for result in suite.results):.6f}",
            )
            for result in suite.results:
                attributes = {
                    "name": result.name,
                    "classname": suite.suite.flow.name,
                    "time": f"{result.seconds:.6f}",
                }
                case = ElementTree.SubElement(element, "testcase", attributes)
                if not result.passed:
                    failure = ElementTree.SubElement(case, "failure", message=result.differences[0])
                    failure.text = "\n".join([*result.differences, "", *result.transcript])
        ElementTree.indent(root)
        return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def run_flow_tests(paths: list[Path]) -> Report:
    """Run every case that the paths mean; raises `FlowProblems` if a file cannot be used."""
    suites = []
    for path in suites_of(paths):
        suite = load_suite(path)
        played = zip(suite.cases, suite.lines, strict=True)
        results = tuple(play_case(suite.flow, case, line) for case, line in played)
        taken = frozenset().union(*(result.taken for result in results))
        suites.append(SuiteReport(suite, results, coverage_of(suite.flow, taken)))
    return Report(tuple(suites))


def coverage_of(flow: Flow, taken: frozenset[Taken]) -> Coverage:
    """How much of a flow these places and exits are."""
    at = {(section, index) for section, index, _ in taken}
    steps = covered = branches = branches_covered = 0
    missed: list[tuple[int, str]] = []
    for section, program in flow.sections.items():
        for index, step in enumerate(program):
            steps += 1
            is_covered = (section, index) in at
            covered += is_covered
            if not is_covered:
                missed.append((step.position[0], f"{step.verb}: no case comes here"))
            ways = [*step.exits, *([ON] if step.block.falls_through() else [])]
            if len(ways) < 2:
                continue
            branches += len(ways)
            for way in ways:
                is_taken = (section, index, way) in taken
                branches_covered += is_taken
                if is_covered and not is_taken:
                    missed.append((step.position[0], f"{step.verb}: no case takes {way}"))
    return Coverage(steps, covered, branches, branches_covered, tuple(sorted(missed)))


def _percent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0
