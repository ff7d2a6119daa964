"""The watcher: state, connection, and the time of the picture."""

import asyncio
from typing import Any

from tui.watcher import Broken, Live, Trying, Watcher


async def _run(watcher: Watcher, source: Any) -> None:
    running = asyncio.create_task(watcher.run())
    while not source.events.empty():
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def _watcher(source: Any, clock: Any) -> tuple[Watcher, list[str]]:
    heard: list[str] = []
    watcher = Watcher(
        source,
        clock,
        on_state=lambda: heard.append("state"),
        on_connection=lambda: heard.append("connection"),
    )
    return watcher, heard


async def test_a_first_snapshot_makes_it_live(source: Any, clock: Any) -> None:
    watcher, heard = _watcher(source, clock)
    assert watcher.connection == Trying()
    source.say_snapshot()
    await _run(watcher, source)

    assert watcher.connection == Live()
    assert heard == ["connection", "state"]
    assert watcher.live.calls["c-7f31"].lasted_s(clock.now) == 312


async def test_a_lost_server_stops_the_time_of_the_picture(source: Any, clock: Any) -> None:
    watcher, _ = _watcher(source, clock)
    source.say_snapshot()
    source.lose("gone", retry_in_s=4.0)
    await _run(watcher, source)
    clock.now += 3

    assert watcher.connection == Broken(1000.0, "gone", 1004.0)
    assert watcher.context.now == 1000.0
    assert watcher.retry_in_s() == 1.0
    clock.now += 60
    assert watcher.retry_in_s() == 0.0


async def test_further_losses_keep_the_first_time_and_it_comes_back(source: Any, clock: Any) -> None:
    watcher, _ = _watcher(source, clock)
    source.say_snapshot()
    source.lose("gone")
    await _run(watcher, source)
    clock.now += 10
    source.lose("still gone", retry_in_s=8.0)
    await _run(watcher, source)
    assert watcher.connection == Broken(1000.0, "still gone", 1018.0)

    source.say_snapshot()
    await _run(watcher, source)
    assert watcher.connection == Live()
    assert watcher.context.now == 1010.0


async def test_a_change_is_state_only(source: Any, clock: Any) -> None:
    watcher, heard = _watcher(source, clock)
    source.say_snapshot()
    source.say_change()
    await _run(watcher, source)

    assert heard == ["connection", "state", "state"]
