"""Callbacks: asked for by flows, written down, promised; shown and cancelled from outside; there again after a restart.

Data flow:

    flow's RequestCallback -> number checked -> CallbackRequested -> router -> TicketChanged -> disk -> Reply
    router's PlaceCallback, CancelCallback -> `cordboard.ring_backs`

Nothing is promised to a caller before it is on the disk. Decides nothing about whose turn it is (acd.callbacks).
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Protocol

import structlog

from acd.effects import CancelCallback, ContactRequeued, Effect, OfferAgent, PlaceCallback, TicketChanged
from acd.events import CallbackCancelled, CallbackRequested, EffectFailed, TicketRestored
from acd.events import Event as RouterEvent
from acd.ticket import FINAL, Ticket, TicketStatus
from cordboard.appointments import BadTime, appointed
from cordboard.call_language import language_of
from cordboard.callback_numbers import BadNumber, CallbackNumbers
from cordboard.live_call import LiveCall
from cordboard.ring_backs import RingBacks
from cordboard.ticket_store import About, KeptTicket, TicketStore
from ivr.effects import RequestCallback
from ivr.events import Reply
from ivr.host import HostOrder
from ivr.session import Session
from journal.journal import Journal
from telephony.calls.tasks import Tasks

log = structlog.get_logger(__name__)

NOT_WRITTEN = "it could not be written down"


class Board(Protocol):
    """What is needed of the switchboard."""

    calls: dict[str, LiveCall]

    def feed(self, event: RouterEvent) -> None:
        """Tell the router."""

    def taken_out(self, call: LiveCall) -> None:
        """The router has let go of a waiting caller, who is the flow's alone now."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A flow that waits to hear whether a callback may be promised."""

    ticket: str
    session: Session
    request_id: str
    about: About


class Callbacks:
    """Every callback that is wanted."""

    def __init__(
        self,
        board: Board,
        store: TicketStore,
        numbers: CallbackNumbers,
        ring_backs: RingBacks,
        journal: Journal,
        tasks: Tasks,
        new_id: Callable[[], str],
        zone: tzinfo | None,
    ) -> None:
        self._board = board
        self._store = store
        self._numbers = numbers
        self._journal = journal
        self._tasks = tasks
        self._new_id = new_id
        self._zone = zone
        self._asked: dict[tuple[str, str], list[Asked]] = {}
        self._written: dict[str, asyncio.Future[None]] = {}
        self.ring_backs = ring_backs
        self.tickets: dict[str, KeptTicket] = {}
        ring_backs.wanted = self.tickets

    # --- a flow asks --------------------------------------------------------------------------------------------

    def take(self, call: LiveCall, order: HostOrder) -> bool:
        """Take an order of a flow, if it is one for a callback."""
        if not isinstance(order, RequestCallback) or call.session is None:
            return False
        self._request(call, call.session, order)
        return True

    def _request(self, call: LiveCall, session: Session, order: RequestCallback) -> None:
        """Keep it; the flow hears of it when it may be promised, or why not."""
        try:
            number, at = self._numbers.check(order.number), self._moment(order.at)
        except (BadNumber, BadTime) as error:
            self._journal.append("callback.refused", call=call.id, number=order.number, reason=str(error))
            session.post(Reply(order.request_id, None, str(error)))
            return
        about = About(call.id, call.called, language_of(call, ""), datetime.now(UTC), dict(order.data))
        asked = Asked(self._new_id(), session, order.request_id, about)
        self._asked.setdefault((number, order.queue), []).append(asked)
        skills = dict(order.skills)
        self._board.feed(
            CallbackRequested(asked.ticket, number, order.queue, call.id, skills, order.priority, at)
        )

    def _moment(self, words: str) -> float | None:
        """An appointment in monotonic seconds."""
        now = datetime.now(UTC)
        meant = appointed(words, now, self._zone)
        return None if meant is None else time.monotonic() + (meant - now).total_seconds()

    def remember(self, kept: Iterable[KeptTicket]) -> None:
        """Those from before a restart, before the router says anything about them."""
        self.tickets |= {each.ticket.id: each for each in kept}

    def restore(self) -> None:
        """What is remembered takes its place again, unless the router has it."""
        for each in list(self.tickets.values()):
            self._board.feed(TicketRestored(each.ticket))

    def cancel(self, ticket: str, reason: str) -> bool:
        """Nobody is to be rung back any more; False if nobody was."""
        if ticket not in self.tickets:
            return False
        self._board.feed(CallbackCancelled(ticket, reason))
        return True

    # --- the router says ----------------------------------------------------------------------------------------

    def carry_out(self, effect: Effect) -> bool:
        """Do what the router wants; False if it is none of a callback's, or somebody else has to do the rest."""
        match effect:
            case TicketChanged(ticket=ticket):
                self._changed(ticket)
            case PlaceCallback(effect_id=effect_id, ticket=ticket) if ticket not in self.tickets:
                self._board.feed(EffectFailed(effect_id, "it was over before a restart"))
            case PlaceCallback(ticket=ticket):
                self.ring_backs.place(effect, self.tickets[ticket], self._written.get(ticket))
            case CancelCallback(ticket=ticket, reason=reason):
                self.ring_backs.cancel(ticket, reason)
            case OfferAgent(offer=offer) if offer.contact in self.tickets:
                self.ring_backs.expect(self.tickets[offer.contact])
                return False
            case ContactRequeued(contact=contact) if contact in self.tickets and not self._is_on_the_line(
                contact
            ):
                self.ring_backs.forget(contact)
            case _:
                return False
        return True

    def _is_on_the_line(self, ticket: str) -> bool:
        call = self._board.calls.get(ticket)
        return call is not None and call.leg.is_up

    def _changed(self, ticket: Ticket) -> None:
        asked = self._asked.pop((ticket.number, ticket.queue), [])
        known = self.tickets.get(ticket.id)
        about = known.about if known is not None else asked[-1].about if asked else About()
        if ticket.status in FINAL:
            self.tickets.pop(ticket.id, None)
        else:
            self.tickets[ticket.id] = KeptTicket(ticket, about)
        if ticket.status not in (TicketStatus.DIALLING, TicketStatus.SERVED):
            self.ring_backs.forget(ticket.id)
        self._journal.append(
            "callback.changed",
            call=ticket.id,
            number=ticket.number,
            queue=ticket.queue,
            status=str(ticket.status),
            attempts=ticket.attempts,
            reason=ticket.note or None,
        )
        written = self._written[ticket.id] = self._store.keep(ticket, about)
        for each in asked:
            if (call := self._board.calls.get(each.session.call_id)) is not None:
                self._board.taken_out(call)
        self._tasks.spawn(self._confirm(ticket, asked, written))

    async def _confirm(self, ticket: Ticket, asked: list[Asked], written: asyncio.Future[None]) -> None:
        """Tell the flows that asked, now that it is on the disk."""
        problem = ticket.note if ticket.status in FINAL else None
        try:
            await written
        except (sqlite3.Error, OSError) as error:
            log.error("callback.not_written", ticket=ticket.id, status=str(ticket.status), why=str(error))
            problem = NOT_WRITTEN
            if asked:
                self._board.feed(CallbackCancelled(ticket.id, NOT_WRITTEN))
        if self._written.get(ticket.id) is written:
            del self._written[ticket.id]
        for each in asked:
            if problem is None:
                self._journal.append(
                    "callback.promised", call=each.about.call, ticket=ticket.id, number=ticket.number
                )
            each.session.post(Reply(each.request_id, {"ticket": ticket.id}, problem))
