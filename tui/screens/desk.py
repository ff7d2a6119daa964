"""The keys of the screen that do something about agents, callbacks and alerts; the screen itself only has them.

Owns: those keys and what is said of them. A mixin of `WatchScreen`, apart from it so that each says one thing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from api.agent_schema import AgentAction
from api.schema import AgentView, AlertView
from tui.managing import CannotManage, Managing
from tui.screens.alerts import AlertsScreen, summary
from tui.screens.callbacks import Callbacks, CallbacksScreen

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.watcher import Watcher
    from tui.widgets.live_table.table import LiveTable

    Base = Screen[None]
else:
    Base = object

DESK_KEYS: tuple[BindingType, ...] = (
    Binding("p", "manage('pause')", "Pause", show=False),
    Binding("r", "manage('resume')", "Resume", show=False),
    Binding("i", "manage('login')", "Log in", show=False),
    Binding("o", "manage('logout')", "Log out", show=False),
    Binding("e", "manage('wrap-up-end')", "End wrap-up", show=False),
    Binding("m", "manage('wrap-up-extend')", "More wrap-up", show=False),
    Binding("c", "callbacks", "Callbacks", show=False),
    Binding("a", "alerts", "Alerts", show=False),
)
MOST_AT_ONCE = 3
"""Alerts that are shown each by itself; of more, only how many."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a supervisor can do beside looking; without a client of it, nothing."""

    managing: Managing
    callbacks: Callbacks | None = None


LOOKING_ON = Desk(Managing(None))


class DeskKeys(Base):
    """Acts on the agent whose row is selected, and opens the panels."""

    desk: Desk
    watcher: "Watcher"
    zone: tzinfo | None
    _told: Mapping[str, AlertView] | None = None

    @property
    def active(self) -> "LiveTable[object]":
        """The table that has the keyboard."""
        raise NotImplementedError

    def action_manage(self, action: AgentAction) -> None:
        """Log the selected agent in or out, pause or resume them, end or extend their wrap-up."""
        self.run_worker(self._manage(action), group="manage")

    def action_callbacks(self) -> None:
        """Who is to be rung back."""
        self.app.push_screen(CallbacksScreen(self.watcher, self.desk.callbacks))

    def action_alerts(self) -> None:
        """What happened that a supervisor should know."""
        self.app.push_screen(AlertsScreen(self.watcher, self.zone))

    def tell_alerts(self) -> None:
        """Show what is new among the alerts; those from before this console was opened are in the panel only."""
        alerts = dict(self.watcher.live.alerts)
        told, self._told = self._told, alerts
        if told is None:
            return
        new = [alert for id_, alert in alerts.items() if told.get(id_) != alert]
        if len(new) > MOST_AT_ONCE:
            self.notify(f"{len(new)} alerts: a shows them", severity="warning", timeout=8)
        else:
            for alert in new:
                self.notify(summary(alert), severity="warning", timeout=8)

    async def _manage(self, action: AgentAction) -> None:
        try:
            self.notify(await self.desk.managing.press(self._selected_agent(), action), timeout=4)
        except CannotManage as error:
            self.notify(str(error), severity="warning", timeout=6)

    def _selected_agent(self) -> AgentView | None:
        if self.active.id != "agents":
            return None
        held = self.watcher.live.agents.get(self.active.chosen or "")
        return held.view if held else None
