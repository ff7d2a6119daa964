"""`cordboard flow`: work on call flows; only `apply`, `rollback` and `versions` need a running server."""

from __future__ import annotations

import typer

from cordboard.cli.flow.cases import run_cases
from cordboard.cli.flow.check import check
from cordboard.cli.flow.draw import graph, schema
from cordboard.cli.flow.fmt import fmt
from cordboard.cli.flow.live import apply, rollback, versions
from cordboard.cli.flow.talk import talk
from cordboard.cli.flow.trace import trace

app = typer.Typer(help="Work on call flows.", no_args_is_help=True)
app.command()(check)
app.command("test")(run_cases)
app.command()(talk)
app.command()(graph)
app.command()(schema)
app.command()(fmt)
app.command()(trace)
app.command()(apply)
app.command()(rollback)
app.command()(versions)
