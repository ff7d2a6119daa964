"""`cordboard flow talk`: be the caller of a flow, at a keyboard or through a pipe."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cordboard.cli.output import fail, refuse


def talk(
    path: Annotated[Path, typer.Argument(help="A flow file.")],
    given: Annotated[
        Path | None, typer.Option(help="A file of cases whose `given` answers web requests and lookups.")
    ] = None,
    caller: Annotated[str, typer.Option(help="The caller's number.")] = "+442079460000",
    at: Annotated[
        str | None, typer.Option(help="When the call comes in, with a time zone; now, if not given.")
    ] = None,
) -> None:
    """Walk a flow as a caller: type keys, see what would be heard, and where in the file one stands."""
    from callflows.flow import load_flow
    from callflows.source import FlowProblems
    from ivr.flow_tests.cases import load_cases
    from ivr.walk import Walk

    try:
        flow = load_flow(path)
        world = None if given is None else load_cases(given).given
    except FlowProblems as error:
        refuse(error.problems)
    walk = Walk(flow, world, caller=caller, at=_moment(at))
    is_terminal = sys.stdin.isatty()
    if is_terminal:
        typer.echo("Type keys, or help; an empty line lets time pass.")
    _say(walk.begin())
    while not walk.over:
        if is_terminal:
            typer.echo("> ", nl=False)
        line = sys.stdin.readline()
        _say(walk.take(line if line else "hang up"))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        fail(f'--at expects a moment with its time zone, such as "2026-03-16T10:00+01:00", got "{text}"')
    return moment


def _say(lines: list[str]) -> None:
    for line in lines:
        typer.echo(line)
