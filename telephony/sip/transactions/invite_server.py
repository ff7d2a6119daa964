"""The INVITE server transaction: RFC 3261 figure 7 with the Accepted state of RFC 6026 figure 2."""

from __future__ import annotations

from enum import IntEnum

from telephony.sip.transactions.table import Action, Table


class State(IntEnum):
    PROCEEDING = 0
    COMPLETED = 1
    CONFIRMED = 2
    ACCEPTED = 3
    TERMINATED = 4


class Input(IntEnum):
    REQUEST = 0  # a retransmission
    ACK = 1
    SEND_PROVISIONAL = 2
    SEND_SUCCESS = 3
    SEND_FAILURE = 4
    TIMER_TRYING = 5  # the 200 ms after which 100 is due (section 17.2.1); the RFC gives it no letter
    TIMER_G = 6
    TIMER_H = 7
    TIMER_I = 8
    TIMER_L = 9
    TRANSPORT_ERROR = 10


_S, _I, _A = State, Input, Action

TABLE: Table = {
    (_S.PROCEEDING, _I.REQUEST): ((_A.RETRANSMIT,), _S.PROCEEDING),
    (_S.PROCEEDING, _I.ACK): ((), _S.PROCEEDING),
    (_S.PROCEEDING, _I.SEND_PROVISIONAL): ((_A.SEND,), _S.PROCEEDING),
    (_S.PROCEEDING, _I.SEND_SUCCESS): ((_A.SEND, _A.START_L), _S.ACCEPTED),
    (_S.PROCEEDING, _I.SEND_FAILURE): ((_A.SEND, _A.START_G_AND_H), _S.COMPLETED),
    (_S.PROCEEDING, _I.TIMER_TRYING): ((_A.SEND_TRYING,), _S.PROCEEDING),
    (_S.PROCEEDING, _I.TIMER_G): ((), _S.PROCEEDING),
    (_S.PROCEEDING, _I.TIMER_H): ((), _S.PROCEEDING),
    (_S.PROCEEDING, _I.TIMER_I): ((), _S.PROCEEDING),
    (_S.PROCEEDING, _I.TIMER_L): ((), _S.PROCEEDING),
    (_S.PROCEEDING, _I.TRANSPORT_ERROR): ((_A.REPORT_TRANSPORT_ERROR,), _S.TERMINATED),
    (_S.COMPLETED, _I.REQUEST): ((_A.RETRANSMIT,), _S.COMPLETED),
    (_S.COMPLETED, _I.ACK): ((_A.START_I,), _S.CONFIRMED),
    # "Any other final responses passed by the TU ... MUST be discarded while in the Completed state"
    (_S.COMPLETED, _I.SEND_PROVISIONAL): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.SEND_SUCCESS): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.SEND_FAILURE): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.TIMER_TRYING): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.TIMER_G): ((_A.RETRANSMIT, _A.DOUBLE_TO_T2), _S.COMPLETED),
    (_S.COMPLETED, _I.TIMER_H): ((_A.REPORT_TIMEOUT,), _S.TERMINATED),
    (_S.COMPLETED, _I.TIMER_I): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.TIMER_L): ((), _S.COMPLETED),
    (_S.COMPLETED, _I.TRANSPORT_ERROR): ((_A.REPORT_TRANSPORT_ERROR,), _S.TERMINATED),
    (_S.CONFIRMED, _I.REQUEST): ((), _S.CONFIRMED),
    (_S.CONFIRMED, _I.ACK): ((), _S.CONFIRMED),
    (_S.CONFIRMED, _I.SEND_PROVISIONAL): ((), _S.CONFIRMED),
    (_S.CONFIRMED, _I.SEND_SUCCESS): ((), _S.CONFIRMED),
    (_S.CONFIRMED, _I.SEND_FAILURE): ((), _S.CONFIRMED),
    (_S.CONFIRMED, _I.TIMER_TRYING): ((), _S.CONFIRMED),
    (_S.CONFIRMED, _I.TIMER_G): ((), _S.CONFIRMED),
    (_S.CONFIRMED, _I.TIMER_H): ((), _S.CONFIRMED),
    (_S.CONFIRMED, _I.TIMER_I): ((), _S.TERMINATED),
    (_S.CONFIRMED, _I.TIMER_L): ((), _S.CONFIRMED),
    (_S.CONFIRMED, _I.TRANSPORT_ERROR): ((), _S.CONFIRMED),
    (_S.ACCEPTED, _I.REQUEST): ((), _S.ACCEPTED),  # RFC 6026 7.1: absorbed; the user retransmits the 2xx
    (_S.ACCEPTED, _I.ACK): ((_A.PASS_UP,), _S.ACCEPTED),
    (_S.ACCEPTED, _I.SEND_PROVISIONAL): ((), _S.ACCEPTED),
    (_S.ACCEPTED, _I.SEND_SUCCESS): ((_A.SEND,), _S.ACCEPTED),
    (_S.ACCEPTED, _I.SEND_FAILURE): ((), _S.ACCEPTED),
    (_S.ACCEPTED, _I.TIMER_TRYING): ((), _S.ACCEPTED),
    (_S.ACCEPTED, _I.TIMER_G): ((), _S.ACCEPTED),
    (_S.ACCEPTED, _I.TIMER_H): ((), _S.ACCEPTED),
    (_S.ACCEPTED, _I.TIMER_I): ((), _S.ACCEPTED),
    (_S.ACCEPTED, _I.TIMER_L): ((), _S.TERMINATED),
    (_S.ACCEPTED, _I.TRANSPORT_ERROR): ((), _S.ACCEPTED),
    **{(_S.TERMINATED, each): ((), _S.TERMINATED) for each in Input},
}
