"""The running counts of a queue and of an agent, as the views show them.

Service level is `answered within the queue's service_level_s / (answered + abandoned)`, in percent, over
everything since the counts began. A contact counts once it was answered or abandoned; one that still
waits does not, and neither does one that the router itself refused (full, or waited too long): those are
`blocked` and `expired`. Every abandonment counts, however short the wait was.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class QueueStatistics:
    """`offered` contacts came in; each ends as answered, abandoned, expired, overflowed or
    deferred (it chose a callback, or to leave a message).

    `blocked` were turned away at the door because the queue was full or closed, `diverted` by any rule of overflow;
    neither came in. `taken_over` are those of `offered` who had waited elsewhere. `callbacks` are tickets: a
    callback is no contact of these counts, however it ends; `callbacks_served` are those whose caller was reached.
    """

    offered: int = 0
    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    blocked: int = 0
    expired: int = 0
    overflowed: int = 0
    diverted: int = 0
    taken_over: int = 0
    deferred: int = 0
    callbacks: int = 0
    callbacks_served: int = 0
    callbacks_given_up: int = 0
    callbacks_cancelled: int = 0

    def service_level_percent(self) -> float | None:
        """None as long as nobody was answered or gave up."""
        decided = self.answered + self.abandoned
        return 100.0 * self.answered_in_time / decided if decided else None

    def count_answer(self, in_time: bool, sign: int = 1) -> None:
        """`sign` -1 takes an answer back: the two could not be joined, the contact waits again."""
        self.answered += sign
        self.answered_in_time += sign * in_time


@dataclass(slots=True)
class AgentStatistics:
    """What an agent did since the router began; a log-out does not reset it."""

    handled: int = 0
    missed: int = 0
    refused: int = 0
