"""Everything that happened to one call, in a panel beside the tables; it keeps up while the call lives."""

from datetime import datetime, tzinfo
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from api.client import ApiError
from api.schema import CallHistory, CallView, HistoryEvent
from tui.signs import RECORDING, SUPERVISION_SIGNS, call_sign
from tui.text import clock_time, duration, event_data, event_name
from tui.watcher import Watcher

REFETCH_S = 2.0


class HistoryScreen(ModalScreen[None]):
    """The history of the call `call_id`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "Close"),
        Binding("r", "refetch", "Again"),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
    ]

    def __init__(self, watcher: Watcher, call_id: str, zone: tzinfo | None) -> None:
        super().__init__()
        self._watcher = watcher
        self._call_id = call_id
        self._zone = zone
        self._shown: CallHistory | None = None

    def compose(self) -> ComposeResult:
        """Head, events, keys."""
        with Vertical(id="history"):
            yield Static(id="history-head")
            with VerticalScroll(id="history-scroll"):
                yield Static("asking the server …", id="history-events")
            yield Static("esc close   ↑↓ scroll   r ask again", id="history-keys", markup=False)

    def on_mount(self) -> None:
        """Asks, and asks again while the call lives."""
        self.query_one("#history-scroll").focus()
        self.tick()
        self.action_refetch()
        self.set_interval(1.0, self.tick)
        self.set_interval(REFETCH_S, self._keep_up)

    def tick(self) -> None:
        """The head, as of now."""
        held = self._watcher.live.calls.get(self._call_id)
        context = self._watcher.context
        lasted_s = held.lasted_s(context.now) if held else 0.0
        agent = context.agent_name(held.view.agent) if held else None
        queue = context.queue_name(held.view.queue) if held else None
        head = self.query_one("#history-head", Static)
        head.update(_head(self._call_id, held.view if held else None, lasted_s, queue, agent))

    def _keep_up(self) -> None:
        if self._call_id in self._watcher.live.calls:
            self.action_refetch()

    def action_refetch(self) -> None:
        """Asks the server now; an answer that is still awaited is given up."""
        self.run_worker(self._fetch(), exclusive=True)

    def action_scroll(self, lines: int) -> None:
        """Up or down."""
        self.query_one("#history-scroll", VerticalScroll).scroll_relative(y=lines, animate=False)

    async def _fetch(self) -> None:
        body = self.query_one("#history-events", Static)
        try:
            history = await self._watcher.source.history(self._call_id)
        except ApiError as error:
            if self._shown is None:
                body.update(Content.styled(f"✕ {error}", "$error"))
            return
        if history is None:
            body.update(Content.styled("the server knows nothing of this call", "$muted"))
        elif history != self._shown:
            self._shown = history
            body.update(_events(history.events, self._zone))


def _head(
    call_id: str, call: CallView | None, lasted_s: float, queue: str | None, agent: str | None
) -> Content:
    if call is None:
        return Content.assemble(("Call has ended", "bold $primary"), "\n", (call_id, "$muted"))
    sign = call_sign(call)
    lines = [
        Content.assemble((call.caller, "bold $primary"), (" → ", "$muted"), call.called),
        Content.assemble(
            f"{sign.symbol} {sign.word} for {duration(lasted_s)}",
            (f"   {RECORDING}" if call.recording else "", "$error"),
        ),
    ]
    supervised = ", ".join(f"{s.phone} {SUPERVISION_SIGNS[s.mode].word}" for s in call.supervisors)
    facts = [("queue", queue), ("agent", agent), ("supervisor", supervised), ("at", call.step)]
    said = [Content.assemble((f"{name} ", "$muted"), value) for name, value in facts if value]
    if said:
        lines.append(Content("   ").join(said))
    lines.append(Content.styled(call_id, "$muted"))
    return Content("\n").join(lines)


def _events(events: tuple[HistoryEvent, ...], zone: tzinfo | None) -> Content:
    """One event a line with its time and the time since the first; facts beneath."""
    if not events:
        return Content.styled("nothing yet", "$muted")
    first = events[0].at
    lines: list[Content] = []
    for event in events:
        lines.append(_event_line(event, first, zone))
        lines += [
            Content.assemble((" " * 23 + f"{name}  ", "$muted"), text)
            for name, text in event_data(event.data)
        ]
    return Content("\n").join(lines)


def _event_line(event: HistoryEvent, first: datetime, zone: tzinfo | None) -> Content:
    since_s = (event.at - first).total_seconds()
    return Content.assemble(
        (clock_time(event.at, zone), "$muted"),
        (f"{'+' + duration(since_s):>8}  ", "$secondary"),
        (event_name(event.kind), "bold"),
    )
