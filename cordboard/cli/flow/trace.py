"""`cordboard flow trace`: what a real call did in its flows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cordboard.cli.output import DataOption, clock, database, fail

if TYPE_CHECKING:
    from cordboard.flow_history import TracedStep
    from journal.event import Event


def trace(
    call: Annotated[str, typer.Argument(help="The call's id, as `cordboard calls list` shows it.")],
    data: DataOption = Path("data"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show what a call did step by step: times, what was decided and why, the variables at the end."""
    from cordboard.flow_history import trace_of
    from journal.reading import JournalReader

    events = JournalReader(database(data)).history(call)
    if not events:
        fail(f'no call "{call}" is in {database(data)}: `cordboard calls list` shows those that are')
    if as_json:
        for step in trace_of(events):
            typer.echo(json.dumps(_as_data(step)))
        return
    first = events[0]
    typer.echo(
        f"{call}  {clock(first.at)}  {first.data.get('caller', '')} called {first.data.get('called', '')}"
    )
    flow = ""
    for step in trace_of(events):
        if step.flow != flow:
            flow = step.flow
            typer.echo(f"flow {flow} {step.version}".rstrip())
        typer.echo(_line(step))
    for event in events:
        if event.kind == "flow.ended":
            _end(event)


def _end(event: Event) -> None:
    contained = ", served by the flow alone" if event.data.get("contained") else ""
    typer.echo(f"ended: {event.data.get('cause', '')}{contained}")
    variables = event.data.get("variables")
    if isinstance(variables, dict):
        for name, value in variables.items():
            typer.echo(f"  {name} = {value}")


def _line(step: TracedStep) -> str:
    facts = ", ".join(f"{name}: {value}" for name, value in step.data.items())
    return f"{step.at_s:9.3f} s  {step.step:<22} {step.what:<14} {facts}".rstrip()


def _as_data(step: TracedStep) -> dict[str, object]:
    return {
        "at_s": round(step.at_s, 6),
        "flow": step.flow,
        "version": step.version,
        "step": step.step,
        "what": step.what,
        "data": dict(step.data),
    }
