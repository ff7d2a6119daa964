"""The newest alerts, in a panel beside the tables; it keeps up."""

from datetime import tzinfo
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from api.schema import AlertView
from tui.text import clock_time
from tui.watcher import Watcher


class AlertsScreen(ModalScreen[None]):
    """What the server thinks that a supervisor should know."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,a", "dismiss", "Close"),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
    ]

    def __init__(self, watcher: Watcher, zone: tzinfo | None) -> None:
        super().__init__()
        self._watcher = watcher
        self._zone = zone

    def compose(self) -> ComposeResult:
        """Head, alerts, keys."""
        with Vertical(id="alerts"):
            yield Static(Content.styled("Alerts", "bold $primary"), id="alerts-head")
            with VerticalScroll(id="alerts-scroll"):
                yield Static(id="alerts-list")
            yield Static("esc close   ↑↓ scroll", id="alerts-keys", markup=False)

    def on_mount(self) -> None:
        """Shows them, and again while more come."""
        self.query_one("#alerts-scroll").focus()
        self.tick()
        self.set_interval(1.0, self.tick)

    def tick(self) -> None:
        """As they are now."""
        alerts = self._watcher.live.alerts.values()
        self.query_one("#alerts-list", Static).update(_page(list(alerts), self._zone))

    def action_scroll(self, lines: int) -> None:
        """Up or down."""
        self.query_one("#alerts-scroll", VerticalScroll).scroll_relative(y=lines, animate=False)


def summary(alert: AlertView) -> str:
    """In one line: `agent paused: ann: did not answer 3 times in a row`."""
    times = f" ({alert.times} times)" if alert.times > 1 else ""
    return f"{alert.kind}: {alert.about}: {alert.text}{times}"


def _page(alerts: list[AlertView], zone: tzinfo | None) -> Content:
    """The newest on top: when and what kind, beneath it what happened to whom."""
    if not alerts:
        return Content.styled("nothing happened that you should know", "$muted")
    lines: list[Content] = []
    for alert in reversed(alerts):
        times = f"   {alert.times} times" if alert.times > 1 else ""
        lines.append(
            Content.assemble(
                (clock_time(alert.at, zone)[:8], "$muted"),
                "  ",
                (f"▲ {alert.kind}", "bold $warning"),
                (times, "$muted"),
            )
        )
        lines.append(Content.assemble((f"{'':10}{alert.about}  ", "$secondary"), alert.text))
    return Content("\n").join(lines)
