"""Whether a trunk answers, with hysteresis: one lost packet takes no trunk out, one lucky one brings none back.

Any final answer to OPTIONS is a sign of life, a refusal too; silence, and 503, which says "not now", are not.
"""

from __future__ import annotations

from enum import Enum

from telephony.calls.trunks.model import HealthRule


class State(Enum):
    """Whether calls are sent there."""

    UP = "up"
    DOWN = "down"


class Input(Enum):
    """What a check came to."""

    ANSWER = "answer"
    SILENCE = "silence"


class Action(Enum):
    """What the count of checks in a row does."""

    COUNT = "count"  # towards the other state
    FORGET = "forget"  # it was as before: count anew


# (state, input) -> (action, state when the count is full)
TABLE: dict[tuple[State, Input], tuple[Action, State]] = {
    (State.UP, Input.ANSWER): (Action.FORGET, State.UP),
    (State.UP, Input.SILENCE): (Action.COUNT, State.DOWN),
    (State.DOWN, Input.ANSWER): (Action.COUNT, State.UP),
    (State.DOWN, Input.SILENCE): (Action.FORGET, State.DOWN),
}


def is_life(status: int) -> bool:
    """Whether a final status says that somebody is there to take calls (408 and 503 are made up for silence too)."""
    return status not in (408, 503)


class Health:
    """One trunk's state; it is taken to be up until it shows otherwise."""

    __slots__ = ("_count", "_rule", "changes", "since", "state")

    def __init__(self, rule: HealthRule, now: float) -> None:
        self._rule = rule
        self._count = 0
        self.state = State.UP
        self.since = now
        self.changes = 0

    def feed(self, sign: Input, now: float) -> bool:
        """Take the outcome of a check; True if the state changed."""
        action, other = TABLE[self.state, sign]
        if action is Action.FORGET:
            self._count = 0
            return False
        self._count += 1
        if self._count < (self._rule.down_after if other is State.DOWN else self._rule.up_after):
            return False
        self.state, self.since, self._count = other, now, 0
        self.changes += 1
        return True
