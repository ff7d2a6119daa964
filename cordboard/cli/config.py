"""`cordboard config plan`, `apply`: queues and agents of a running server changed without a restart."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cordboard.cli.console import DEFAULT_URL
from cordboard.cli.output import fail

if TYPE_CHECKING:
    from api.config_schema import ConfigOrder, ConfigPlanView

app = typer.Typer(help="Queues and agents of a running server.", no_args_is_help=True)

Url = Annotated[str, typer.Option(help="Where the server's API is.")]
Move = Annotated[
    list[str] | None,
    typer.Option("--move", metavar="OLD=NEW", help="Where those go who wait in a queue that goes."),
]


@app.command()
def plan(url: Url = DEFAULT_URL, move: Move = None) -> None:
    """Show how the server's folder differs from its queues and agents, and whom that would touch."""
    from api.config_schema import ConfigOrder

    _show(_ask(url, ConfigOrder(move=_moves(move))))


@app.command()
def apply(
    url: Url = DEFAULT_URL,
    move: Move = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Show the same, then change over. Nobody is logged out, no counter starts anew, talks go on."""
    from api.config_schema import ConfigOrder

    moves = _moves(move)
    planned = _ask(url, ConfigOrder(move=moves))
    _show(planned)
    if not planned.changes or not (yes or typer.confirm("Change over to this?")):
        return
    done = _ask(url, ConfigOrder(dry_run=False, expect=planned.version, move=moves))
    if not done.applied:
        _show(done)
        fail("it was not applied")
    typer.echo(f"Applied: {len(done.changes)} changes.")


def _moves(given: list[str] | None) -> dict[str, str]:
    moves = {}
    for each in given or ():
        old, equals, new = each.partition("=")
        if not (equals and old and new):
            fail(f'--move expects OLD=NEW, got "{each}"')
        moves[old] = new
    return moves


def _ask(url: str, order: ConfigOrder) -> ConfigPlanView:
    from api.client import ApiError
    from api.config_client import ConfigClient

    try:
        return asyncio.run(ConfigClient(url).apply(order))
    except ApiError as error:
        fail(str(error))


def _show(plan: ConfigPlanView) -> None:
    """What changes and whom it touches; ends with 2 where a mistake forbids it."""
    for change in plan.changes:
        typer.echo(f"{change.about}: {change.what}: {change.before} -> {change.after}")
    for contact in plan.contacts:
        typer.echo(f"  touches {contact.caller}, who waits in {contact.queue} ({contact.id})")
    if plan.agents:
        typer.echo(f"  touches agents {', '.join(plan.agents)}; nobody is logged out")
    for section in plan.restart:
        typer.echo(f"  {section}: differs too, and waits for the next start")
    for problem in plan.problems:
        print(problem, file=sys.stderr)
    if plan.problems:
        print(f"cordboard: {len(plan.problems)} problems; nothing was applied", file=sys.stderr)
        raise typer.Exit(2)
    if not plan.changes:
        typer.echo("Nothing of queues and agents differs from what runs.")
