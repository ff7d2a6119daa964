"""`cordboard recordings`: the talks that were recorded, read beside a running server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cordboard.cli.output import DataOption, clock, database, print_table
from recordings.catalogue import Catalogue, Recording

app = typer.Typer(help="The talks that were recorded.", no_args_is_help=True)


@app.callback()
def _recordings() -> None:
    """The talks that were recorded."""


@app.command("list")
def list_recordings(
    data: DataOption = Path("data"),
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the newest recordings, with the loudness of both sides in dBFS."""
    found = Catalogue(database(data)).list(limit)
    if as_json:
        for recording in found:
            typer.echo(json.dumps(_as_data(recording)))
        return
    if not found:
        typer.echo("no recordings yet")
        return
    rows = [
        (
            clock(recording.started),
            f"{recording.seconds:.1f} s",
            recording.kind,
            recording.queue or "",
            recording.agent or "",
            _level(recording.caller_dbfs),
            _level(recording.agent_dbfs),
            recording.call,
            str(recording.path),
        )
        for recording in found
    ]
    print_table(
        ("began", "length", "kind", "queue", "agent", "caller side", "agent side", "call", "file"), rows
    )


def _as_data(recording: Recording) -> dict[str, str | float | None]:
    return {
        "id": recording.id,
        "call": recording.call,
        "kind": recording.kind,
        "queue": recording.queue,
        "agent": recording.agent,
        "started": recording.started.isoformat(),
        "seconds": recording.seconds,
        "caller_dbfs": recording.caller_dbfs,
        "agent_dbfs": recording.agent_dbfs,
        "path": str(recording.path),
    }


def _level(dbfs: float | None) -> str:
    return "silent" if dbfs is None else f"{dbfs:.1f} dB"
