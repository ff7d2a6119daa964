"""The one screen: top bar, big figures, queues, calls, agents, filter, keys.

Owns: the layout and who has the keyboard. Must not know how the state comes here.

    wide (>= 132)   queues over the whole width, calls and agents side by side
    narrow          one under another; the one with the keyboard gets most of the room
    tall (>= 38)    boxes around tables, and in a wide window the big figures
"""

import time
from collections.abc import Callable
from datetime import tzinfo
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import Footer

from api.client import StreamSource
from api.schema import CallView, SupervisionMode
from tui.messages import ConnectionChanged, StateChanged
from tui.panels import agents, calls, queues
from tui.screens.desk import DESK_KEYS, LOOKING_ON, Desk, DeskKeys
from tui.screens.help import HelpScreen
from tui.screens.history import HistoryScreen
from tui.supervising import CannotSupervise, Supervising
from tui.watcher import Broken, Watcher
from tui.widgets.banner.banner import Banner
from tui.widgets.filter_bar.filter_bar import FilterBar
from tui.widgets.live_table.table import LiveTable
from tui.widgets.tiles.tiles import Tiles
from tui.widgets.top_bar.top_bar import TopBar

TABLES = ("queues", "calls", "agents")
TALL_FROM = 38
WIDE_FROM = 132
QUEUE_FRAME_LINES = 3


