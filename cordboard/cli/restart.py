"""`cordboard restart`: a running server begins anew, and its calls go on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cordboard.cli.output import DataOption, fail
from cordboard.folders import Folders


def restart(
    data: DataOption = Path("data"),
    timeout: Annotated[float, typer.Option(help="Seconds to wait until callers are served again.")] = 60.0,
) -> None:
    """Restart the server on a data folder without ending its calls: after an upgrade, or a change of its settings."""
    from cordboard.restart.control import Control, NotRunning

    try:
        problem = Control(Folders(data.absolute()).run).restart(timeout)
    except NotRunning as error:
        fail(str(error))
    if problem:
        fail(f"the server goes on as it was: {problem}")
    print("Restarted; calls went on.")
