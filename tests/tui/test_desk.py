"""Agents managed, callbacks cancelled and alerts seen, by keys against a made server."""

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from api.agent_schema import AgentAction, AgentState
from api.callback_schema import CallbackView
from api.client import ApiError
from api.schema import AgentView, AlertView, Removals
from tests.tui.conftest import FakeClock, FakeSource
from tui.app import CordboardConsole
from tui.made_data import AT
from tui.managing import CannotManage, Managing
from tui.screens.alerts import AlertsScreen, summary
from tui.screens.callbacks import CallbacksScreen
from tui.screens.desk import Desk
from tui.screens.watch import WatchScreen
from tui.widgets.live_table.table import LiveTable

ALERT = AlertView(id="a1", at=AT, kind="agent paused", about="ada", text="did not answer 3 times in a row")
CALLBACK = CallbackView(
    id="t1",
    number="+442079460000",
    queue="support",
    status="waiting",
    position=1,
    waiting_since=AT,
    not_before=AT,
    expires_at=AT,
)
SECOND = CALLBACK.model_copy(
    update={"id": "t2", "number": "+442079460001", "status": "resting", "position": None, "attempts": 2}
)


class FakeAgents:
    """Does what it is told, unless a test says that it cannot be."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.refuses: str | None = None
        self.presence = "paused"

    async def control(
        self, agent: str, action: AgentAction, reason: str | None = None, by_s: float | None = None
    ) -> AgentState:
        self.asked.append((agent, action))
        if self.refuses:
            raise ApiError(self.refuses)
        return AgentState(id=agent, presence=self.presence, reason=reason)


class FakeCallbacks:
    def __init__(self) -> None:
        self.left = [CALLBACK, SECOND]

    async def callbacks(self) -> tuple[CallbackView, ...]:
        return tuple(self.left)

    async def cancel(self, callback: str) -> None:
        if callback not in [each.id for each in self.left]:
            raise ApiError("no such callback")
        self.left = [each for each in self.left if each.id != callback]


@pytest.fixture
def agents() -> FakeAgents:
    return FakeAgents()


@pytest.fixture
def callbacks() -> FakeCallbacks:
    return FakeCallbacks()


@pytest.fixture
def desk_console(
    source: FakeSource, clock: FakeClock, agents: FakeAgents, callbacks: FakeCallbacks
) -> CordboardConsole:
    return CordboardConsole(source=source, clock=clock, desk=Desk(Managing(agents), callbacks))


async def settle(pilot: Pilot[None]) -> None:
    for _ in range(4):
        await pilot.pause()


def told(pilot: Pilot[None]) -> list[str]:
    """What the notifications say."""
    return [each.message for each in pilot.app._notifications]


def shown(pilot: Pilot[None], name: str) -> str:
    found = pilot.app.screen.query_one(name, Static).render()
    return str(getattr(found, "plain", found))


@pytest.mark.parametrize(
    ("key", "action", "presence", "said"),
    [
        ("p", "pause", "paused", "paused"),
        ("p", "pause", "on contact", "finishes the call first"),
        ("r", "resume", "available", "available"),
        ("i", "login", "available", "available"),
        ("o", "logout", "offline", "offline"),
        ("e", "wrap-up-end", "available", "available"),
        ("m", "wrap-up-extend", "wrap-up", "a minute more"),
    ],
)
async def test_a_key_acts_on_the_selected_agent_and_says_what_came_of_it(
    desk_console: CordboardConsole,
    source: FakeSource,
    agents: FakeAgents,
    key: str,
    action: str,
    presence: str,
    said: str,
) -> None:
    agents.presence = presence
    async with desk_console.run_test(size=(120, 40)) as pilot:
        source.say_snapshot()
        await settle(pilot)
        await pilot.press("3", key)
        await settle(pilot)
        table = pilot.app.screen.query_one("#agents", LiveTable)
        assert agents.asked == [(table.chosen, action)]
        assert said in told(pilot)[-1]


async def test_why_it_cannot_be_is_said(
    desk_console: CordboardConsole, source: FakeSource, agents: FakeAgents
) -> None:
    agents.refuses = "their phone is not registered"
    async with desk_console.run_test(size=(120, 40)) as pilot:
        source.say_snapshot()
        await settle(pilot)
        await pilot.press("3", "i")
        await settle(pilot)
        assert "their phone is not registered" in told(pilot)[-1]
        await pilot.press("1", "p")
        await settle(pilot)
        assert "no agent is selected" in told(pilot)[-1]
        assert len(agents.asked) == 1


async def test_a_console_without_a_client_only_looks_on() -> None:
    agent = AgentView(id="ada", name="Ada", presence="available", since_s=0)
    with pytest.raises(CannotManage, match="only looks on"):
        await Managing(None).press(agent, "pause")


async def test_a_callback_is_cancelled_after_a_question(
    desk_console: CordboardConsole, source: FakeSource, callbacks: FakeCallbacks
) -> None:
    async with desk_console.run_test(size=(120, 40)) as pilot:
        source.say_snapshot()
        await settle(pilot)
        await pilot.press("c")
        await settle(pilot)
        assert isinstance(pilot.app.screen, CallbacksScreen)
        await pilot.press("j", "x")
        await settle(pilot)
        assert "Ring +442079460001 back no more?" in shown(pilot, "#callbacks-keys")
        await pilot.press("n")
        await pilot.press("y")  # no question is open: nothing happens
        await settle(pilot)
        assert len(callbacks.left) == 2
        await pilot.press("x", "y")
        await settle(pilot)
        assert callbacks.left == [CALLBACK]
        assert "+442079460001 is not rung back" in told(pilot)[-1]
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WatchScreen)


async def test_nobody_to_be_rung_back(
    desk_console: CordboardConsole, source: FakeSource, callbacks: FakeCallbacks
) -> None:
    callbacks.left = []
    async with desk_console.run_test(size=(120, 40)) as pilot:
        source.say_snapshot()
        await settle(pilot)
        await pilot.press("c")
        await settle(pilot)
        assert "nobody waits" in shown(pilot, "#callbacks-none")
        await pilot.press("x", "y", "k")
        await settle(pilot)
        assert isinstance(pilot.app.screen, CallbacksScreen)


async def test_a_new_alert_is_told_once_and_all_are_in_the_panel(
    desk_console: CordboardConsole, source: FakeSource
) -> None:
    async with desk_console.run_test(size=(120, 40)) as pilot:
        source.say_snapshot()
        await settle(pilot)
        assert told(pilot) == []
        source.say_change(alerts=(ALERT,))
        await settle(pilot)
        assert told(pilot) == [summary(ALERT)]
        again = ALERT.model_copy(update={"times": 2})
        source.say_change(alerts=(again,))
        await settle(pilot)
        assert told(pilot)[-1].endswith("(2 times)")
        await pilot.press("a")
        await settle(pilot)
        panel = pilot.app.screen
        assert isinstance(panel, AlertsScreen)
        assert "agent paused" in shown(pilot, "#alerts-list")
        assert "2 times" in shown(pilot, "#alerts-list")
        source.say_change(removals=Removals(alerts=("a1",)))
        await settle(pilot)
        panel.tick()
        assert "nothing happened" in shown(pilot, "#alerts-list")
        await pilot.press("j", "a")
        await settle(pilot)
        assert isinstance(pilot.app.screen, WatchScreen)


async def test_a_flood_of_alerts_is_one_notice(desk_console: CordboardConsole, source: FakeSource) -> None:
    async with desk_console.run_test(size=(120, 40)) as pilot:
        source.say_snapshot()
        await settle(pilot)
        source.say_change(alerts=tuple(ALERT.model_copy(update={"id": f"a{n}"}) for n in range(5)))
        await settle(pilot)
        assert told(pilot) == ["5 alerts: a shows them"]
