"""What every part of the screen is drawn from: the state, and the time to draw it as of."""

from dataclasses import dataclass

from api.live import LiveState


@dataclass(frozen=True, slots=True)
class Context:
    """The live state and the monotonic time; while the server is lost, the time stands still."""

    live: LiveState
    now: float

    def agent_name(self, id_: str | None) -> str | None:
        """An agent's name, or the id of one that is not known (any more)."""
        held = self.live.agents.get(id_) if id_ else None
        return held.view.name if held else id_

    def queue_name(self, id_: str | None) -> str | None:
        """A queue's name, or the id of one that is not known."""
        held = self.live.queues.get(id_) if id_ else None
        return held.view.name if held else id_
