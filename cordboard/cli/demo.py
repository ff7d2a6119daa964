"""`cordboard demo`: a server, simulated agents and callers, and the console on top."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from cordboard.cli.output import fail


def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="No console: print the results at the end.")
    ] = False,
    seconds: Annotated[float, typer.Option(min=5, max=86400, help="How long callers keep coming.")] = 30,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object last (with --headless).")
    ] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same people.")] = 1,
    data: Annotated[
        Path | None,
        typer.Option("--data", "-d", help="Keep journal and recordings here; a temporary folder if not."),
    ] = None,
) -> None:
    """Show a contact centre at work with simulated people."""
    from cordboard.demo.run import DemoFailed, DemoOptions, run_demo, run_demo_with_console

    options = DemoOptions(seconds=seconds, seed=seed, data=data)
    try:
        if not headless:
            run_demo_with_console(options)
            return
        result = asyncio.run(run_demo(options))
    except DemoFailed as error:
        fail(str(error))
    typer.echo(json.dumps(result.as_data()) if as_json else result.as_text())
