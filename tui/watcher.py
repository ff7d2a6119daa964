"""Keeps the live state up to date from the client's stream, and knows how the connection stands.

Owns: the live state and the connection. Must not know the screen: it calls back when something is new. The clock
is given; while the server is lost the time of the picture stands still, because nothing is known of the time
after.
"""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

from api.client import Connecting, Lost, Received, StreamSource
from api.live import LiveState
from tui.context import Context


@dataclass(frozen=True, slots=True)
class Trying:
    """No answer yet, since the console was opened."""


@dataclass(frozen=True, slots=True)
class Live:
    """What is shown is what is."""


@dataclass(frozen=True, slots=True)
class Broken:
    """No connection: since when, why, and when it is tried again (monotonic seconds)."""

    since: float
    why: str
    retry_at: float


Connection = Trying | Live | Broken


class Watcher:
    """Follows one server."""

    def __init__(
        self,
        source: StreamSource,
        clock: Callable[[], float],
        *,
        on_state: Callable[[], object],
        on_connection: Callable[[], object],
    ) -> None:
        self.source = source
        self.live = LiveState()
        self.connection: Connection = Trying()
        self._clock = clock
        self._on_state = on_state
        self._on_connection = on_connection

    @property
    def context(self) -> Context:
        """What to draw from, now."""
        now = self.connection.since if isinstance(self.connection, Broken) else self._clock()
        return Context(self.live, now)

    def retry_in_s(self) -> float:
        """Until the next attempt; 0 while there is one, or a connection."""
        if isinstance(self.connection, Broken):
            return max(0.0, self.connection.retry_at - self._clock())
        return 0.0

    async def run(self) -> None:
        """Reads the stream until cancelled."""
        async with aclosing(self.source.stream()) as events:
            async for event in events:
                match event:
                    case Received(message):
                        self.live.apply(message, self._clock())
                        self._set_connection(Live())
                        self._on_state()
                    case Lost(why, _, retry_in_s):
                        now = self._clock()
                        since = self.connection.since if isinstance(self.connection, Broken) else now
                        self._set_connection(Broken(since, why, now + retry_in_s))
                    case Connecting():
                        pass

    def _set_connection(self, connection: Connection) -> None:
        if connection != self.connection:
            self.connection = connection
            self._on_connection()
