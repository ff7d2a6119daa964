"""The console's picture: drawn without a terminal, with made-up data and a clock that stands still."""

import asyncio
import re
from datetime import UTC
from pathlib import Path

from tui.app import CordboardConsole
from tui.made_data import MadeSource

WIDE = (160, 50)
FONTS = "'Fira Code', 'JetBrains Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace"


def save_screenshot(
    path: Path, *, size: tuple[int, int] = WIDE, light: bool = False, keys: tuple[str, ...] = ()
) -> None:
    """Writes an SVG of the console as it looks after `keys` were pressed; `size` is columns and lines."""
    path.write_text(asyncio.run(draw(size=size, light=light, keys=keys)), encoding="utf-8")


async def draw(*, size: tuple[int, int] = WIDE, light: bool = False, keys: tuple[str, ...] = ()) -> str:
    """The SVG's text."""
    console = CordboardConsole(source=MadeSource(), clock=lambda: 0.0, zone=UTC, light=light)
    async with console.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        return _standalone(console.export_screenshot(title="cordboard console", simplify=True))


def _standalone(svg: str) -> str:
    """Without fonts fetched from elsewhere, and with names that are the same in every run."""
    svg = re.sub(r"@font-face\s*\{[^}]*\}\s*", "", svg)
    svg = re.sub(r"font-family:\s*Fira Code,\s*monospace", f"font-family: {FONTS}", svg)
    return re.sub(r"terminal-\d+", "console", svg)
