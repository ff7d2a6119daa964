"""What tests see of a running console: its tables line by line, its top bar."""

from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from tui.app import CordboardConsole
from tui.screens.watch import WatchScreen
from tui.widgets.live_table.table import LiveTable
from tui.widgets.top_bar.top_bar import TopBar

MakeConsole = Callable[..., CordboardConsole]
WIDE = (160, 50)


def watch_of(pilot: Pilot[None]) -> WatchScreen:
    return next(screen for screen in pilot.app.screen_stack if isinstance(screen, WatchScreen))


def table_of(pilot: Pilot[None], name: str) -> LiveTable[Any]:
    return watch_of(pilot).query_one(f"#{name}", LiveTable)


def lines_of(pilot: Pilot[None], name: str) -> list[str]:
    table = table_of(pilot, name)
    return [table.render_line(y).text for y in range(table.size.height)]


def text_of(pilot: Pilot[None], name: str) -> str:
    return "\n".join(lines_of(pilot, name))


def top_of(pilot: Pilot[None]) -> str:
    return watch_of(pilot).query_one(TopBar).render().plain


def tick(pilot: Pilot[None]) -> None:
    watch_of(pilot).tick()


async def settle(pilot: Pilot[None]) -> None:
    await pilot.pause()
    await pilot.pause()
