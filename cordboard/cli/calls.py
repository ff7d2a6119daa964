"""`cordboard calls`: what happened to the calls, read from the journal beside a running server."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cordboard.cli.output import DataOption, clock, database, fail, print_table
from journal.calls import CallSummary
from journal.event import Event
from journal.reading import JournalReader

app = typer.Typer(help="What happened to the calls.", no_args_is_help=True)


@app.command("list")
def list_calls(
    data: DataOption = Path("data"),
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the newest calls: who rang, which number, and how it ended."""
    calls = JournalReader(database(data)).calls(limit)
    if as_json:
        for call in calls:
            typer.echo(json.dumps(_as_data(call)))
        return
    if not calls:
        typer.echo("no calls yet")
        return
    rows = [
        (c.id, clock(c.started_at), c.caller, c.called, c.outcome or "live", c.queue or "", c.agent or "")
        for c in calls
    ]
    print_table(("call", "began", "caller", "called", "outcome", "queue", "agent"), rows)


@app.command()
def show(
    call: Annotated[str, typer.Argument(help="The call's id, as `cordboard calls list` shows it.")],
    data: DataOption = Path("data"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show everything that happened to one call, with its time."""
    events = JournalReader(database(data)).history(call)
    if not events:
        fail(f'no call "{call}" is in {database(data)}: `cordboard calls list` shows those that are')
    for event in events:
        if as_json:
            typer.echo(json.dumps({"at": event.at.isoformat(), "kind": event.kind, "data": dict(event.data)}))
        else:
            typer.echo(_line(event, events[0].at))


def _as_data(call: CallSummary) -> dict[str, str | None]:
    return {
        "id": call.id,
        "caller": call.caller,
        "called": call.called,
        "started_at": call.started_at.isoformat(),
        "ended_at": call.ended_at.isoformat() if call.ended_at else None,
        "outcome": call.outcome,
        "queue": call.queue,
        "agent": call.agent,
    }


def _line(event: Event, began: datetime) -> str:
    facts = "  ".join(
        f"{name}={_plain(value)}" for name, value in event.data.items() if value not in (None, {}, "")
    )
    return f"{(event.at - began).total_seconds():9.3f} s  {event.kind:<20} {facts}".rstrip()


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
