"""The console against the real API over a real socket: it sees, follows, and survives a restart of the server."""

import asyncio
from collections.abc import Sequence

from textual.pilot import Pilot

from api.client import ApiClient, BackOff
from api.schema import CallHistory, CallSummary, RecordingView, Snapshot
from api.server import ApiServer
from tui.app import CordboardConsole
from tui.made_data import made_history, made_snapshot
from tui.screens.watch import WatchScreen
from tui.widgets.top_bar.top_bar import TopBar


class MadeSystem:
    """The made-up centre as a system."""

    def __init__(self) -> None:
        self.now = made_snapshot()

    def snapshot(self) -> Snapshot:
        return self.now

    async def history(self, call_id: str) -> CallHistory | None:
        return made_history(call_id)

    async def calls(self, limit: int) -> Sequence[CallSummary]:
        return []

    async def recordings(self, limit: int) -> Sequence[RecordingView]:
        return []

    def set_calls_now(self, number: int) -> None:
        server = self.now.server.model_copy(update={"calls_now": number})
        self.now = self.now.model_copy(update={"server": server})


async def _until(pilot: Pilot[None], words: str) -> None:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, WatchScreen)
    async with asyncio.timeout(10):
        while words not in screen.query_one(TopBar).render().plain:
            await pilot.pause(0.01)


async def test_it_sees_follows_and_comes_back() -> None:
    system = MadeSystem()
    server = ApiServer(system, "127.0.0.1", 0, interval_s=0.01)
    await server.start()
    client = ApiClient(f"http://127.0.0.1:{server.port}", back_off=BackOff(first_s=0.01, most_s=0.02))
    async with CordboardConsole(source=client).run_test(size=(160, 50)) as pilot:
        await _until(pilot, "16 calls")
        system.set_calls_now(77)
        await _until(pilot, "77 calls")

        await server.close()
        await _until(pilot, "no connection")
        system.set_calls_now(5)
        again = ApiServer(system, "127.0.0.1", server.port, interval_s=0.01)
        await again.start()
        await _until(pilot, "5 calls")
        await _until(pilot, "live")
        await again.close()
