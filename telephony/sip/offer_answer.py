"""Whose turn it is in a session's offers and answers, as a table (RFC 3264 section 4, 8; RFC 6337 section 2).

One exchange at a time, whatever carries it: INVITE and 2xx, 2xx and ACK, a reliable provisional response and PRACK,
PRACK and its 2xx, UPDATE and its 2xx. A body seen where no offer or answer is due is no mistake of ours to mend: it is
passed over (RFC 6337 section 3.1.1).
"""

from __future__ import annotations

from enum import IntEnum


class OfferState(IntEnum):
    """Where the negotiation stands."""

    STABLE = 0  # nothing is open
    LOCAL = 1  # our offer waits for their answer
    REMOTE = 2  # their offer waits for our answer


class OfferInput(IntEnum):
    """What can happen to it."""

    SEND_OFFER = 0
    SEND_ANSWER = 1
    RECEIVE_OFFER = 2
    RECEIVE_ANSWER = 3
    REFUSED = 4  # the message that carried the open offer was refused, or went unanswered


class Verdict(IntEnum):
    """What is to be done about it."""

    GO = 0
    PASS_OVER = 1
    GLARE = 2  # 491: both sides want to offer (RFC 3261 section 14.2)
    TOO_SOON = 3  # 500 with Retry-After: their previous offer is not answered yet (RFC 3311 section 5.2)
    OURS_WRONG = 4  # a command of the application that the state forbids


_S, _I, _V = OfferState, OfferInput, Verdict

TABLE: dict[tuple[OfferState, OfferInput], tuple[Verdict, OfferState]] = {
    (_S.STABLE, _I.SEND_OFFER): (_V.GO, _S.LOCAL),
    (_S.STABLE, _I.SEND_ANSWER): (_V.OURS_WRONG, _S.STABLE),
    (_S.STABLE, _I.RECEIVE_OFFER): (_V.GO, _S.REMOTE),
    (_S.STABLE, _I.RECEIVE_ANSWER): (_V.PASS_OVER, _S.STABLE),
    (_S.STABLE, _I.REFUSED): (_V.PASS_OVER, _S.STABLE),
    (_S.LOCAL, _I.SEND_OFFER): (_V.OURS_WRONG, _S.LOCAL),
    (_S.LOCAL, _I.SEND_ANSWER): (_V.OURS_WRONG, _S.LOCAL),
    (_S.LOCAL, _I.RECEIVE_OFFER): (_V.GLARE, _S.LOCAL),
    (_S.LOCAL, _I.RECEIVE_ANSWER): (_V.GO, _S.STABLE),
    (_S.LOCAL, _I.REFUSED): (_V.GO, _S.STABLE),
    (_S.REMOTE, _I.SEND_OFFER): (_V.OURS_WRONG, _S.REMOTE),
    (_S.REMOTE, _I.SEND_ANSWER): (_V.GO, _S.STABLE),
    (_S.REMOTE, _I.RECEIVE_OFFER): (_V.TOO_SOON, _S.REMOTE),
    (_S.REMOTE, _I.RECEIVE_ANSWER): (_V.PASS_OVER, _S.REMOTE),
    (_S.REMOTE, _I.REFUSED): (_V.GO, _S.STABLE),
}
