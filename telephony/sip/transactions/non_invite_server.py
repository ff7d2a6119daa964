"""The non-INVITE server transaction: RFC 3261 figure 8."""

from __future__ import annotations

from enum import IntEnum

from telephony.sip.transactions.table import Action, Table


class State(IntEnum):
    TRYING = 0
    PROCEEDING = 1
    COMPLETED = 2
    TERMINATED = 3


class Input(IntEnum):
    REQUEST = 0  # a retransmission
    SEND_PROVISIONAL = 1
    SEND_FINAL = 2
    TIMER_J = 3
    TRANSPORT_ERROR = 4


_S, _I, _A = State, Input, Action

TABLE: Table = {
    (_S.TRYING, _I.REQUEST): ((), _S.TRYING),
    (_S.TRYING, _I.SEND_PROVISIONAL): ((_A.SEND,), _S.PROCEEDING),
    (_S.TRYING, _I.SEND_FINAL): ((_A.SEND, _A.START_J), _S.COMPLETED),
    (_S.TRYING, _I.TIMER_J): ((), _S.TRYING),
    (_S.TRYING, _I.TRANSPORT_ERROR): ((_A.REPORT_TRANSPORT_ERROR,), _S.TERMINATED),
    (_S.PROCEEDING, _I.REQUEST): ((_A.RETRANSMIT,), _S.PROCEEDING),
    (_S.PROCEEDING, _I.SEND_PROVISIONAL): ((_A.SEND,), _S.PROCEEDING),
    (_S.PROCEEDING, _I.SEND_FINAL): ((_A.SEND, _A.START_J), _S.COMPLETED),
    (_S.PROCEEDING, _I.TIMER_J): ((), _S.PROCEEDING),
    (_S.PROCEEDING, _I.TRANSPORT_ERROR): ((_A.REPORT_TRANSPORT_ERROR,), _S.TERMINATED),
    (_S.COMPLETED, _I.REQUEST): ((_A.RETRANSMIT,), _S.COMPLETED),
    (_S.COMPLETED, _I.SEND_PROVISIONAL): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.SEND_FINAL): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.TIMER_J): ((), _S.TERMINATED),
    (_S.COMPLETED, _I.TRANSPORT_ERROR): ((), _S.TERMINATED),
    **{(_S.TERMINATED, each): ((), _S.TERMINATED) for each in Input},
}
