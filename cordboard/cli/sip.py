"""`cordboard sip`: trunks, bans and a call's messages, asked of a running server through its API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from cordboard.cli.output import fail

if TYPE_CHECKING:
    from api.sip_client import SipClient

app = typer.Typer(help="Trunks, bans, and the messages of a call.", no_args_is_help=True)
bans_app = typer.Typer(help="Who is not listened to.", no_args_is_help=True)
app.add_typer(bans_app, name="bans")

UrlOption = Annotated[str, typer.Option("--url", help="Where the server's API is.")]
JsonOption = Annotated[bool, typer.Option("--json", help="What the API says, as JSON.")]
URL = "http://127.0.0.1:8080"
T = TypeVar("T")


def _ask(url: str, question: Callable[[SipClient], Awaitable[T]]) -> T:
    from api.client import ApiError
    from api.sip_client import SipClient

    async def ask() -> T:
        return await question(SipClient(url))

    try:
        return asyncio.run(ask())
    except ApiError as error:
        fail(str(error))


@app.command()
def trunks(url: UrlOption = URL, as_json: JsonOption = False) -> None:
    """List the trunks: whether they answer, are registered, and how many calls are on them."""
    found = _ask(url, lambda client: client.trunks())
    if as_json:
        typer.echo(found.model_dump_json())
        return
    table = Table(
        "trunk", "address", "state", "for", "registered", "calls", "in", "out", "failed", "refused", box=None
    )
    for trunk in found.trunks:
        registered = "yes" if trunk.registered else f"no ({trunk.registration_status or 'not yet'})"
        table.add_row(
            trunk.name,
            trunk.uri,
            trunk.state,
            _span(trunk.since_s),
            registered if trunk.registers else "",
            f"{trunk.calls_now}/{trunk.max_calls}" if trunk.max_calls else str(trunk.calls_now),
            str(trunk.calls_in),
            str(trunk.calls_out),
            str(trunk.failed_out),
            str(trunk.refused),
        )
    Console().print(table if found.trunks else "no trunks are configured")


@app.command()
def status(url: UrlOption = URL, as_json: JsonOption = False) -> None:
    """Show what was kept out since the start, and whether there is room for new calls."""
    found = _ask(url, lambda client: client.status())
    if as_json:
        typer.echo(found.model_dump_json())
        return
    for name, value in found.model_dump().items():
        typer.echo(f"{name:<22} {value}")


@bans_app.command("list")
def list_bans(url: UrlOption = URL, as_json: JsonOption = False) -> None:
    """List who is not listened to, why, and for how long."""
    found = _ask(url, lambda client: client.bans())
    if as_json:
        typer.echo(found.model_dump_json())
        return
    table = Table("source", "why", "since", "ends in", "bans", "kept out", box=None)
    for ban in found.bans:
        table.add_row(
            ban.source, ban.why, _span(ban.since_s), _span(ban.ends_in_s), str(ban.count), str(ban.dropped)
        )
    Console().print(table if found.bans else "nobody is banned")


@bans_app.command("lift")
def lift_ban(
    source: Annotated[str, typer.Argument(help="As the list shows it.")], url: UrlOption = URL
) -> None:
    """Listen to a source again."""
    if not _ask(url, lambda client: client.lift_ban(source)):
        fail(f"{source} is not banned: `cordboard sip bans list` shows who is")
    typer.echo(f"{source} is listened to again")


@app.command()
def trace(
    call: Annotated[str, typer.Argument(help="The call's id, as `cordboard calls list` shows it.")],
    url: UrlOption = URL,
    as_json: JsonOption = False,
    full: Annotated[bool, typer.Option("--full", help="Whole messages, not the ladder.")] = False,
) -> None:
    """Draw the SIP messages of a call between the server and everybody it spoke with."""
    from cordboard.sip_ladder import draw, in_full

    found = _ask(url, lambda client: client.ladder(call))
    if found is None:
        fail(f'no messages of a call "{call}" are kept: `cordboard calls list` shows the calls')
    if as_json:
        typer.echo(found.model_dump_json())
        return
    for line in in_full(found) if full else draw(found):
        typer.echo(line)


def _span(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{whole % 60:02}s" if minutes else f"{whole}s"
