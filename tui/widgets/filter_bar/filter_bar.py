"""The line in which a filter is typed: every table then shows only rows that have all of its words."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label


class FilterBar(Horizontal):
    """Hidden until it is asked for, and while it is empty."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "Clear the filter"),
        Binding("down,tab", "leave", "Back", show=False),
    ]

    class Changed(Message):
        """The words are not what they were."""

        def __init__(self, words: tuple[str, ...]) -> None:
            super().__init__()
            self.words = words

    class Left(Message):
        """The typing is done."""

    def compose(self) -> ComposeResult:
        """A sign and an input."""
        yield Label("/", id="filter-sign")
        yield Input(placeholder="a name, a number, a queue, a state …", id="filter-input", compact=True)
        yield Label("⏎ keep   esc clear", id="filter-hint")

    @property
    def words(self) -> tuple[str, ...]:
        """What every row must have."""
        return tuple(self.query_one(Input).value.split())

    def open(self, text: str | None = None) -> None:
        """Shows the bar and takes the keyboard; with `text`, filters by it at once and does not."""
        self.display = True
        if text is None:
            self.query_one(Input).focus()
        else:
            self.query_one(Input).value = text

    def action_clear(self) -> None:
        """No filter any more."""
        self.query_one(Input).value = ""
        self.action_leave()

    def action_leave(self) -> None:
        """Gives the keyboard back."""
        self.display = bool(self.words)
        self.post_message(self.Left())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(self.words))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_leave()
