"""`cordboard flow graph` and `flow schema`: a flow for eyes, the language for editors."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from cordboard.cli.output import DataOption, database, fail, refuse


class Format(Enum):
    """How a chart is written."""

    MERMAID = "mermaid"
    SVG = "svg"


def graph(
    path: Annotated[Path, typer.Argument(help="A flow file.")],
    output: Annotated[
        Format, typer.Option("--format", "-f", help="Mermaid text, or a picture.")
    ] = Format.MERMAID,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write to this file; .svg is a picture.")
    ] = None,
    calls: Annotated[bool, typer.Option("--calls", help="Count callers, from the journal.")] = False,
    data: DataOption = Path("data"),
) -> None:
    """Draw a flow: its sections, and which branches lead where."""
    from callflows.chart import chart_of, mermaid
    from callflows.flow import load_flow
    from callflows.picture import svg
    from callflows.source import FlowProblems
    from cordboard.flow_history import counts_of
    from journal.reading import JournalReader

    try:
        flow = load_flow(path)
    except FlowProblems as error:
        refuse(error.problems)
    chart = chart_of(flow, counts_of(JournalReader(database(data)), flow.name) if calls else None)
    is_svg = output is Format.SVG or (out is not None and out.suffix == ".svg")
    text = svg(chart) if is_svg else mermaid(chart)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}")


def schema() -> None:
    """Print the JSON Schema of flow files: editors complete and check with it."""
    from callflows.schema import flow_schema_text

    typer.echo(flow_schema_text(), nl=False)
