"""`cordboard cert`: a self-signed certificate for trying SIP over TLS."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cordboard.cli.output import fail


def cert(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write cert.pem and key.pem to.")] = Path(
        "data/tls"
    ),
    name: Annotated[
        list[str] | None,
        typer.Option("--name", "-n", help="A name or address it is for; this machine's if none is given."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is valid.")] = 365,
) -> None:
    """Make a self-signed certificate for trying TLS; phones must be told to trust it."""
    from cordboard.certificates import machine_names, make_certificate

    try:
        made = make_certificate(out, name or machine_names(), days=days, now=datetime.now(UTC))
    except FileExistsError as error:
        fail(f"{error.filename} is there already; move it away, or choose another folder with --out")
    except (OSError, ValueError) as error:
        fail(f"the certificate cannot be made: {error}")
    typer.echo(f"Made {made.certificate} and {made.key}, valid {days} days, for:")
    for each in made.names:
        typer.echo(f"  {each}")
    typer.echo(
        "\nListen on TLS with it, in cordboard.yaml:\n\n"
        "  sip:\n"
        '    listen: ["tls:0.0.0.0:5061"]\n'
        f"    tls: {{certificate: {made.certificate.absolute()}, key: {made.key.absolute()}}}\n"
    )
