"""The non-INVITE client transaction: RFC 3261 figure 6."""

from __future__ import annotations

from enum import IntEnum

from telephony.sip.transactions.table import Action, Table


class State(IntEnum):
    TRYING = 0
    PROCEEDING = 1
    COMPLETED = 2
    TERMINATED = 3


class Input(IntEnum):
    PROVISIONAL = 0
    FINAL = 1
    TIMER_E = 2
    TIMER_F = 3
    TIMER_K = 4
    TRANSPORT_ERROR = 5


_S, _I, _A = State, Input, Action

TABLE: Table = {
    (_S.TRYING, _I.PROVISIONAL): ((_A.PASS_UP,), _S.PROCEEDING),
    (_S.TRYING, _I.FINAL): ((_A.START_K, _A.PASS_UP), _S.COMPLETED),
    (_S.TRYING, _I.TIMER_E): ((_A.RETRANSMIT, _A.DOUBLE_TO_T2), _S.TRYING),
    (_S.TRYING, _I.TIMER_F): ((_A.REPORT_TIMEOUT,), _S.TERMINATED),
    (_S.TRYING, _I.TIMER_K): ((), _S.TRYING),
    (_S.TRYING, _I.TRANSPORT_ERROR): ((_A.REPORT_TRANSPORT_ERROR,), _S.TERMINATED),
    (_S.PROCEEDING, _I.PROVISIONAL): ((_A.PASS_UP,), _S.PROCEEDING),
    (_S.PROCEEDING, _I.FINAL): ((_A.START_K, _A.PASS_UP), _S.COMPLETED),
    (_S.PROCEEDING, _I.TIMER_E): ((_A.RETRANSMIT, _A.AFTER_T2), _S.PROCEEDING),
    (_S.PROCEEDING, _I.TIMER_F): ((_A.REPORT_TIMEOUT,), _S.TERMINATED),
    (_S.PROCEEDING, _I.TIMER_K): ((), _S.PROCEEDING),
    (_S.PROCEEDING, _I.TRANSPORT_ERROR): ((_A.REPORT_TRANSPORT_ERROR,), _S.TERMINATED),
    (_S.COMPLETED, _I.PROVISIONAL): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.FINAL): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.TIMER_E): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.TIMER_F): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.TIMER_K): ((), _S.TERMINATED),
    (_S.COMPLETED, _I.TRANSPORT_ERROR): ((), _S.TERMINATED),
    **{(_S.TERMINATED, each): ((), _S.TERMINATED) for each in Input},
}
