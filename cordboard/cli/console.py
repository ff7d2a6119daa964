"""`cordboard console`: the supervisor's view of a running server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_URL = "http://127.0.0.1:8080"


def console(
    url: Annotated[str, typer.Option(help="Where the server's API is.")] = DEFAULT_URL,
    phone: Annotated[
        str | None,
        typer.Option(
            envvar="CORDBOARD_PHONE",
            help="Your phone, for listening to talks: a supervisor's id. Not needed where there is one supervisor.",
        ),
    ] = None,
    screenshot: Annotated[
        Path | None, typer.Option(help="Draw the console with made-up data into this SVG file, and end.")
    ] = None,
) -> None:
    """Watch queues, calls and agents live."""
    if screenshot is not None:
        from tui.screenshot import save_screenshot

        save_screenshot(screenshot)
        return
    from tui.app import CordboardConsole

    CordboardConsole(url, phone=phone).run()
