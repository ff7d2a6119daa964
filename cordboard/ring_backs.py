"""Ringing callers back: one attempt of a ticket, from the router's order to a caller on the line, or to none.

    agent first    the agent has answered and hears ringing; the caller's phone is rung beside them
    caller first   the caller's phone is rung; when they answer, they hear music and the agent's phone rings. Should
                   nobody be there for them then, they hear that, and whether they are rung again

The caller is rung by a trunk, or at a registered phone of the house. From the answer on the call is a live call of the
switchboard like any other, under the ticket's id, only that no flow has it (`LiveCall.session` is None).
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from acd.effects import PlaceCallback
from acd.events import EffectDone, EffectFailed
from acd.events import Event as RouterEvent
from cordboard.announcement_texts import farewell_of, hold_of
from cordboard.directory import Directory
from cordboard.ladders import Ladders
from cordboard.live_call import QUEUE_REFUSED, CallState, LiveCall, LiveOffer
from cordboard.live_settings import LiveSettings
from cordboard.ticket_store import KeptTicket
from cordboard.waiting_sound import FAREWELL, WAITING, WaitingSound
from journal.journal import Journal
from telephony.calls.dialling import Dial
from telephony.calls.exchange import Exchange
from telephony.calls.leg import (
    Leg,
    LegAnswered,
    LegEnded,
    LegEvent,
    LegPlaybackFinished,
    LegState,
    Outcome,
    ignore,
)
from telephony.calls.tasks import Tasks
from telephony.sip.uri import SipUri

CALLED = "callback"
"""What a call that we make says it dialled."""
RINGBACK = "ringback"
FAREWELL_DEADLINE_S = 30.0
"""The longest that a farewell may be."""


class Board(Protocol):
    """What is needed of the switchboard."""

    calls: dict[str, LiveCall]
    sound: WaitingSound

    def feed(self, event: RouterEvent) -> None:
        """Tell the router."""

    def play_music(self, leg: Leg, queue: str) -> None:
        """Let somebody who waits hear the queue's music."""

    def on_caller_event(self, call: LiveCall, event: LegEvent) -> None:
        """Take what a caller's leg says."""


@dataclass(slots=True, eq=False)
class Attempt:
    """The caller's phone is about to ring, or rings."""

    order: PlaceCallback
    call: LiveCall
    leg: Leg | None = None


