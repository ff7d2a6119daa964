"""Route: queue and hangup, which hand the caller on or end the call."""

from __future__ import annotations

from callflows.blocks.route import Hangup, Queue
from ivr.effects import JoinQueue
from ivr.events import QueueLeft
from ivr.turn import STAY, End, Happening, Instant, Outcome, Take, Turn


class QueueRunner:
    """Joins a queue and waits until the caller is out of it."""

    def start(self, block: Queue, turn: Turn) -> Outcome:
        """Join. Digits typed ahead were not meant for an agent."""
        turn.run.typed = ""
        turn.run.queued = turn.run.in_queue = True
        turn.stop()
        data = {"queue": block.queue.name, "priority": str(block.priority)}
        turn.trace("queue", data | {f"skill {name}": str(level) for name, level in block.skills.items()})
        turn.effects.append(JoinQueue(block.queue.name, dict(block.skills), block.priority))
        return STAY

    def resume(self, block: Queue, turn: Turn, event: Happening) -> Outcome:
        """After the talk: `after`, or the end of the call. Refused: `refused`, or the step below."""
        if not isinstance(event, QueueLeft):
            return STAY
        turn.run.in_queue = False
        turn.run.typed = ""
        turn.trace("left queue", {"outcome": event.outcome})
        if event.outcome == "answered":
            return Take("after", event.outcome) if block.after is not None else End("normal")
        return Take("refused", event.outcome)


class HangupRunner(Instant):
    """Ends the call."""

    def start(self, block: Hangup, turn: Turn) -> Outcome:
        """End it."""
        turn.trace("hangup", {"cause": block.hangup})
        return End(block.hangup)
