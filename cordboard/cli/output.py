"""What every command prints the same way: problems in the input, and reasons why something could not be done."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NoReturn

import typer

from callflows.source import Problem


def fail(reason: str) -> NoReturn:
    """Say in one line why a command cannot go on, and end with exit code 1."""
    print(f"cordboard: {reason}", file=sys.stderr)
    raise typer.Exit(1)


def refuse(problems: Iterable[Problem]) -> NoReturn:
    """List every mistake in the input with its place, and end with exit code 2."""
    listed = list(problems)
    for problem in listed:
        print(problem.render(), file=sys.stderr)
    noun = "mistake" if len(listed) == 1 else "mistakes"
    print(f"cordboard: {len(listed)} {noun}; nothing was started", file=sys.stderr)
    raise typer.Exit(2)
