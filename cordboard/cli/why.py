"""`cordboard why CALL`: every decision about a call, with its reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cordboard.cli.output import DataOption, database, fail
from journal.reading import JournalReader


def why(
    call: Annotated[str, typer.Argument(help="The call's id, as `cordboard calls list` shows it.")],
    data: DataOption = Path("data"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Say why a call went where it went: every offer, refusal and overflow with its reason."""
    from cordboard.why import decisions

    history = JournalReader(database(data)).history(call)
    if not history:
        fail(f'no call "{call}" is in {database(data)}: `cordboard calls list` shows those that are')
    found = decisions(history)
    if not found and not as_json:
        typer.echo("no queue was asked: the flow ended the call by itself")
    for each in found:
        if as_json:
            typer.echo(json.dumps(each.as_data()))
            continue
        typer.echo(f"{each.after_s:9.3f} s  {each.what}")
        for reason in each.reasons:
            typer.echo(f"{'':13}{reason}")
