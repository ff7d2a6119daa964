"""The INVITE client transaction: RFC 3261 figure 5 with the Accepted state of RFC 6026 figure 1."""

from __future__ import annotations

from enum import IntEnum

from telephony.sip.transactions.table import Action, Table


class State(IntEnum):
    CALLING = 0
    PROCEEDING = 1
    COMPLETED = 2
    ACCEPTED = 3
    TERMINATED = 4


class Input(IntEnum):
    PROVISIONAL = 0
    SUCCESS = 1
    FAILURE = 2  # 300-699
    TIMER_A = 3
    TIMER_B = 4
    TIMER_D = 5
    TIMER_M = 6
    TRANSPORT_ERROR = 7


_S, _I, _A = State, Input, Action

TABLE: Table = {
    (_S.CALLING, _I.PROVISIONAL): ((_A.PASS_UP,), _S.PROCEEDING),
    (_S.CALLING, _I.SUCCESS): ((_A.START_M, _A.PASS_UP), _S.ACCEPTED),
    (_S.CALLING, _I.FAILURE): ((_A.SEND_ACK, _A.START_D, _A.PASS_UP), _S.COMPLETED),
    (_S.CALLING, _I.TIMER_A): ((_A.RETRANSMIT, _A.DOUBLE), _S.CALLING),
    (_S.CALLING, _I.TIMER_B): ((_A.REPORT_TIMEOUT,), _S.TERMINATED),
    (_S.CALLING, _I.TIMER_D): ((), _S.CALLING),
    (_S.CALLING, _I.TIMER_M): ((), _S.CALLING),
    (_S.CALLING, _I.TRANSPORT_ERROR): ((_A.REPORT_TRANSPORT_ERROR,), _S.TERMINATED),
    (_S.PROCEEDING, _I.PROVISIONAL): ((_A.PASS_UP,), _S.PROCEEDING),
    (_S.PROCEEDING, _I.SUCCESS): ((_A.START_M, _A.PASS_UP), _S.ACCEPTED),
    (_S.PROCEEDING, _I.FAILURE): ((_A.SEND_ACK, _A.START_D, _A.PASS_UP), _S.COMPLETED),
    (_S.PROCEEDING, _I.TIMER_A): ((), _S.PROCEEDING),
    (_S.PROCEEDING, _I.TIMER_B): ((), _S.PROCEEDING),
    (_S.PROCEEDING, _I.TIMER_D): ((), _S.PROCEEDING),
    (_S.PROCEEDING, _I.TIMER_M): ((), _S.PROCEEDING),
    (_S.PROCEEDING, _I.TRANSPORT_ERROR): ((_A.REPORT_TRANSPORT_ERROR,), _S.TERMINATED),
    (_S.COMPLETED, _I.PROVISIONAL): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.SUCCESS): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.FAILURE): ((_A.SEND_ACK,), _S.COMPLETED),
    (_S.COMPLETED, _I.TIMER_A): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.TIMER_B): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.TIMER_D): ((), _S.TERMINATED),
    (_S.COMPLETED, _I.TIMER_M): ((), _S.COMPLETED),
    # The user has its final response; that the ACK was lost with the connection changes nothing for it.
    (_S.COMPLETED, _I.TRANSPORT_ERROR): ((), _S.TERMINATED),
    (_S.ACCEPTED, _I.PROVISIONAL): ((), _S.ACCEPTED),
    (_S.ACCEPTED, _I.SUCCESS): ((_A.PASS_UP,), _S.ACCEPTED),  # RFC 6026 7.2: repeated and forked 2xx go up
    (_S.ACCEPTED, _I.FAILURE): ((), _S.ACCEPTED),
    (_S.ACCEPTED, _I.TIMER_A): ((), _S.ACCEPTED),
    (_S.ACCEPTED, _I.TIMER_B): ((), _S.ACCEPTED),
    (_S.ACCEPTED, _I.TIMER_D): ((), _S.ACCEPTED),
    (_S.ACCEPTED, _I.TIMER_M): ((), _S.TERMINATED),
    (_S.ACCEPTED, _I.TRANSPORT_ERROR): ((), _S.ACCEPTED),
    **{(_S.TERMINATED, each): ((), _S.TERMINATED) for each in Input},
}
