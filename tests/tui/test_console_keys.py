"""The console driven by keys and mouse against a made server."""

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from api.client import ApiError
from api.schema import CallHistory, HistoryEvent, Removals, SupervisionMode
from api.supervision_schema import SupervisionState
from tests.tui.console_kit import WIDE, MakeConsole, lines_of, settle, table_of, text_of, watch_of
from tui.app import CordboardConsole
from tui.made_data import AT
from tui.screens.help import HelpScreen
from tui.screens.history import HistoryScreen
from tui.screens.watch import WatchScreen


async def test_keys_move_between_tables(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=(80, 24)) as pilot:
        source.say_snapshot()
        await settle(pilot)
        heights = {}
        for key, name in (("1", "queues"), ("2", "calls"), ("3", "agents")):
            await pilot.press(key)
            await settle(pilot)
            assert pilot.app.focused is table_of(pilot, name)
            heights[name] = table_of(pilot, name).size.height
            others = [
                table_of(pilot, other).size.height for other in ("queues", "calls", "agents") if other != name
            ]
            assert heights[name] > max(others)
        await pilot.press("tab")
        assert pilot.app.focused is table_of(pilot, "queues")


async def test_moving_through_a_table(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=(80, 24)) as pilot:
        source.say_snapshot()
        await settle(pilot)
        table = table_of(pilot, "calls")
        await pilot.press("end")
        assert table.chosen == "c-7f45"
        assert "+1 415 555 0132" in lines_of(pilot, "calls")[-1]
        await pilot.press("k", "up")
        assert table.view.index == len(table.view.keys) - 3
        await pilot.press("pageup", "pageup", "pageup")
        assert table.view.index == 0
        await pilot.press("pagedown", "home", "j")
        assert table.view.index == 1


async def test_sorting(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await settle(pilot)
        await pilot.press("3", "s")
        table = table_of(pilot, "agents")
        assert table.sort_key == "since"
        assert table.view.keys[0] == "jonas"
        await pilot.press("S")
        assert table.view.keys[-1] == "jonas"
        assert "by since ▴" in lines_of(pilot, "agents")[0]
        for _ in range(8):
            await pilot.press("s")
            if table.sort_key == "agent":
                break
        assert list(table.view.keys)[:2] == ["ada", "bela"]


async def test_a_click_on_a_title_sorts_and_on_a_row_takes_it(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await settle(pilot)
        table = table_of(pilot, "queues")
        await pilot.click(table, offset=(4, 1))
        assert list(table.view.keys) == ["billing", "night", "sales", "french", "support"]
        await pilot.click(table, offset=(4, 1))
        assert table.view.keys[0] == "support"
        await pilot.click(table, offset=(4, 4))
        assert table.chosen == "sales"
        await pilot.click(table_of(pilot, "calls"), offset=(4, 3), times=2)
        await settle(pilot)
        assert isinstance(pilot.app.screen, HistoryScreen)


async def test_a_filter_narrows_every_table_and_ends(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await settle(pilot)
        await pilot.press("slash", *"BILL", "space", *"rec")
        await settle(pilot)
        assert isinstance(pilot.app.focused, Input)
        calls = table_of(pilot, "calls")
        assert set(calls.view.keys) == {"c-7f31", "c-7f2c", "c-7f37"}
        assert "3 of 17" in lines_of(pilot, "calls")[0]
        assert "nothing matches the filter" in text_of(pilot, "queues")

        await pilot.press("enter")
        await settle(pilot)
        assert pilot.app.focused is calls
        assert len(calls.view.keys) == 3
        source.say_change(removals=Removals(calls=("c-7f31",)))
        await settle(pilot)
        assert set(calls.view.keys) == {"c-7f2c", "c-7f37"}
        await pilot.press("escape")
        await settle(pilot)
        assert len(calls.view.keys) == 16
        assert not watch_of(pilot).query_one("#filter-bar").display


async def test_enter_on_a_queue_shows_its_people(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await settle(pilot)
        await pilot.press("1", "enter")
        await settle(pilot)

        assert list(table_of(pilot, "queues").view.keys) == ["billing"]
        assert set(table_of(pilot, "agents").view.keys) == {"ada", "chen", "ines", "kaya", "mira", "priya"}
        assert pilot.app.focused is table_of(pilot, "queues")


async def test_enter_on_a_call_shows_its_history(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=(80, 24)) as pilot:
        source.say_snapshot()
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
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
        await settle(pilot)
        assert "Call ended" in str(screen.query_one("#history-events", Static).content)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, WatchScreen)


async def test_a_history_that_cannot_be_had_is_said_plainly(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await settle(pilot)
        source.history_error = "http://10.0.0.5:8080: no answer within 5 s"
        await pilot.press("enter")
        await settle(pilot)
        body = pilot.app.screen.query_one("#history-events", Static)
        assert "no answer within 5 s" in str(body.content)

        source.history_error = None
        source.histories.clear()
        await pilot.press("r")
        await settle(pilot)
        assert "knows nothing of this call" in str(body.content)


async def test_the_history_of_a_call_that_ends_meanwhile_stays(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await settle(pilot)
        await pilot.press("enter")
        source.say_change(removals=Removals(calls=("c-7f39",)))
        await settle(pilot)
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
        await settle(pilot)
        await pilot.press("3", "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WatchScreen)
        assert source.asked == []
        assert any("Rosa Blanco is on no call" in note.message for note in pilot.app._notifications)

        table_of(pilot, "agents").view.select("ada")
        await pilot.press("enter")
        await settle(pilot)
        assert source.asked == ["c-7f31"]


async def test_one_table_alone_and_back(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=(80, 24)) as pilot:
        source.say_snapshot()
        await settle(pilot)
        for key, name in (("1", "queues"), ("2", "calls"), ("3", "agents")):
            await pilot.press(key, "z")
            await settle(pilot)
            assert table_of(pilot, name).size.height == 22
            await pilot.press("z")
            await settle(pilot)
            assert table_of(pilot, name).size.height < 15


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
        await settle(pilot)
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
        await settle(pilot)
        await pilot.press("3", *["down"] * 5, "l")
        await _supervised(pilot)
        assert notes[-1] == "this console only looks on"


async def test_a_key_that_comes_before_the_newest_state_is_drawn(console: MakeConsole, source: Any) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await settle(pilot)
        screen = watch_of(pilot)
        for call in list(screen.watcher.live.calls):
            del screen.watcher.live.calls[call]  # the stream has said so, the message about it still waits
        screen.tick()
        await pilot.press("down", "up", "l")
        assert "+44 161 496 0339" in text_of(pilot, "calls")


async def test_an_agent_who_is_on_no_call_is_named(
    console: MakeConsole, source: Any, notes: list[str]
) -> None:
    async with console().run_test(size=WIDE) as pilot:
        source.say_snapshot()
        await settle(pilot)
        await pilot.press("3", "w")
        await _supervised(pilot)
        assert notes == ["Rosa Blanco is on no call now"]
