"""`cordboard flow`: work on call flows without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from callflows.source import Problem
from cordboard.cli.output import fail, refuse

app = typer.Typer(help="Work on call flows.", no_args_is_help=True)


@app.callback()
def _flow() -> None:
    """Work on call flows."""


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Flow files, or folders with a configuration.")],
) -> None:
    """Check flows and configurations; list every mistake with its line, and end with 2 if there is one."""
    from callflows.source import FlowProblems
    from cordboard.config import FILE_NAME, ConfigurationProblems, load_configuration

    problems: list[Problem] = []
    flows = 0
    for path in paths:
        if path.is_dir() and (path / FILE_NAME).exists():
            try:
                flows += len(load_configuration(path).flows)
            except ConfigurationProblems as error:
                problems += error.problems
            continue
        for file in sorted(path.glob("*.yaml")) if path.is_dir() else [path]:
            try:
                _check_file(file)
                flows += 1
            except FlowProblems as error:
                problems += error.problems
    if problems:
        refuse(problems)
    if not flows:
        fail("there is no flow in " + ", ".join(str(path) for path in paths))
    typer.echo(f"{flows} {'flow' if flows == 1 else 'flows'} checked, no mistake")


def _check_file(path: Path) -> None:
    from callflows.flow import load_flow

    load_flow(path)
