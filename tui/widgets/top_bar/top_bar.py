"""The line on top: which server, since when, how busy, how well, and whether what you see is live."""

from textual.content import Content
from textual.widget import Widget

from tui.context import Context
from tui.signs import marked, overall_service, service_tone
from tui.text import long_duration, percent
from tui.watcher import Broken, Connection, Live

COLOURS = {"good": "$success", "warn": "$warning", "bad": "$error", "muted": "$muted"}
GAP = "   "


class TopBar(Widget):
    """One line; what matters least goes first where room is short."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._parts: list[Content] = []
        self._state = Content("")

    def show(self, context: Context, connection: Connection) -> None:
        """Takes the newest figures; repaints only if they read differently."""
        parts, state = _parts(context), _connection(connection)
        if parts != self._parts or state != self._state:
            self._parts, self._state = parts, state
            self.refresh()

    def render(self) -> Content:
        """The parts that fit, the connection at the right end."""
        brand = Content.assemble((" ●━● ", "$primary"), ("Cordboard", "bold $primary"))
        room = self.size.width - self._state.cell_length - 1
        shown = brand
        for part in self._parts:
            longer = Content.assemble(shown, GAP, part)
            if longer.cell_length + len(GAP) <= room:
                shown = longer
        return Content.assemble(shown, " " * (room - shown.cell_length), self._state, " ")


def _parts(context: Context) -> list[Content]:
    """From the most to the least important; each fits or is left out."""
    server = context.live.server
    if server is None:
        return []
    service = overall_service([held.view for held in context.live.queues.values()])
    tone = service_tone(service)
    parts = [
        Content.assemble((f"{server.calls_now}", "bold"), (" calls", "$muted")),
        Content.assemble(("in time ", "$muted"), (marked(percent(service), tone), COLOURS[tone])),
        Content.assemble(("up ", "$muted"), long_duration(context.live.up_s(context.now))),
    ]
    if server.name != "Cordboard":
        parts.insert(0, Content.styled(server.name, "bold"))
    parts.append(Content.assemble(("SIP ", "$muted"), server.sip))
    if server.media_packets_lost:
        lost = f"△ {server.media_packets_lost} audio packets dropped"
        parts.append(Content.styled(lost, "$warning"))
    parts.append(Content.styled(f"v{server.version}", "$muted"))
    return parts


def _connection(connection: Connection) -> Content:
    match connection:
        case Live():
            return Content.styled("● live", "bold $success")
        case Broken():
            return Content.styled("✕ no connection", "bold $error")
        case _:
            return Content.styled("◌ connecting", "$warning")
