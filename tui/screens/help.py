"""What the keys, the columns and the signs mean, on one page."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.signs import CALL_SIGNS, HELD, PRESENCE_SIGNS, RECORDING, SUPERVISION_SIGNS

KEYS = (
    ("1 2 3, tab", "go to queues, calls, agents"),
    ("↑ ↓ or k j", "move; page up, page down, home, end too"),
    ("enter", "a call's history; an agent's call; a queue's people"),
    ("l w b", "your phone listens, whispers, barges in; again: it leaves"),
    ("p r i o e m", "agent: pause, resume, log in, out; end wrap-up, extend it"),
    ("c, a", "who is to be rung back; alerts"),
    ("/, s, S", "filter every table (esc ends it); sort, and back"),
    ("z, t, q", "this table alone; light or dark; leave, the server goes on"),
)

FIGURES = (
    ("Longest", "the first in line; △ past half the goal, ▲ past the goal"),
    ("In time", "within the goal: ✓ from 80 %, △ from 60 %, ▲ less"),
    ("Lost", "callers who hung up while they waited"),
    ("Since", "how long in this state"),
    (RECORDING, "the call is being recorded"),
)


class HelpScreen(ModalScreen[None]):
    """One page of help."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,question_mark", "dismiss", "Close"),
    ]

    def compose(self) -> ComposeResult:
        """Keys, figures, signs."""
        with VerticalScroll(id="help"):
            yield Static(_page())


def _page() -> Content:
    lines = [Content.assemble(("Keys", "bold $primary"), ("   esc closes this page", "$muted"))]
    lines += [_line(key, text) for key, text in KEYS]
    lines += [Content(""), Content.styled("Figures", "bold $primary")]
    lines += [_line(name, text) for name, text in FIGURES]
    lines += [Content(""), Content.styled("Signs of agents, of calls, of supervisors", "bold $primary")]
    for signs in ([*PRESENCE_SIGNS.values()], [*CALL_SIGNS.values(), HELD], [*SUPERVISION_SIGNS.values()]):
        lines.append(Content("  ".join(f"{sign.symbol} {sign.word}" for sign in signs)))
    return Content("\n").join(lines)


def _line(name: str, text: str) -> Content:
    return Content.assemble((f"{name:<12}", "bold"), text)
