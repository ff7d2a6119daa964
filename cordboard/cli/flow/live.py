"""`cordboard flow apply`, `rollback`, `versions`: what a running server's callers get."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from cordboard.cli.console import DEFAULT_URL
from cordboard.cli.output import clock, fail, print_table

if TYPE_CHECKING:
    from api.flow_schema import FlowChangeView, FlowPlanView

Url = Annotated[str, typer.Option(help="Where the server's API is.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Answer = TypeVar("Answer")


def apply(url: Url = DEFAULT_URL, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Show how the server's folder differs from what is live and who is affected; then switch new calls to it."""
    from api.flow_client import FlowClient
    from api.flow_schema import ApplyOrder

    client = FlowClient(url)
    plan = _ask(client.apply(ApplyOrder(dry_run=True)))
    _show(plan)
    if dry_run or not plan.changes or not _agreed(yes):
        return
    expect = {change.flow: change.after for change in plan.changes}
    done = _ask(client.apply(ApplyOrder(dry_run=False, expect=expect)))
    _done(done)


def rollback(
    flow: Annotated[str, typer.Argument(help="The flow's name.")],
    version: Annotated[str | None, typer.Argument(help="Its version; the one before, if not given.")] = None,
    url: Url = DEFAULT_URL,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Let new calls have an earlier version of a flow again. Its file stays as it is."""
    from api.flow_client import FlowClient
    from api.flow_schema import RollbackOrder

    client = FlowClient(url)
    plan = _ask(client.roll_back(RollbackOrder(flow=flow, version=version)))
    _show(plan)
    if dry_run or not plan.changes or not _agreed(yes):
        return
    order = RollbackOrder(flow=flow, version=plan.changes[0].after, dry_run=False)
    _done(_ask(client.roll_back(order)))
    typer.echo("The file still has the other version: the next apply, or a restart, takes it up again.")


def versions(
    flow: Annotated[str | None, typer.Argument(help="A flow's name; all flows, if not given.")] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """List the live flows, or what was live of one."""
    from api.flow_client import FlowClient

    client = FlowClient(url)
    if flow is None:
        live = _ask(client.flows()).flows
        rows = [(f.name, f.version, str(f.calls), ", ".join(f.numbers)) for f in live]
        print_table(("flow", "version", "calls now", "numbers"), rows)
        return
    switches = _ask(client.versions(flow)).switches
    print_table(("since", "version", "why"), [(clock(s.at), s.version or "none", s.why) for s in switches])


def _ask(question: Coroutine[Any, Any, Answer]) -> Answer:
    from api.client import ApiError

    try:
        return asyncio.run(question)
    except ApiError as error:
        fail(str(error))


def _agreed(yes: bool) -> bool:
    return yes or typer.confirm("Switch new calls to this?")


def _show(plan: FlowPlanView) -> None:
    """The difference and who is affected; ends with 2 where a mistake forbids it."""
    for change in plan.changes:
        _show_change(change)
    for problem in plan.problems:
        print(problem, file=sys.stderr)
    if plan.problems:
        print(f"cordboard: {len(plan.problems)} mistakes; nothing was applied", file=sys.stderr)
        raise typer.Exit(2)
    if not plan.changes:
        typer.echo("Nothing differs from what is live.")


def _show_change(change: FlowChangeView) -> None:
    what = "new" if change.before is None else "taken away" if change.after is None else "changed"
    typer.echo(f"{change.flow}: {what}, {change.before or 'none'} -> {change.after or 'none'}")
    if change.numbers:
        typer.echo(f"  callers of {', '.join(change.numbers)}")
    if change.handed_over_by:
        typer.echo(f"  callers handed over by {', '.join(change.handed_over_by)}")
    if change.calls:
        typer.echo(f"  {change.calls} in it now, who finish on {change.before}")
    typer.echo(change.difference)


def _done(plan: FlowPlanView) -> None:
    if not plan.applied:
        fail("it was not applied")
    typer.echo("Live: " + ", ".join(f"{change.flow} {change.after or 'none'}" for change in plan.changes))
