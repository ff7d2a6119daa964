"""The command line: `cordboard serve`, `demo`, `console`, `cert`, `calls`, `config`, `recordings`, `restart`,
`voicemail`, `flow`, `sip`, `simulate`, `why`.

Owns what is printed and with which exit code: 0 for well, 1 for "could not", 2 for mistakes in the input, all listed.
No traceback reaches a user for anything that a user can cause. Heavy rooms are imported by the command that needs them,
so that `--help` is quick.
"""

from __future__ import annotations

from typing import Annotated

import typer

from cordboard import __version__
from cordboard.cli.calls import app as calls
from cordboard.cli.cert import cert
from cordboard.cli.config import app as config
from cordboard.cli.console import console
from cordboard.cli.demo import demo
from cordboard.cli.flow import app as flow
from cordboard.cli.recordings import app as recordings
from cordboard.cli.restart import restart
from cordboard.cli.serve import serve
from cordboard.cli.simulate import simulate
from cordboard.cli.sip import app as sip
from cordboard.cli.voicemail import app as voicemail
from cordboard.cli.why import why

app = typer.Typer(
    name="cordboard",
    help="An open contact centre on SIP.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve)
app.command("restart")(restart)
app.command("demo")(demo)
app.command("console")(console)
app.command("cert")(cert)
app.command("simulate")(simulate)
app.command("why")(why)
app.add_typer(calls, name="calls")
app.add_typer(recordings, name="recordings")
app.add_typer(voicemail, name="voicemail")
app.add_typer(flow, name="flow")
app.add_typer(config, name="config")
app.add_typer(sip, name="sip")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cordboard {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """An open contact centre on SIP."""


def main() -> None:
    """Where the `cordboard` command starts."""
    app()
