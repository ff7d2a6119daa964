"""What the router says beyond offers and talks: refusal, overflow, an older place, presence, alerts.

Journal, log, and the caller's way on. The router has moved the contact already when it goes to another queue.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Protocol

from acd.effects import (
    Alert,
    Announce,
    ContactRequeued,
    Effect,
    OverflowContact,
    PlaceRegained,
    PresenceChanged,
    RefuseContact,
)
from acd.queue_rules import OverflowTo
from cordboard.alerts import Alerts
from cordboard.live_call import QUEUE_REFUSED, CallState, LiveCall
from cordboard.waiting_sound import WaitingSound
from journal.journal import Journal
from telephony.calls.leg import Leg


class Board(Protocol):
    """What is needed of the switchboard."""

    calls: dict[str, LiveCall]
    sound: WaitingSound
    alerts: Alerts

    def play_music(self, leg: Leg, queue: str) -> None: ...
    def leave_for(self, call: LiveCall, outcome: str) -> None: ...


class QueueEffects:
    """Carries them out."""

    def __init__(self, board: Board, journal: Journal) -> None:
        self._board = board
        self._journal = journal

    def carry_out(self, effect: Effect) -> None:
        """Those of this room; any other is left alone."""
        match effect:
            case Alert(kind=kind, about=about, text=text):
                self._board.alerts.raise_alert(str(kind), about, text)
            case PlaceRegained(contact=contact, arrived_at=arrived_at, reason=reason):
                waited_s = time.monotonic() - arrived_at
                self._journal.append("queue.regained", call=contact, reason=reason, waited_s=waited_s)
            case PresenceChanged(agent=agent, presence=presence, reason=why):
                self._journal.append("agent.presence", agent=agent, presence=str(presence), reason=why)
            case ContactRequeued(contact=contact, reason=reason):
                self._requeued(contact, reason)
            case RefuseContact(contact=contact, reason=reason):
                self._refused(contact, reason)
            case OverflowContact():
                self._overflowed(effect)
            case Announce(contact=contact) if contact in self._board.calls:
                self._board.sound.announce(self._board.calls[contact], effect)

    def _refused(self, contact: str, reason: str) -> None:
        call = self._board.calls.get(contact)
        if call is not None:
            self._journal.append("queue.refused", call=call.id, queue=call.queue, reason=reason)
            self._board.leave_for(call, QUEUE_REFUSED)

    def _requeued(self, contact: str, reason: str) -> None:
        call = self._board.calls.get(contact)
        if call is not None:
            call.agent = None
            call.move(CallState.WAITING, time.monotonic())
            self._journal.append("queue.kept", call=call.id, queue=call.queue, reason=reason)

    def _overflowed(self, effect: OverflowContact) -> None:
        call = self._board.calls.get(effect.contact)
        if call is None:
            return
        self._journal.append(
            "queue.overflowed",
            call=call.id,
            queue=effect.queue,
            rule=effect.rule,
            target=str(effect.target),
            why=asdict(effect.why),
        )
        if effect.target.kind is OverflowTo.QUEUE:
            call.queue = effect.target.name
            if not call.own_waiting:
                self._board.play_music(call.leg, call.queue)
        else:
            self._board.leave_for(call, effect.target.name or str(effect.target.kind))
