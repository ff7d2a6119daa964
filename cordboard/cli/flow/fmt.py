"""`cordboard flow fmt`: flow files laid out alike, nothing else changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cordboard.cli.flow.check import files_of
from cordboard.cli.output import fail, refuse


def fmt(
    paths: Annotated[list[Path], typer.Argument(help="Flow files or folders of them.")],
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; end with 1 if something would.")
    ] = False,
) -> None:
    """Lay out flow files: indentation and spaces; comments, quotes and order stay."""
    from callflows.formatting import formatted
    from callflows.source import FlowProblems, Problem

    changed: list[Path] = []
    problems: list[Problem] = []
    files = [file for path in paths for file in files_of(path)]
    for file in files:
        try:
            before, after = formatted(file)
        except FlowProblems as error:
            problems += error.problems
            continue
        if before != after:
            changed.append(file)
            if not check:
                file.write_text(after, encoding="utf-8")
    if problems:
        refuse(problems)
    if not files:
        fail("there is no flow in " + ", ".join(map(str, paths)))
    for file in changed:
        typer.echo(f"{'would lay out' if check else 'laid out'} {file}")
    if check and changed:
        raise typer.Exit(1)
