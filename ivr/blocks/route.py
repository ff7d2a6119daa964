"""Route: queue, how one stands in it, and leave; and the ends of a call: hangup, busy, reject."""

from __future__ import annotations

from callflows.blocks.route import Busy, Hangup, Leave, Queue, Reject, Standing
from ivr.blocks.decide import spelt
from ivr.effects import AskStanding, JoinQueue, Silence, Tone
from ivr.events import QueueLeft, Reply, TalkBegan
from ivr.turn import NEXT, STAY, End, Happening, Instant, LeaveWaiting, Outcome, Take, TimeIsUp, Turn, WaitIn

BUSY_HZ = 425.0
BUSY_CADENCE_S = 0.5
MINUTE_S = 60.0
PATIENCE_S = 5.0
"""How long the queue may take to say how somebody stands."""


class QueueRunner:
    """Joins a queue and waits, or lets a section run, until the caller is out of it."""

    def start(self, block: Queue, turn: Turn) -> Outcome:
        """Join. Digits typed ahead were not meant for an agent."""
        run = turn.run
        run.typed = ""
        run.queued = run.in_queue = True
        turn.stop()
        order = self._order(block, turn)
        turn.trace("queue", self._shown(order, turn, block))
        turn.effects.append(order)
        if block.longest_s is not None:
            run.queue_until = turn.now + block.longest_s
        return WaitIn("while_waiting") if order.own_waiting else STAY

    def resume(self, block: Queue, turn: Turn, event: Happening) -> Outcome:
        """After the talk: `after`, or the end of the call. Let go of: `overflow`, `refused`, or the step below."""
        if isinstance(event, TalkBegan):
            turn.run.queue_until = None
            turn.trace("talk began", {})
        if not isinstance(event, QueueLeft):
            return STAY
        turn.run.in_queue = False
        turn.run.queue_until = None
        turn.run.typed = ""
        turn.trace("left queue", {"outcome": event.outcome})
        if event.outcome == "answered":
            return Take("after", event.outcome) if block.after is not None else End("normal")
        if event.outcome in block.overflow:
            return Take(f"overflow: {event.outcome}", event.outcome)
        return Take("refused", event.outcome)

    @staticmethod
    def _order(block: Queue, turn: Turn) -> JoinQueue:
        variables = turn.run.variables
        preferred = None if block.preferred is None else block.preferred.evaluate(variables)
        return JoinQueue(
            block.queue.name,
            dict(block.skills),
            block.priority,
            None if preferred in (None, "") else spelt(preferred),
            block.preferred_for_s,
            {name: assigned.evaluate(variables) for name, assigned in block.data.items()},
            block.while_waiting is not None,
        )

    @staticmethod
    def _shown(order: JoinQueue, turn: Turn, block: Queue) -> dict[str, str]:
        shown = {"queue": order.queue, "priority": str(order.priority)}
        shown |= {f"skill {name}": str(level) for name, level in order.skills.items()}
        if order.preferred is not None:
            shown["preferred"] = order.preferred
        for name, value in order.data.items():
            shown[f"data {name}"] = "***" if turn.is_secret(block.data[name].names) else spelt(value)
        return shown


class LeaveRunner(Instant):
    """Takes the caller out of the queue."""

    def start(self, block: Leave, turn: Turn) -> Outcome:
        """Go."""
        turn.trace("leave", {"section": block.leave.section or ""})
        return LeaveWaiting("leave")


class StandingRunner:
    """Asks the queue how the caller stands."""

    def start(self, _block: Standing, turn: Turn) -> Outcome:
        """Ask."""
        turn.effects.append(AskStanding(turn.request()))
        turn.wait(PATIENCE_S)
        return STAY

    def resume(self, block: Standing, turn: Turn, event: Happening) -> Outcome:
        """What is not known is null."""
        if not isinstance(event, Reply | TimeIsUp):
            return STAY
        known = event.value if isinstance(event, Reply) and isinstance(event.value, dict) else {}
        position, wait_s = known.get("position"), known.get("wait_s")
        minutes = round(wait_s / MINUTE_S) if isinstance(wait_s, int | float) else None
        turn.run.variables[block.standing] = position
        if block.minutes is not None:
            turn.run.variables[block.minutes] = minutes
        turn.trace("standing", {"position": spelt(position), "minutes": spelt(minutes)})
        return NEXT


class HangupRunner(Instant):
    """Ends the call."""

    def start(self, block: Hangup, turn: Turn) -> Outcome:
        """End it."""
        turn.trace("hangup", {"cause": block.hangup})
        return End(block.hangup)


class BusyRunner:
    """Refuses, or sounds the busy tone and hangs up."""

    def start(self, block: Busy, turn: Turn) -> Outcome:
        """Whether the call has been answered makes the difference."""
        turn.trace("busy", {})
        if not turn.run.answered:
            return End("busy")
        turn.play([], after=(Tone(BUSY_CADENCE_S, BUSY_HZ), Silence(BUSY_CADENCE_S)), loop=True)
        turn.wait(block.busy_s)
        return STAY

    def resume(self, _block: Busy, _turn: Turn, event: Happening) -> Outcome:
        """Over when the time is up."""
        return End("busy") if isinstance(event, TimeIsUp) else STAY


class RejectRunner(Instant):
    """Refuses the call."""

    def start(self, block: Reject, turn: Turn) -> Outcome:
        """End it."""
        turn.trace("reject", {"cause": block.reject})
        return End(block.reject)
