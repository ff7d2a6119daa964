"""Six big figures for a wall or a wide window: what a supervisor asks first."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Digits, Static

from tui.context import Context
from tui.signs import (
    GOOD_SERVICE_PERCENT,
    MARKS,
    TONES,
    Tone,
    overall_service,
    service_tone,
    wait_tone,
)
from tui.text import NOTHING, duration, percent


class Tile(Vertical):
    """A label, a figure, a remark; the tone marks the figure and, by a sign, the label."""

    def __init__(self, label: str, id: str) -> None:
        super().__init__(id=id)
        self._label = label
        self._shown: tuple[str, str, Tone] = ("", "", "plain")

    def compose(self) -> ComposeResult:
        """Three parts, one under another."""
        yield Static(self._label, classes="label", markup=False)
        yield Digits(NOTHING, classes="figure")
        yield Static("", classes="remark", markup=False)

    def show(self, figure: str, remark: str, tone: Tone = "plain") -> None:
        """Takes a new figure; repaints only what reads differently."""
        if (figure, remark, tone) == self._shown:
            return
        was_figure, was_remark, was_tone = self._shown
        self._shown = (figure, remark, tone)
        if figure != was_figure:
            self.query_one(Digits).update(figure)
        if remark != was_remark:
            self.query_one(".remark", Static).update(remark)
        if tone != was_tone:
            for name in TONES:
                self.set_class(name == tone, f"-{name}")
            mark = MARKS.get(tone)
            self.query_one(".label", Static).update(f"{mark} {self._label}" if mark else self._label)


class Tiles(Horizontal):
    """The row of tiles."""

    def compose(self) -> ComposeResult:
        """In the order in which trouble shows."""
        yield Tile("Calls now", "tile-calls")
        yield Tile("Waiting", "tile-waiting")
        yield Tile("Longest wait", "tile-longest")
        yield Tile("In time", "tile-service")
        yield Tile("Lost", "tile-lost")
        yield Tile("Free agents", "tile-available")

    def show(self, context: Context) -> None:
        """Takes the newest figures."""
        server = context.live.server
        if server is None:
            return
        self._tile("calls").show(str(server.calls_now), f"{server.calls_total} in all")
        self._show_waiting(context)
        self._show_service(context)
        self._show_agents(context)

    def _show_waiting(self, context: Context) -> None:
        held = [row for row in context.live.queues.values() if row.view.waiting]
        total = sum(row.view.waiting for row in held)
        where = f"in {len(held)} queue{'s' if len(held) > 1 else ''}" if held else "nobody waits"
        self._tile("waiting").show(str(total), where)
        if not held:
            self._tile("longest").show(NOTHING, "nobody waits")
            return
        worst = min(held, key=lambda row: row.began)
        waited_s = worst.lasted_s(context.now)
        tone = wait_tone(waited_s, worst.view.service_level_s)
        self._tile("longest").show(duration(waited_s), worst.view.name, tone)

    def _show_service(self, context: Context) -> None:
        queues = [row.view for row in context.live.queues.values()]
        service = overall_service(queues)
        tone = service_tone(service)
        self._tile("service").show(percent(service), f"goal {GOOD_SERVICE_PERCENT:.0f} %", tone)
        offered = sum(queue.offered for queue in queues)
        lost = sum(queue.abandoned for queue in queues)
        share = f"{percent(100 * lost / offered)} of {offered}" if offered else "none offered yet"
        self._tile("lost").show(str(lost), share)

    def _show_agents(self, context: Context) -> None:
        agents = (row.view for row in context.live.agents.values())
        presences = [agent.presence for agent in agents if agent.queues]  # others serve nobody
        free = presences.count("available")
        here = len(presences) - presences.count("offline") - presences.count("unreachable")
        waiting = any(row.view.waiting for row in context.live.queues.values())
        tone: Tone = "good" if free else ("bad" if waiting else "warn")
        self._tile("available").show(str(free), f"of {here} here", tone if presences else "plain")

    def _tile(self, name: str) -> Tile:
        return self.query_one(f"#tile-{name}", Tile)
