"""The line that says plainly that the server is not there, and what happens next."""

from textual.content import Content
from textual.widgets import Static

from tui.text import long_duration
from tui.watcher import Broken, Watcher


class Banner(Static):
    """Shown only while there is no connection."""

    def show(self, watcher: Watcher, now: float) -> None:
        """Takes the newest state of the connection."""
        connection = watcher.connection
        self.display = isinstance(connection, Broken)
        if not isinstance(connection, Broken):
            return
        wait_s = round(watcher.retry_in_s())
        again = f"Trying again in {wait_s} s." if wait_s else "Trying again now."
        if watcher.live.server is None:
            seen = "Is it started? `make run` starts one here; `--url` names another."
        else:
            seen = f"What you see is {long_duration(now - connection.since)} old."
        self.update(
            Content.assemble(
                (f"✕ No connection to {watcher.source.url}: ", "bold"), f"{connection.why}. {seen} {again}"
            )
        )
