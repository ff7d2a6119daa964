"""How an agent's presence moves: the whole table, and nothing else.

A pair that is missing means that the input changes nothing now: it is late or repeated, or it is
remembered until the contact is over (logging out and pausing during a talk). RESERVED is an agent for whom a
caller is being rung back. What has to happen around a
move (offers withdrawn, lines entered, deadlines set) is done by `acd.desk`.
"""

from __future__ import annotations

from enum import Enum, auto

from acd.model import Presence


class Input(Enum):
    """What may happen to an agent."""

    LOG_IN = auto()
    LOG_OUT = auto()
    PAUSE = auto()
    RESUME = auto()
    RING = auto()
    STOP_RINGING = auto()
    ANSWER = auto()
    FINISH = auto()
    BREAK_OFF = auto()
    FINISH_AND_LEAVE = auto()
    FINISH_AND_PAUSE = auto()
    START_WRAP_UP = auto()
    END_WRAP_UP = auto()
    RESERVE = auto()
    LOSE_PHONE = auto()
    FIND_PHONE = auto()


KEEPS_IDLE_TIME = frozenset({Input.STOP_RINGING, Input.BREAK_OFF, Input.LOSE_PHONE, Input.FIND_PHONE})
"""Nobody was served: no new idle time begins, and whether the agent is ready at once is decided elsewhere."""

_P = Presence

TRANSITIONS: dict[tuple[Presence, Input], Presence] = {
    (_P.OFFLINE, Input.LOG_IN): _P.AVAILABLE,
    (_P.AVAILABLE, Input.LOG_OUT): _P.OFFLINE,
    (_P.AVAILABLE, Input.PAUSE): _P.PAUSED,
    (_P.AVAILABLE, Input.RING): _P.RINGING,
    (_P.RINGING, Input.LOG_OUT): _P.OFFLINE,
    (_P.RINGING, Input.PAUSE): _P.PAUSED,
    (_P.RINGING, Input.STOP_RINGING): _P.AVAILABLE,
    (_P.RINGING, Input.ANSWER): _P.ON_CONTACT,
    (_P.ON_CONTACT, Input.FINISH): _P.AVAILABLE,
    (_P.ON_CONTACT, Input.BREAK_OFF): _P.AVAILABLE,
    (_P.ON_CONTACT, Input.FINISH_AND_LEAVE): _P.OFFLINE,
    (_P.ON_CONTACT, Input.FINISH_AND_PAUSE): _P.PAUSED,
    (_P.ON_CONTACT, Input.START_WRAP_UP): _P.WRAP_UP,
    (_P.WRAP_UP, Input.END_WRAP_UP): _P.AVAILABLE,
    (_P.WRAP_UP, Input.LOG_OUT): _P.OFFLINE,
    (_P.WRAP_UP, Input.PAUSE): _P.PAUSED,
    (_P.PAUSED, Input.PAUSE): _P.PAUSED,
    (_P.PAUSED, Input.RESUME): _P.AVAILABLE,
    (_P.PAUSED, Input.LOG_OUT): _P.OFFLINE,
    (_P.AVAILABLE, Input.RESERVE): _P.RESERVED,
    (_P.RESERVED, Input.RING): _P.RINGING,
    (_P.RESERVED, Input.STOP_RINGING): _P.AVAILABLE,
    (_P.RESERVED, Input.LOG_OUT): _P.OFFLINE,
    (_P.RESERVED, Input.PAUSE): _P.PAUSED,
    (_P.RESERVED, Input.LOSE_PHONE): _P.UNREACHABLE,
    (_P.AVAILABLE, Input.LOSE_PHONE): _P.UNREACHABLE,
    (_P.RINGING, Input.LOSE_PHONE): _P.UNREACHABLE,
    (_P.UNREACHABLE, Input.FIND_PHONE): _P.AVAILABLE,
    (_P.UNREACHABLE, Input.PAUSE): _P.PAUSED,
    (_P.UNREACHABLE, Input.LOG_OUT): _P.OFFLINE,
}


def next_presence(presence: Presence, what: Input, reachable: bool) -> Presence | None:
    """The table, with one thing added: whoever would be available without a phone is unreachable."""
    new = TRANSITIONS.get((presence, what))
    return Presence.UNREACHABLE if new is Presence.AVAILABLE and not reachable else new
