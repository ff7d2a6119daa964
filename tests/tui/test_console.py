"""What the console shows of a made server: at every size, as it changes, and when the server is lost."""

from typing import Any

import pytest
from textual.widgets import Digits

from api.live import Held
from api.schema import AgentView, CallView, Removals
from tests.tui.console_kit import (
    WIDE,
    MakeConsole,
    lines_of,
    settle,
    table_of,
    text_of,
    tick,
    top_of,
    watch_of,
)
from tui.widgets.banner.banner import Banner
from tui.widgets.live_table.table import LiveTable


@pytest.mark.parametrize("size", [(80, 24), (100, 30), WIDE, (40, 12), (240, 70)])
async def test_it_shows_everything_at_every_size(
    console: MakeConsole, source: Any, size: tuple[int, int]
) -> None:
    async with console().run_test(size=size) as pilot:
        source.say_snapshot()
        await settle(pilot)

        assert "Cordboard" in top_of(pilot)
        assert "Billing" in text_of(pilot, "queues")
        assert "+44 161" in text_of(pilot, "calls")
        assert "Rosa" in text_of(pilot, "agents")
        for name in ("queues", "calls", "agents"):
            table = table_of(pilot, name)
            assert all(len(line) == table.size.width for line in lines_of(pilot, name))


async def test_the_top_bar_and_the_figures(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        assert "connecting" in top_of(pilot)
        source.say_snapshot()
        await settle(pilot)

        for words in ("Acme", "16 calls", "in time △ 79 %", "up 3 h 27 min", "SIP 10.0.0.5:5060", "● live"):
            assert words in top_of(pilot)
        figures = {
            digits.parent.id: digits.value for digits in watch_of(pilot).query(Digits) if digits.parent
        }
        assert figures == {
            "tile-calls": "16",
            "tile-waiting": "4",
            "tile-longest": "1:23",
            "tile-service": "79 %",
            "tile-lost": "24",
            "tile-available": "3",
        }


async def test_durations_tick_without_anything_being_fetched(
    console: MakeConsole, source: Any, clock: Any
) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await settle(pilot)
        assert "1:23" in lines_of(pilot, "calls")[2]
        clock.now += 2
        tick(pilot)

        assert "1:25" in lines_of(pilot, "calls")[2]
        assert "▲ 1:25" in text_of(pilot, "queues")
        assert "8:43" in text_of(pilot, "agents")


async def test_a_change_is_shown_and_the_cursor_stays_on_its_row(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await settle(pilot)
        await pilot.press("down", "down")
        assert table_of(pilot, "calls").chosen == "c-7f3e"
        new = CallView(id="n", caller="+1 999", called="1000", state="waiting", since_s=400, queue="sales")
        source.say_change(calls=(new,), removals=Removals(calls=("c-7f39", "c-7f40")))
        await settle(pilot)

        assert table_of(pilot, "calls").chosen == "c-7f3e"
        assert "+1 999" in lines_of(pilot, "calls")[2]
        assert "+44 161 496 0339" not in text_of(pilot, "calls")
        assert table_of(pilot, "queues").view.cursor == "billing"


async def test_a_change_repaints_only_the_lines_that_differ(
    console: MakeConsole, source: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await settle(pilot)
        table = table_of(pilot, "agents")
        drawn: list[tuple[Any, ...]] = []
        monkeypatch.setattr(table, "refresh", lambda *regions, **_: drawn.append(regions))
        held: Held[AgentView] = table._rows["bela"]
        source.say_change(agents=(held.view.model_copy(update={"handled": 12}),))
        await settle(pilot)
        source.say_change()
        await settle(pilot)

        assert [[region.y for region in regions] for regions in drawn] == [[3]]


async def test_a_flood_of_changes_collapses_to_the_newest(
    console: MakeConsole, source: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[int] = []
    original = LiveTable.show

    def show(self: LiveTable[Any], rows: Any, context: Any) -> None:
        if self.id == "calls":
            shown.append(context.live.sequence)
        original(self, rows, context)

    monkeypatch.setattr(LiveTable, "show", show)
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        for number in range(500):
            server = _server(number)
            source.say_change(server=server)
        await settle(pilot)

        assert shown[-1] == 501
        assert len(shown) < 100
        assert "499 calls" in top_of(pilot)


def _server(calls_now: int) -> Any:
    from tui.made_data import made_snapshot

    return made_snapshot().server.model_copy(update={"calls_now": calls_now})


async def test_a_lost_server_is_said_plainly_and_comes_back(
    console: MakeConsole, source: Any, clock: Any
) -> None:
    async with console().run_test(size=(80, 24)) as pilot:
        source.say_snapshot()
        await settle(pilot)
        banner = watch_of(pilot).query_one(Banner)
        assert not banner.display
        source.lose()
        await settle(pilot)
        clock.now += 3
        tick(pilot)

        assert banner.display
        said = str(banner.content)
        assert "No connection to http://10.0.0.5:8080" in said
        assert "connection refused" in said
        assert "What you see is 3 s old. Trying again in 1 s." in said
        assert "✕ no connection" in top_of(pilot)
        assert table_of(pilot, "calls").has_class("-stale")
        assert "1:23" in lines_of(pilot, "calls")[2]  # nothing is known of the time since

        source.say_snapshot()
        await settle(pilot)
        assert not banner.display
        assert "● live" in top_of(pilot)
        assert not table_of(pilot, "calls").has_class("-stale")


async def test_a_server_that_never_answered_is_asked_for_plainly(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=(80, 24)) as pilot:
        source.lose()
        await settle(pilot)

        assert "Is it started?" in str(watch_of(pilot).query_one(Banner).content)


async def test_light_and_dark(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await settle(pilot)
        dark = table_of(pilot, "calls").render_line(5)
        await pilot.press("t")
        await settle(pilot)
        light = table_of(pilot, "calls").render_line(5)
        assert pilot.app.theme == "cordboard-light"
        assert light != dark
        assert light.text == dark.text
        await pilot.press("t")
        await settle(pilot)
        assert table_of(pilot, "calls").render_line(5) == dark


async def test_an_empty_centre_says_so(console: MakeConsole, source: Any) -> None:
    from tui.made_data import made_snapshot

    empty = made_snapshot().model_copy(update={"queues": (), "calls": (), "agents": ()})
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot(empty)
        await settle(pilot)

        assert "nobody is calling" in text_of(pilot, "calls")
        assert "no queues are configured" in text_of(pilot, "queues")
        assert "no agents are configured" in text_of(pilot, "agents")
        await pilot.press("enter", "down", "s", "end")