class WatchScreen(DeskKeys, Screen[None]):
    """Queues, calls and agents of one server, live."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "go('queues')", "Queues", show=False),  # the tables' titles say these three
        Binding("2", "go('calls')", "Calls", show=False),
        Binding("3", "go('agents')", "Agents", show=False),
        Binding("l", "supervise('listen')", "Listen"),
        Binding("w", "supervise('whisper')", "Whisper"),
        Binding("b", "supervise('barge')", "Barge"),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("escape", "clear", "Clear", show=False),
        Binding("z", "zoom", "Zoom"),
        Binding("t", "app.switch_theme", "Theme"),
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("q", "app.quit", "Quit"),
        *DESK_KEYS,
    ]

    def __init__(
        self,
        source: StreamSource,
        clock: Callable[[], float] = time.monotonic,
        zone: tzinfo | None = None,
        supervising: Supervising | None = None,
        *,
        desk: Desk = LOOKING_ON,
    ) -> None:
        super().__init__()
        self._supervising = supervising or Supervising(None, None)
        self.desk = desk
        self._clock = clock
        self.zone = zone
        self._queue_count = -1
        self.watcher = Watcher(
            source,
            clock,
            on_state=lambda: self.post_message(StateChanged()),
            on_connection=lambda: self.post_message(ConnectionChanged()),
        )

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield TopBar(id="top-bar")
        yield Banner(id="banner", markup=False)
        yield Tiles(id="tiles")
        with Container(id="tables"):
            yield queues.queues_table()
            with Container(id="people"):
                yield calls.calls_table()
                yield agents.agents_table()
        yield FilterBar(id="filter-bar")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Starts to watch."""
        self.query_one("#calls").focus()
        self.run_worker(self.watcher.run(), name="watcher")
        self.set_interval(1.0, self.tick)
        self._show_connection()

    # -- what is new

    def tick(self) -> None:
        """A second has passed: durations run on; rows stay."""
        context = self.watcher.context
        for table in self._tables():
            table.tick(context)
        self._show_figures()
        if isinstance(self.watcher.connection, Broken):
            self.query_one(Banner).show(self.watcher, self._clock())

    @on(StateChanged)
    def _state_changed(self) -> None:
        context = self.watcher.context
        live = context.live
        self.query_one("#queues", LiveTable).show(live.queues, context)
        self.query_one("#calls", LiveTable).show(live.calls, context)
        self.query_one("#agents", LiveTable).show(live.agents, context)
        self._show_figures()
        self._fit_queues(len(live.queues))
        self.tell_alerts()

    @on(ConnectionChanged)
    def _connection_changed(self) -> None:
        self._show_connection()

    def _show_connection(self) -> None:
        stale = isinstance(self.watcher.connection, Broken)
        for widget in (*self._tables(), self.query_one(Tiles)):
            widget.set_class(stale, "-stale")
        self.query_one(Banner).show(self.watcher, self._clock())
        self._show_figures()

    def _show_figures(self) -> None:
        context = self.watcher.context
        self.query_one(TopBar).show(context, self.watcher.connection)
        self.query_one(Tiles).show(context)

    def _fit_queues(self, count: int) -> None:
        """In a wide window the queues take the rows they need (the style sheet bounds it)."""
        if count != self._queue_count:
            self._queue_count = count
            self._set_queue_height()

    def _set_queue_height(self) -> None:
        table = self.query_one("#queues", LiveTable)
        wide = self.size.width >= WIDE_FROM and not self.has_class("-zoomed")
        table.styles.height = max(1, self._queue_count) + QUEUE_FRAME_LINES if wide else None

    def _tables(self) -> list[LiveTable[Any]]:
        return [self.query_one(f"#{name}", LiveTable) for name in TABLES]

    # -- who has the keyboard

    def on_resize(self, event: events.Resize) -> None:
        """Boxes where there is room for them."""
        for table in self._tables():
            table.boxed = event.size.height >= TALL_FROM
        self._set_queue_height()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Marks the table that has the keyboard; it stays marked while a filter is typed."""
        if isinstance(event.widget, LiveTable):
            for table in self._tables():
                table.set_class(table is event.widget, "-active")
            self.query_one("#people").set_class(event.widget.id != "queues", "-active")
            self.refresh_bindings()

    @property
    def active(self) -> LiveTable[Any]:
        """The table that has the keyboard, or had it last."""
        return next((table for table in self._tables() if table.has_class("-active")), self._tables()[1])

    def action_go(self, name: str) -> None:
        """Gives a table the keyboard."""
        self.query_one(f"#{name}", LiveTable).focus()

    def action_zoom(self) -> None:
        """One table alone, or all."""
        self.toggle_class("-zoomed")
        self._set_queue_height()

    def action_help(self) -> None:
        """One page of help."""
        self.app.push_screen(HelpScreen())

    # -- a talk is joined

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Supervising is for calls, and for agents who are on one."""
        del parameters
        return action != "supervise" or not self.is_mounted or self.active.id != "queues"

    def action_supervise(self, mode: SupervisionMode) -> None:
        """Listen to the selected talk, whisper or barge in; in that mode already: leave it."""
        self.run_worker(self._supervise(mode), group="supervise", exclusive=True)

    async def _supervise(self, mode: SupervisionMode) -> None:
        call = self._selected_call()
        agent = self.watcher.live.agents.get(self.active.chosen or "") if self.active.id == "agents" else None
        if call is None and agent is not None:
            self.notify(f"{agent.view.name} is on no call now", timeout=3)
            return
        who = self.watcher.context.agent_name(call.agent) if call else None
        try:
            self.notify(await self._supervising.press(call, mode, who), timeout=4)
        except CannotSupervise as error:
            self.notify(str(error), severity="warning", timeout=6)

    def _selected_call(self) -> CallView | None:
        live, key = self.watcher.live, self.active.chosen
        if self.active.id == "agents":
            agent = live.agents.get(key or "")
            key = agent.view.call if agent else None
        held = live.calls.get(key or "")
        return held.view if held else None

    # -- the filter

    def action_filter(self) -> None:
        """Lets a filter be typed."""
        self.query_one(FilterBar).open()

    def action_clear(self) -> None:
        """Ends the filter."""
        self.query_one(FilterBar).action_clear()

    @on(FilterBar.Changed)
    def _filter_changed(self, event: FilterBar.Changed) -> None:
        for table in self._tables():
            table.narrow(event.words)

    @on(FilterBar.Left)
    def _filter_left(self) -> None:
        self.active.focus()

    # -- a row is chosen

    @on(LiveTable.Chosen)
    def _chosen(self, event: LiveTable.Chosen) -> None:
        live = self.watcher.live
        if event.table.id == "calls":
            self._open_call(event.key)
        elif event.table.id == "agents" and event.key in live.agents:
            agent = live.agents[event.key].view
            if agent.call:
                self._open_call(agent.call)
            else:
                self.notify(f"{agent.name} is on no call now", timeout=3)
        elif event.key in live.queues:
            self.query_one(FilterBar).open(live.queues[event.key].view.name)

    def _open_call(self, call_id: str) -> None:
        self.app.push_screen(HistoryScreen(self.watcher, call_id, self.zone))
