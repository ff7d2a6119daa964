"""The console driven by keys and mouse against a made server."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Digits, Input, Static

from api.client import ApiError
from api.live import Held
from api.schema import AgentView, CallHistory, CallView, HistoryEvent, Removals, SupervisionMode
from api.supervision_schema import SupervisionState
from tui.app import CordboardConsole
from tui.made_data import AT
from tui.screens.help import HelpScreen
from tui.screens.history import HistoryScreen
from tui.screens.watch import WatchScreen
from tui.widgets.banner.banner import Banner
from tui.widgets.live_table.table import LiveTable
from tui.widgets.top_bar.top_bar import TopBar

MakeConsole = Callable[..., CordboardConsole]
WIDE = (160, 50)


def _watch(pilot: Pilot[None]) -> WatchScreen:
    return next(screen for screen in pilot.app.screen_stack if isinstance(screen, WatchScreen))


def _table(pilot: Pilot[None], name: str) -> LiveTable[Any]:
    return _watch(pilot).query_one(f"#{name}", LiveTable)


def _lines(pilot: Pilot[None], name: str) -> list[str]:
    table = _table(pilot, name)
    return [table.render_line(y).text for y in range(table.size.height)]


def _text(pilot: Pilot[None], name: str) -> str:
    return "\n".join(_lines(pilot, name))


def _top(pilot: Pilot[None]) -> str:
    return _watch(pilot).query_one(TopBar).render().plain


def _tick(pilot: Pilot[None]) -> None:
    _watch(pilot).tick()


async def _settle(pilot: Pilot[None]) -> None:
    await pilot.pause()
    await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (100, 30), WIDE, (40, 12), (240, 70)])
async def test_it_shows_everything_at_every_size(
    console: MakeConsole, source: Any, size: tuple[int, int]
) -> None:
    async with console().run_test(size=size) as pilot:
        source.say_snapshot()
        await _settle(pilot)

        assert "Cordboard" in _top(pilot)
        assert "Billing" in _text(pilot, "queues")
        assert "+44 161" in _text(pilot, "calls")
        assert "Rosa" in _text(pilot, "agents")
        for name in ("queues", "calls", "agents"):
            table = _table(pilot, name)
            assert all(len(line) == table.size.width for line in _lines(pilot, name))


async def test_the_top_bar_and_the_figures(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        assert "connecting" in _top(pilot)
        source.say_snapshot()
        await _settle(pilot)

        for words in ("Acme", "16 calls", "in time △ 79 %", "up 3 h 27 min", "SIP 10.0.0.5:5060", "● live"):
            assert words in _top(pilot)
        figures = {digits.parent.id: digits.value for digits in _watch(pilot).query(Digits) if digits.parent}
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
        await _settle(pilot)
        assert "1:23" in _lines(pilot, "calls")[2]
        clock.now += 2
        _tick(pilot)

        assert "1:25" in _lines(pilot, "calls")[2]
        assert "▲ 1:25" in _text(pilot, "queues")
        assert "8:43" in _text(pilot, "agents")


async def test_a_change_is_shown_and_the_cursor_stays_on_its_row(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        await pilot.press("down", "down")
        assert _table(pilot, "calls").chosen == "c-7f3e"
        new = CallView(id="n", caller="+1 999", called="1000", state="waiting", since_s=400, queue="sales")
        source.say_change(calls=(new,), removals=Removals(calls=("c-7f39", "c-7f40")))
        await _settle(pilot)

        assert _table(pilot, "calls").chosen == "c-7f3e"
        assert "+1 999" in _lines(pilot, "calls")[2]
        assert "+44 161 496 0339" not in _text(pilot, "calls")
        assert _table(pilot, "queues").view.cursor == "billing"


async def test_a_change_repaints_only_the_lines_that_differ(
    console: MakeConsole, source: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        table = _table(pilot, "agents")
        drawn: list[tuple[Any, ...]] = []
        monkeypatch.setattr(table, "refresh", lambda *regions, **_: drawn.append(regions))
        held: Held[AgentView] = table._rows["bela"]
        source.say_change(agents=(held.view.model_copy(update={"handled": 12}),))
        await _settle(pilot)
        source.say_change()
        await _settle(pilot)

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
        await _settle(pilot)

        assert shown[-1] == 501
        assert len(shown) < 100
        assert "499 calls" in _top(pilot)


def _server(calls_now: int) -> Any:
    from tui.made_data import made_snapshot

    return made_snapshot().server.model_copy(update={"calls_now": calls_now})


async def test_keys_move_between_tables(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=(80, 24)) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        heights = {}
        for key, name in (("1", "queues"), ("2", "calls"), ("3", "agents")):
            await pilot.press(key)
            await _settle(pilot)
            assert pilot.app.focused is _table(pilot, name)
            heights[name] = _table(pilot, name).size.height
            others = [
                _table(pilot, other).size.height for other in ("queues", "calls", "agents") if other != name
            ]
            assert heights[name] > max(others)
        await pilot.press("tab")
        assert pilot.app.focused is _table(pilot, "queues")


async def test_moving_through_a_table(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=(80, 24)) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        table = _table(pilot, "calls")
        await pilot.press("end")
        assert table.chosen == "c-7f45"
        assert "+1 415 555 0132" in _lines(pilot, "calls")[-1]
        await pilot.press("k", "up")
        assert table.view.index == len(table.view.keys) - 3
        await pilot.press("pageup", "pageup", "pageup")
        assert table.view.index == 0
        await pilot.press("pagedown", "home", "j")
        assert table.view.index == 1


async def test_sorting(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        await pilot.press("3", "s")
        table = _table(pilot, "agents")
        assert table.sort_key == "since"
        assert table.view.keys[0] == "jonas"
        await pilot.press("S")
        assert table.view.keys[-1] == "jonas"
        assert "by since ▴" in _lines(pilot, "agents")[0]
        for _ in range(8):
            await pilot.press("s")
            if table.sort_key == "agent":
                break
        assert list(table.view.keys)[:2] == ["ada", "bela"]


async def test_a_click_on_a_title_sorts_and_on_a_row_takes_it(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        table = _table(pilot, "queues")
        await pilot.click(table, offset=(4, 1))
        assert list(table.view.keys) == ["billing", "night", "sales", "french", "support"]
        await pilot.click(table, offset=(4, 1))
        assert table.view.keys[0] == "support"
        await pilot.click(table, offset=(4, 4))
        assert table.chosen == "sales"
        await pilot.click(_table(pilot, "calls"), offset=(4, 3), times=2)
        await _settle(pilot)
        assert isinstance(pilot.app.screen, HistoryScreen)


async def test_a_filter_narrows_every_table_and_ends(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        await pilot.press("slash", *"BILL", "space", *"rec")
        await _settle(pilot)
        assert isinstance(pilot.app.focused, Input)
        calls = _table(pilot, "calls")
        assert set(calls.view.keys) == {"c-7f31", "c-7f2c", "c-7f37"}
        assert "3 of 17" in _lines(pilot, "calls")[0]
        assert "nothing matches the filter" in _text(pilot, "queues")

        await pilot.press("enter")
        await _settle(pilot)
        assert pilot.app.focused is calls
        assert len(calls.view.keys) == 3
        source.say_change(removals=Removals(calls=("c-7f31",)))
        await _settle(pilot)
        assert set(calls.view.keys) == {"c-7f2c", "c-7f37"}
        await pilot.press("escape")
        await _settle(pilot)
        assert len(calls.view.keys) == 16
        assert not _watch(pilot).query_one("#filter-bar").display


async def test_enter_on_a_queue_shows_its_people(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        await pilot.press("1", "enter")
        await _settle(pilot)

        assert list(_table(pilot, "queues").view.keys) == ["billing"]
        assert set(_table(pilot, "agents").view.keys) == {"ada", "chen", "ines", "kaya", "mira", "priya"}
        assert pilot.app.focused is _table(pilot, "queues")


async def test_enter_on_a_call_shows_its_history(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=(80, 24)) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        await pilot.press("enter")
        await _settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, HistoryScreen)
        events = str(screen.query_one("#history-events", Static).content)
        head = str(screen.query_one("#history-head", Static).content)
        assert source.asked == ["c-7f39"]
        assert "+44 161 496 0339" in head
        assert "waiting for 1:23" in head
        assert "11:36:18.000" in events
        assert "Call arrived" in events
        assert "+0:37" in events

        longer = HistoryEvent(at=AT, kind="call.ended", data={"cause": "remote"})
        source.histories["c-7f39"] = CallHistory(id="c-7f39", events=(longer,))
        await pilot.press("r")
        await _settle(pilot)
        assert "Call ended" in str(screen.query_one("#history-events", Static).content)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, WatchScreen)


async def test_a_history_that_cannot_be_had_is_said_plainly(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        source.history_error = "http://10.0.0.5:8080: no answer within 5 s"
        await pilot.press("enter")
        await _settle(pilot)
        body = pilot.app.screen.query_one("#history-events", Static)
        assert "no answer within 5 s" in str(body.content)

        source.history_error = None
        source.histories.clear()
        await pilot.press("r")
        await _settle(pilot)
        assert "knows nothing of this call" in str(body.content)


async def test_the_history_of_a_call_that_ends_meanwhile_stays(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        await pilot.press("enter")
        source.say_change(removals=Removals(calls=("c-7f39",)))
        await _settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, HistoryScreen)
        screen.tick()

        assert "Call has ended" in str(screen.query_one("#history-head", Static).content)
        assert "Call arrived" in str(screen.query_one("#history-events", Static).content)


async def test_enter_on_an_agent_opens_the_agents_call_if_there_is_one(
    console: MakeConsole, source: Any
) -> None:
    async with console().run_test(size=WIDE, notifications=True) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        await pilot.press("3", "enter")
        await _settle(pilot)
        assert isinstance(pilot.app.screen, WatchScreen)
        assert source.asked == []
        assert any("Rosa Blanco is on no call" in note.message for note in pilot.app._notifications)

        _table(pilot, "agents").view.select("ada")
        await pilot.press("enter")
        await _settle(pilot)
        assert source.asked == ["c-7f31"]


async def test_a_lost_server_is_said_plainly_and_comes_back(
    console: MakeConsole, source: Any, clock: Any
) -> None:
    async with console().run_test(size=(80, 24)) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        banner = _watch(pilot).query_one(Banner)
        assert not banner.display
        source.lose()
        await _settle(pilot)
        clock.now += 3
        _tick(pilot)

        assert banner.display
        said = str(banner.content)
        assert "No connection to http://10.0.0.5:8080" in said
        assert "connection refused" in said
        assert "What you see is 3 s old. Trying again in 1 s." in said
        assert "✕ no connection" in _top(pilot)
        assert _table(pilot, "calls").has_class("-stale")
        assert "1:23" in _lines(pilot, "calls")[2]  # nothing is known of the time since

        source.say_snapshot()
        await _settle(pilot)
        assert not banner.display
        assert "● live" in _top(pilot)
        assert not _table(pilot, "calls").has_class("-stale")


async def test_a_server_that_never_answered_is_asked_for_plainly(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=(80, 24)) as pilot:
        source.lose()
        await _settle(pilot)

        assert "Is it started?" in str(_watch(pilot).query_one(Banner).content)


async def test_one_table_alone_and_back(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=(80, 24)) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        for key, name in (("1", "queues"), ("2", "calls"), ("3", "agents")):
            await pilot.press(key, "z")
            await _settle(pilot)
            assert _table(pilot, name).size.height == 22
            await pilot.press("z")
            await _settle(pilot)
            assert _table(pilot, name).size.height < 15


async def test_light_and_dark(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        dark = _table(pilot, "calls").render_line(5)
        await pilot.press("t")
        await _settle(pilot)
        light = _table(pilot, "calls").render_line(5)
        assert pilot.app.theme == "cordboard-light"
        assert light != dark
        assert light.text == dark.text
        await pilot.press("t")
        await _settle(pilot)
        assert _table(pilot, "calls").render_line(5) == dark


async def test_help(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)
        assert pilot.app.screen.query_one("#help").max_scroll_y == 0
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, WatchScreen)


async def test_quit(console: MakeConsole) -> None:
    app = console()
    async with app.run_test() as pilot:
        await pilot.press("q")
        await pilot.pause()
    assert app.return_code == 0


async def test_an_empty_centre_says_so(console: MakeConsole, source: Any) -> None:
    from tui.made_data import made_snapshot

    empty = made_snapshot().model_copy(update={"queues": (), "calls": (), "agents": ()})
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot(empty)
        await _settle(pilot)

        assert "nobody is calling" in _text(pilot, "calls")
        assert "no queues are configured" in _text(pilot, "queues")
        assert "no agents are configured" in _text(pilot, "agents")
        await pilot.press("enter", "down", "s", "end")


class _Talks:
    """Remembers what the console asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    async def supervise(self, call: str, mode: SupervisionMode, phone: str | None = None) -> SupervisionState:
        self.asked.append((call, mode))
        if call == "c-7f18":
            raise ApiError("the phone of sue is not registered")
        return SupervisionState(call=call, phone=phone or "sue", mode=mode, state="ringing")

    async def end_supervision(self, call: str, phone: str | None = None) -> SupervisionState:
        self.asked.append((call, "end"))
        return SupervisionState(call=call, phone=phone or "sue", mode="listen", state="ended")


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said to the supervisor; on the screen it goes away by itself."""
    said: list[str] = []
    monkeypatch.setattr(WatchScreen, "notify", lambda _self, message, **_more: said.append(message))
    return said


async def _supervised(pilot: Pilot[None]) -> None:
    await pilot.pause()
    if begun := [worker for worker in pilot.app.workers if worker.group == "supervise"]:
        # Of none at all it would wait for every worker, for ever.
        await pilot.app.workers.wait_for_complete(begun)


async def test_keys_of_a_supervisor(source: Any, clock: Any, notes: list[str]) -> None:
    talks = _Talks()
    console = CordboardConsole(source=source, clock=clock, talks=talks, phone="sue")
    async with console.run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        await pilot.press("l")
        await _supervised(pilot)
        assert "talks to nobody now" in notes[-1]
        await pilot.press("3", *["down"] * 6, "w")  # Ada, whom sue listens to
        await _supervised(pilot)
        assert notes[-1] == "sue rings: answer it for the talk of Ada Osei"
        await pilot.press("l")
        await _supervised(pilot)
        assert notes[-1] == "sue has left the talk of Ada Osei"
        await pilot.press("up", "up", "b")
        await _supervised(pilot)
        assert notes[-1] == "the phone of sue is not registered"
        assert talks.asked == [("c-7f31", "whisper"), ("c-7f31", "end"), ("c-7f18", "barge")]
        await pilot.press("1", "b")
        assert len(talks.asked) == 3


async def test_a_console_that_only_looks_on_says_so(
    console: MakeConsole, source: Any, notes: list[str]
) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        await pilot.press("3", *["down"] * 5, "l")
        await _supervised(pilot)
        assert notes[-1] == "this console only looks on"


async def test_a_key_that_comes_before_the_newest_state_is_drawn(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        screen = _watch(pilot)
        for call in list(screen.watcher.live.calls):
            del screen.watcher.live.calls[call]  # the stream has said so, the message about it still waits
        screen.tick()
        await pilot.press("down", "up", "l")
        assert "+44 161 496 0339" in _text(pilot, "calls")


async def test_an_agent_who_is_on_no_call_is_named(
    console: MakeConsole, source: Any, notes: list[str]
) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await _settle(pilot)
        await pilot.press("3", "w")
        await _supervised(pilot)
        assert notes == ["Rosa Blanco is on no call now"]
