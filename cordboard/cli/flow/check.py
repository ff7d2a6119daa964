"""`cordboard flow check`: every mistake with its place, warnings too."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callflows.source import Problem
from cordboard.cli.output import fail, refuse

if TYPE_CHECKING:
    from callflows.program import Flow, Known

Paths = Annotated[list[Path], typer.Argument(help="Flow files, or folders with a configuration.")]


def check(paths: Paths) -> None:
    """Check flows and configurations; list every mistake with its line, and end with 2 if there is one."""
    flows: list[Flow] = []
    problems: list[Problem] = []
    for path in paths:
        found, wrong = _check_path(path)
        flows += found
        problems += wrong
    warnings = [warning for flow in flows for warning in flow.warnings]
    for warning in warnings:
        print(warning.render(), file=sys.stderr)
    if problems:
        refuse(problems)
    if not flows:
        fail("there is no flow in " + ", ".join(str(path) for path in paths))
    counted = f"{len(flows)} {'flow' if len(flows) == 1 else 'flows'} checked, no mistake"
    typer.echo(counted + (f", {len(warnings)} to think about" if warnings else ""))


def _check_path(path: Path) -> tuple[list[Flow], list[Problem]]:
    from callflows.flow import FlowProblems, load_flow
    from cordboard.config import ConfigurationProblems, load_configuration
    from cordboard.flow_folder import FILE_NAME

    if path.is_dir() and (path / FILE_NAME).exists():
        try:
            return list(load_configuration(path).flows.values()), []
        except ConfigurationProblems as error:
            return [], error.problems
    flows: list[Flow] = []
    problems: list[Problem] = []
    for file in files_of(path):
        try:
            flows.append(load_flow(file, known=_known(file)))
        except FlowProblems as error:
            problems += error.problems
    return flows, problems


def files_of(path: Path) -> list[Path]:
    """The flows that a path means: itself, or those in the folder."""
    from cordboard.flow_folder import flow_files

    return flow_files(path) if path.is_dir() else [path]


def _known(file: Path) -> Known | None:
    """The queues, skills and flows of the configuration that a flow is part of; None without one."""
    from callflows.source import FlowProblems
    from cordboard.config import known_in
    from cordboard.flow_folder import FILE_NAME

    if not (file.parent / FILE_NAME).is_file():
        return None
    try:
        return known_in(file.parent)
    except FlowProblems:
        return None  # the configuration's own mistakes are told when it is checked
