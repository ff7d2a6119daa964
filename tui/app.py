"""The supervisor's console: one application, one screen, two themes.

Owns: putting it together. Knows of the server only what the API's client says.
"""

import time
from collections.abc import Callable
from datetime import tzinfo
from pathlib import PurePath
from typing import ClassVar

from textual.app import App
from textual.binding import BindingType

from api.agent_client import AgentClient
from api.callback_client import CallbackClient
from api.client import ApiClient, StreamSource
from api.supervision_client import SupervisionClient
from tui.managing import Managing
from tui.screens.desk import LOOKING_ON, Desk
from tui.screens.watch import TALL_FROM, WIDE_FROM, WatchScreen
from tui.supervising import Supervising, Talks
from tui.themes import DARK, LIGHT, THEMES
from tui.widgets.live_table.table import LiveTable


class CordboardConsole(App[None]):
    """Watches the server at `url`, for the supervisor whose phone is `phone` (None: there is only one).

    Tests give a `source`, `talks`, a `clock` and a `zone` of their own."""

    TITLE = "Cordboard"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []
    # Textual declares these two without ClassVar.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE_FROM, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (TALL_FROM, "-tall")]  # noqa: RUF012
    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [
        "widgets/live_table/live_table.tcss",
        "widgets/top_bar/top_bar.tcss",
        "widgets/tiles/tiles.tcss",
        "widgets/banner/banner.tcss",
        "widgets/filter_bar/filter_bar.tcss",
        "screens/watch.tcss",
        "screens/history.tcss",
        "screens/help.tcss",
        "screens/alerts.tcss",
    ]

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        source: StreamSource | None = None,
        clock: Callable[[], float] = time.monotonic,
        zone: tzinfo | None = None,
        light: bool = False,
        phone: str | None = None,
        talks: Talks | None = None,
        desk: Desk | None = None,
    ) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = (LIGHT if light else DARK).name
        self._source = source or ApiClient(url)
        if talks is None and source is None:
            talks = SupervisionClient(url)
        self._supervising = Supervising(talks, phone)
        if desk is None:
            live = source is None
            desk = Desk(Managing(AgentClient(url)), CallbackClient(url)) if live else LOOKING_ON
        self._desk = desk
        self._clock = clock
        self._zone = zone

    def get_default_screen(self) -> WatchScreen:
        """The one screen."""
        return WatchScreen(self._source, self._clock, self._zone, self._supervising, desk=self._desk)

    def on_mount(self) -> None:
        """Tables paint ahead of time and must hear of a new theme."""
        self.theme_changed_signal.subscribe(self, self._restyle)

    def action_switch_theme(self) -> None:
        """Light or dark."""
        self.theme = (DARK if self.theme == LIGHT.name else LIGHT).name

    def _restyle(self, _: object) -> None:
        self.call_after_refresh(self._restyle_tables)

    def _restyle_tables(self) -> None:
        for screen in self.screen_stack:
            for table in screen.query(LiveTable):
                table.restyle()
