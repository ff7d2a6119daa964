"""What the watcher tells the screen. A flood collapses: of several messages that wait, only the newest is seen.

The messages carry nothing, because the state they speak of is the live one: whoever is late sees the newest.
"""

from textual.message import Message


class StateChanged(Message, bubble=False):
    """The live state is not what it was."""

    def can_replace(self, message: Message) -> bool:
        """A later one makes this one needless."""
        return isinstance(message, StateChanged)


class ConnectionChanged(Message, bubble=False):
    """The connection is not what it was."""

    def can_replace(self, message: Message) -> bool:
        """A later one makes this one needless."""
        return isinstance(message, ConnectionChanged)
