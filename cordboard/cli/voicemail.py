"""`cordboard voicemail`: the messages in mailboxes. Listed beside a running server; marked and removed by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cordboard.cli.console import DEFAULT_URL
from cordboard.cli.output import DataOption, clock, database, fail, print_table
from recordings.mailboxes import MailboxMessage, messages

app = typer.Typer(help="The messages in mailboxes.", no_args_is_help=True)

Url = Annotated[str, typer.Option(help="Where the server's API is.")]
MessageId = Annotated[str, typer.Argument(help="The message's id, as `voicemail list` says it.")]


@app.callback()
def _voicemail() -> None:
    """The messages in mailboxes."""


@app.command("list")
def list_messages(
    mailbox: Annotated[str | None, typer.Argument(help="Whose; all mailboxes, if not given.")] = None,
    data: DataOption = Path("data"),
    new: Annotated[bool, typer.Option("--new", help="Only those that nobody has heard.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the newest messages, with their files."""
    found = messages(database(data), mailbox, new=new, limit=limit)
    if as_json:
        for message in found:
            typer.echo(json.dumps(_as_data(message)))
        return
    if not found:
        typer.echo("no messages")
        return
    rows = [
        (
            message.id,
            message.mailbox,
            "new" if message.is_new else "old",
            clock(message.left_at),
            f"{message.seconds:.1f} s",
            message.caller,
            str(message.path or "being made"),
        )
        for message in found
    ]
    print_table(("id", "mailbox", "", "left", "length", "caller", "file"), rows)


@app.command()
def mark(
    message: MessageId,
    as_new: Annotated[bool, typer.Option("--new", help="New again, instead of heard.")] = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Say that a message has been heard; the lamps of phones follow."""
    _ask(url, "POST", f"/v1/voicemail/{message}/{'new' if as_new else 'heard'}")
    typer.echo(f"{message} is {'new again' if as_new else 'heard'}")


@app.command()
def remove(message: MessageId, url: Url = DEFAULT_URL) -> None:
    """Take a message out of its mailbox; the recording stays."""
    _ask(url, "DELETE", f"/v1/voicemail/{message}")
    typer.echo(f"{message} is removed")


def _ask(url: str, method: str, path: str) -> None:
    import httpx

    body = {"content": "{}", "headers": {"Content-Type": "application/json"}}
    try:
        with httpx.Client(base_url=url.rstrip("/"), timeout=10.0, trust_env=False) as client:
            response = client.request(method, path, **body)  # type: ignore[arg-type]
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        fail(f"{url}: {str(error) or type(error).__name__}")
    if response.status_code == 404:
        fail("there is no such message")
    if not response.is_success:
        fail(f"{url}: answered {response.status_code}")


def _as_data(message: MailboxMessage) -> dict[str, Any]:
    return {
        "id": message.id,
        "mailbox": message.mailbox,
        "call": message.call,
        "caller": message.caller,
        "left_at": message.left_at.isoformat(),
        "seconds": message.seconds,
        "heard_at": None if message.heard_at is None else message.heard_at.isoformat(),
        "path": None if message.path is None else str(message.path),
    }
