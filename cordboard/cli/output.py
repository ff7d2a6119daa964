"""What the commands have in common: how they say that something is wrong, and where the data is."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from callflows.source import Problem
from cordboard.folders import Folders

DataOption = Annotated[Path, typer.Option("--data", "-d", help="The server's folder for what it keeps.")]


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


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under headings, nothing cut short: ids and paths are there to be copied, also through a pipe."""
    widths = [max(len(cell) for cell in column) for column in zip(headings, *rows, strict=True)]
    for row in (headings, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def database(data: Path) -> Path:
    """The database in a data folder; ends with a word of advice when there is none."""
    path = Folders(data).database
    if not path.is_file():
        fail(f"there is no {path}: say with --data which folder the server keeps its data in")
    return path


def clock(at: datetime) -> str:
    """A moment as the reader's own clock and calendar have it."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
