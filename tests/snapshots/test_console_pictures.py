"""What the console looks like, picture by picture; `pytest --snapshot-update` takes new ones."""

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from textual.pilot import Pilot

from api.client import Lost
from tui.app import CordboardConsole
from tui.made_data import MadeSource

SMALL, WIDE = (80, 24), (160, 50)
Compare = Callable[..., bool]


def _console(source: MadeSource | None = None, *, light: bool = False) -> CordboardConsole:
    return CordboardConsole(source=source or MadeSource(), clock=lambda: 0.0, zone=UTC, light=light)


async def _settled(pilot: Pilot[Any]) -> None:
    await pilot.pause()
    await pilot.pause()


class LostSource(MadeSource):
    """Says the snapshot and is gone."""

    async def stream(self) -> Any:
        said = super().stream()
        yield await anext(said)
        yield await anext(said)
        await said.aclose()
        yield Lost("nothing listens there (connection refused)", 1, 4.0)
        await _forever()


async def _forever() -> None:
    import asyncio

    await asyncio.Event().wait()


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "160x50"])
@pytest.mark.parametrize("light", [False, True], ids=["dark", "light"])
def test_console(snap_compare: Compare, size: tuple[int, int], light: bool) -> None:
    assert snap_compare(_console(light=light), terminal_size=size, run_before=_settled)


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "160x50"])
def test_history(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def open_history(pilot: Pilot[Any]) -> None:
        await _settled(pilot)
        await pilot.press("down", "enter")
        await _settled(pilot)

    assert snap_compare(_console(), terminal_size=size, run_before=open_history)


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "160x50"])
def test_lost_server(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(_console(LostSource()), terminal_size=size, run_before=_settled)


def test_filter(snap_compare: Compare) -> None:
    async def narrow(pilot: Pilot[Any]) -> None:
        await _settled(pilot)
        await pilot.press("slash", *"billing", "enter")
        await _settled(pilot)

    assert snap_compare(_console(), terminal_size=SMALL, run_before=narrow)


def test_help(snap_compare: Compare) -> None:
    assert snap_compare(_console(), terminal_size=SMALL, press=["question_mark"])
