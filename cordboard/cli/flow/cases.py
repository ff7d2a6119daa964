"""`cordboard flow test`: the cases beside flows, under virtual time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cordboard.cli.output import fail, refuse


def run_cases(
    paths: Annotated[list[Path], typer.Argument(help="Files of cases, flows that have one, or folders.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML for a CI system.")] = None,
    coverage_at_least: Annotated[
        float, typer.Option(min=0, max=100, metavar="PERCENT", help="Fail below this branch coverage.")
    ] = 0.0,
) -> None:
    """Play every case; end with 1 if one fails, with its transcript, and with 2 for mistakes in the files."""
    from callflows.source import FlowProblems
    from ivr.flow_tests.report import run_flow_tests

    try:
        report = run_flow_tests(paths)
    except FlowProblems as error:
        refuse(error.problems)
    if not report.results:
        fail("there are no cases in " + ", ".join(map(str, paths)) + ": they stand in NAME.test.yaml files")
    if junit is not None:
        junit.write_text(report.junit(), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(report.summary()))
    else:
        for line in report.text():
            typer.echo(line)
    if not report.passed:
        raise typer.Exit(1)
    if report.branch_coverage < coverage_at_least:
        fail(f"{report.branch_coverage:g} % of the branches are covered, less than {coverage_at_least:g} %")
