"""Transfers: what a party asks of us by REFER, and what we ask of a party (RFC 3515, 5589).

Says what was asked as a leg event and carries the application's decision back. Who may be transferred where is for
those who know agents and numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from telephony.calls.leg import Leg, LegTransferAsked, LegTransferProgress
from telephony.sip import events as sip
from telephony.sip.endpoint import SipEndpoint
from telephony.sip.errors import LocalProtocolError
from telephony.sip.uri import SipUri


class Transfers:
    """REFERs of all legs, in both directions."""

    def __init__(self, endpoint: SipEndpoint, by_session: Mapping[sip.SessionId, Leg]) -> None:
        self._endpoint = endpoint
        self._agent = endpoint.user_agent
        self._by_session = by_session

    def on_event(self, leg: Leg, event: sip.Event) -> bool:
        """Take an event of a transfer; False if it is something else."""
        match event:
            case sip.ReferReceived(referral=referral, target=target, replaces=replaces, replaced=replaced):
                other = self._by_session.get(replaced) if replaced is not None else None
                leg.listener(LegTransferAsked(referral, target, other, replaces is not None))
            case sip.ReferProgress(status=status, final=final):
                leg.listener(LegTransferProgress(status, final))
            case sip.ReferFailed(status=status):
                leg.listener(LegTransferProgress(status, True))
            case sip.ReferAccepted():
                leg.listener(LegTransferProgress(202, False))
            case _:
                return False
        return True

    def accept(self, asked: LegTransferAsked) -> bool:
        """Take a transfer on; False if it was given up meanwhile."""
        return self._do(lambda now: self._agent.accept_refer(asked.referral, now))

    def reject(self, asked: LegTransferAsked, status: int) -> bool:
        """Refuse it (300-699)."""
        return self._do(lambda now: self._agent.reject_refer(asked.referral, status, now))

    def progress(self, asked: LegTransferAsked, status: int) -> bool:
        """Tell the party how it goes: 180 while it rings, 200 when it is done, 300 and more when it failed."""
        return self._do(lambda now: self._agent.refer_progress(asked.referral, status, now))

    def ask(self, leg: Leg, target: SipUri) -> bool:
        """Ask a party to call somebody else; `LegTransferProgress` follows."""
        session = leg.session
        if session is None or not leg.is_up:
            return False
        return self._do(lambda now: self._agent.refer(session, now, target=target))

    def ask_to_replace(self, leg: Leg, other: Leg) -> bool:
        """Ask a party to take our place in our call with another (RFC 3891); `LegTransferProgress` follows."""
        session, replaced = leg.session, other.session
        if session is None or replaced is None or not (leg.is_up and other.is_up):
            return False
        return self._do(lambda now: self._agent.refer(session, now, replaces=replaced))

    def _do(self, command: Callable[[float], None]) -> bool:
        try:
            command(time.monotonic())
        except LocalProtocolError:
            return False  # the other side was faster: it is over, or another one is under way
        self._endpoint.flush()
        return True
