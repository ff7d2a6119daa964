"""Who is to be rung back, in a panel beside the tables; one of them can be cancelled, after a question."""

from typing import ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from api.callback_schema import CallbackView
from api.client import ApiError
from tui.text import long_duration
from tui.watcher import Watcher

REFETCH_S = 2.0
KEYS = "esc close   ↑↓ choose   x cancel it"


class Callbacks(Protocol):
    """What is needed of a client."""

    async def callbacks(self) -> tuple[CallbackView, ...]:
        """Those that are wanted. ApiError."""

    async def cancel(self, callback: str) -> None:
        """Ring nobody back for this one. ApiError."""


class CallbacksScreen(ModalScreen[None]):
    """The callbacks that are wanted, by queue and in the order of their places."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,c", "leave", "Close"),
        Binding("x", "cancel", "Cancel"),
        Binding("y", "yes", "Yes", show=False),
        Binding("n", "no", "No", show=False),
        Binding("k", "move(-1)", "Up", show=False),
        Binding("j", "move(1)", "Down", show=False),
    ]

    def __init__(self, watcher: Watcher, callbacks: Callbacks | None) -> None:
        super().__init__()
        self._watcher = watcher
        self._source = callbacks
        self._shown: tuple[CallbackView, ...] = ()
        self._asking: CallbackView | None = None

    def compose(self) -> ComposeResult:
        """Head, callbacks, keys."""
        with Vertical(id="callbacks"):
            yield Static(Content.styled("Callbacks", "bold $primary"), id="callbacks-head")
            yield Static("asking the server …", id="callbacks-none", markup=False)
            yield OptionList(id="callbacks-list")
            yield Static(KEYS, id="callbacks-keys", markup=False)

    def on_mount(self) -> None:
        """Asks, and asks again."""
        self.query_one(OptionList).focus()
        self._refetch()
        self.set_interval(REFETCH_S, self._refetch)

    @property
    def chosen(self) -> CallbackView | None:
        """The one that the cursor is on."""
        index = self.query_one(OptionList).highlighted
        return self._shown[index] if index is not None and index < len(self._shown) else None

    def action_leave(self) -> None:
        """Closes, or takes the question back."""
        if self._asking is None:
            self.dismiss()
        else:
            self.action_no()

    def action_move(self, lines: int) -> None:
        """Up or down."""
        options = self.query_one(OptionList)
        if lines < 0:
            options.action_cursor_up()
        else:
            options.action_cursor_down()

    def action_cancel(self) -> None:
        """Asks whether it is meant."""
        self._asking = self.chosen
        if self._asking is not None:
            self._say_keys(f"Ring {self._asking.number} back no more?   y yes   n no")

    def action_no(self) -> None:
        """It was not meant."""
        self._asking = None
        self._say_keys(KEYS)

    def action_yes(self) -> None:
        """It was meant."""
        asked = self._asking
        if asked is not None and self._source is not None:
            self.action_no()
            self.run_worker(self._cancel(self._source, asked), group="cancel")

    async def _cancel(self, source: Callbacks, callback: CallbackView) -> None:
        try:
            await source.cancel(callback.id)
        except ApiError as error:
            self.notify(str(error), severity="warning", timeout=6)
        else:
            self.notify(f"{callback.number} is not rung back", timeout=4)
        await self._fetch()

    def _refetch(self) -> None:
        self.run_worker(self._fetch(), group="fetch", exclusive=True)

    async def _fetch(self) -> None:
        words = self.query_one("#callbacks-none", Static)
        if self._source is None:
            words.update("this console only looks on")
            return
        try:
            found = await self._source.callbacks()
        except ApiError as error:
            words.update(Content.styled(f"✕ {error}", "$error"))
            return
        words.update("" if found else "nobody waits to be rung back")
        words.display = not found
        if found != self._shown:
            self._show(found)

    def _show(self, found: tuple[CallbackView, ...]) -> None:
        options, chosen = self.query_one(OptionList), self.chosen
        self._shown = found
        options.clear_options()
        options.add_options([Option(self._line(each), id=each.id) for each in found])
        ids = [each.id for each in found]
        options.highlighted = ids.index(chosen.id) if chosen is not None and chosen.id in ids else 0

    def _line(self, each: CallbackView) -> Content:
        context, at = self._watcher.context, self._watcher.live.at
        waited = "" if at is None else f"{long_duration((at - each.waiting_since).total_seconds())}  "
        place = f"{each.position}. " if each.position is not None else "   "
        facts = [context.queue_name(each.queue) or each.queue, each.status]
        facts += [f"{each.attempts} tried"] if each.attempts else []
        facts += [each.note] if each.note else []
        return Content.assemble(
            (place, "$muted"),
            (f"{each.number}  ", "bold"),
            (waited, "$secondary"),
            (" · ".join(facts), "$muted"),
        )

    def _say_keys(self, text: str) -> None:
        self.query_one("#callbacks-keys", Static).update(text)
