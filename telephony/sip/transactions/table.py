"""What a transaction table is made of: the actions that rows may name.

A row is `(state, input): (actions, next state)`; a table has a row for every pair. Where an input changes
nothing, the row holds no actions and the same state, so that a late timer or a repeated message is an
ordinary input.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, auto
from typing import TypeAlias


class Action(IntEnum):
    """One step of a row. Timers are the inputs' concern: START_* says which input comes later."""

    SEND = auto()  # the message that came with the input, and keep it for retransmission
    RETRANSMIT = auto()  # what was sent last
    SEND_TRYING = auto()  # 100, unless something was sent already
    SEND_ACK = auto()  # the ACK of section 17.1.1.3
    PASS_UP = auto()  # the message that came with the input, to the transaction user
    REPORT_TIMEOUT = auto()
    REPORT_TRANSPORT_ERROR = auto()
    START_D = auto()
    START_I = auto()
    START_J = auto()
    START_K = auto()
    START_L = auto()
    START_M = auto()
    START_G_AND_H = auto()
    DOUBLE = auto()  # restart A, unreliable only: twice the last interval
    DOUBLE_TO_T2 = auto()  # restart E or G: twice the last interval, at most T2
    AFTER_T2 = auto()  # restart E in Proceeding


Row: TypeAlias = tuple[tuple[Action, ...], int]
Table: TypeAlias = Mapping[tuple[int, int], Row]