class RingBacks:
    """The attempts of all tickets. `offers` are the agents' phones that ring or talk."""

    def __init__(
        self,
        board: Board,
        offers: Mapping[str, LiveOffer],
        settings: LiveSettings,
        directory: Directory,
        ladders: Ladders,
        journal: Journal,
        tasks: Tasks,
    ) -> None:
        self._board = board
        self._offers = offers
        self._settings = settings
        self._directory = directory
        self._ladders = ladders
        self._journal = journal
        self._tasks = tasks
        self._exchange: Exchange
        self.ringing_tone: Sequence[Path] = ()
        self.attempts: dict[str, Attempt] = {}
        self.wanted: Container[str] = ()
        """The tickets that are to be rung, now or later."""

    def attach(self, exchange: Exchange) -> None:
        """Say which exchange carries the calls; before the first of them."""
        self._exchange = exchange

    def expect(self, kept: KeptTicket) -> LiveCall:
        """The call of a ticket; without a line to the caller yet, if there was none."""
        ticket = kept.ticket
        call = self._board.calls.get(ticket.id)
        if call is None:
            now = time.monotonic()
            nobody = Leg(f"callback {ticket.id}", LegState.DIALLING, now, ticket.number, "")
            call = LiveCall(ticket.id, ticket.number, CALLED, "", nobody, now, CallState.WAITING)
            call.callback = True
            call.queue, call.queued_at = ticket.queue, ticket.arrived_at
            self._board.calls[call.id] = call
        return call

    def forget(self, ticket: str) -> None:
        """There is nobody on the line for a ticket, nor is there to be: no call either."""
        call = self._board.calls.get(ticket)
        rings = any(offer.call is call for offer in self._offers.values())
        if call is not None and not call.leg.is_up and not rings:
            del self._board.calls[ticket]

    def place(self, order: PlaceCallback, kept: KeptTicket, written: asyncio.Future[None] | None) -> None:
        """Ring the caller, as soon as it is on the disk that they are being rung."""
        call = self.expect(kept)
        call.language = kept.about.language
        attempt = self.attempts[order.ticket] = Attempt(order, call)
        self._tasks.spawn(self._ring(attempt, kept, written))

    def cancel(self, ticket: str, reason: str) -> None:
        """Drop the caller's leg, whatever it is doing; its end is nobody's news."""
        attempt = self.attempts.pop(ticket, None)
        if attempt is not None and attempt.leg is not None:
            attempt.leg.listener = ignore
            self._exchange.hang_up(attempt.leg, reason)
        self.forget(ticket)

    def on_caller_event(self, call: LiveCall, event: LegEvent) -> None:
        """Take what the leg says of somebody who was rung back and is in no flow."""
        if isinstance(event, LegEnded):
            self._board.calls.pop(call.id, None)  # it may be forgotten already: their ticket goes on
            call.move(CallState.ENDED, time.monotonic())
        elif isinstance(event, LegPlaybackFinished) and event.play_id == FAREWELL:
            self._exchange.hang_up(call.leg, f"callback {QUEUE_REFUSED}")

    def let_go(self, call: LiveCall, outcome: str) -> None:
        """The talk is over, or nobody came: there is no flow to go on in."""
        if outcome == QUEUE_REFUSED and call.leg.is_up:
            self._tasks.spawn(self._take_leave(call))
        else:
            self._exchange.hang_up(call.leg, f"callback {outcome}")

    async def _take_leave(self, call: LiveCall) -> None:
        """Nobody was there: say so, and whether they are rung again; hang up at the end of it, or without."""
        language = call.language or self._settings.language
        said = farewell_of(language, again=call.id in self.wanted)
        if await self._board.sound.say_last(call, said):
            await asyncio.sleep(FAREWELL_DEADLINE_S)
        if call.leg.is_up:
            self._exchange.hang_up(call.leg, f"callback {QUEUE_REFUSED}")

    def lost_agent(self, offer: LiveOffer) -> bool:
        """The agent has hung up while the caller's phone rang for them: that attempt is over. False: there is none."""
        attempt = self.attempts.get(offer.call.id)
        if attempt is None or not attempt.order.agent_waits:
            return False
        self.cancel(offer.call.id, "the agent hung up")
        self._board.feed(EffectFailed(attempt.order.effect_id, "the agent hung up"))
        return True

    async def _ring(self, attempt: Attempt, kept: KeptTicket, written: asyncio.Future[None] | None) -> None:
        if written is not None:
            try:
                await asyncio.shield(written)
            except (sqlite3.Error, OSError):
                self._failed(attempt, "it could not be written down")
        if self.attempts.get(attempt.order.ticket) is not attempt:
            return
        call, number = attempt.call, attempt.order.number
        where = self._directory.reach(number)
        queue = self._settings.queues.get(attempt.order.queue)
        agent = self._agent_leg(call)
        dial = Dial(
            target=SipUri("tel", number, "") if where is None else where.target,
            peer=number,
            caller_name=(queue.name if queue is not None else None) or attempt.order.queue,
            caller_number=self._settings.file.callbacks.caller_id or kept.about.dialled,
            destination=None if where is None else where.destination,
            near=agent,
        )
        call.leg = attempt.leg = self._exchange.dial(dial)
        call.leg.listener = partial(self._on_leg, attempt)
        self._ladders.note(call.id, number, call.leg.call_ids)
        self._journal.append("callback.dialled", call=call.id, number=number, agent=attempt.order.agent)
        if agent is not None and self.ringing_tone:
            self._exchange.play(agent, RINGBACK, self.ringing_tone, loop=True)

    def _agent_leg(self, call: LiveCall) -> Leg | None:
        legs = (offer.leg for offer in self._offers.values() if offer.call is call)
        return next((leg for leg in legs if leg.is_up), None)

    def _on_leg(self, attempt: Attempt, event: LegEvent) -> None:
        match event:
            case LegAnswered():
                self._answered(attempt)
            case LegEnded(termination=termination):
                self._failed(attempt, _REASONS.get(termination.outcome, "could not be reached"))

    def _answered(self, attempt: Attempt) -> None:
        call, order = attempt.call, attempt.order
        del self.attempts[order.ticket]
        call.leg.listener = partial(self._board.on_caller_event, call)
        self._journal.append("call.arrived", call=call.id, caller=call.caller, called=CALLED)
        if not order.agent_waits:
            self._board.play_music(call.leg, order.queue)
            self._board.sound.say(call, [hold_of(call.language or self._settings.language)], WAITING)
        self._board.feed(EffectDone(order.effect_id))

    def _failed(self, attempt: Attempt, reason: str) -> None:
        if self.attempts.get(attempt.order.ticket) is attempt:
            del self.attempts[attempt.order.ticket]
            self._journal.append("callback.failed", call=attempt.call.id, reason=reason)
            self._board.feed(EffectFailed(attempt.order.effect_id, reason))


_REASONS = {
    Outcome.REFUSED: "declined",
    Outcome.NO_ANSWER: "did not answer",
    Outcome.CANCELLED: "did not answer",
}
"""Why the caller is not on the line, for the ticket."""
