"""Callbacks as the API shows and cancels them. Serves `api.callback_routes.CallbackSystem`; decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import cast

from acd.router import Router
from api.callback_schema import CallbackStatus, CallbackView
from cordboard.callbacks import Callbacks
from cordboard.ticket_store import KeptTicket

CANCELLED = "cancelled by a supervisor"


class CallbackViews:
    """What is wanted, looked at from outside. `utc_offset_s` is UTC minus monotonic seconds."""

    def __init__(self, callbacks: Callbacks, router: Router, utc_offset_s: Callable[[], float]) -> None:
        self._callbacks = callbacks
        self._router = router
        self._utc_offset_s = utc_offset_s

    def callbacks(self) -> Sequence[CallbackView]:
        """Those that are wanted."""
        kept = self._callbacks.tickets.values()
        ordered = sorted(
            kept, key=lambda each: (each.ticket.queue, each.ticket.arrived_at, each.ticket.order)
        )
        offset_s = self._utc_offset_s()
        return [self._view(each, offset_s) for each in ordered]

    def cancel_callback(self, callback: str) -> bool:
        """Nobody is to be rung back any more."""
        return self._callbacks.cancel(callback, CANCELLED)

    def _view(self, kept: KeptTicket, offset_s: float) -> CallbackView:
        ticket, about = kept.ticket, kept.about

        def utc(moment: float) -> datetime:
            return datetime.fromtimestamp(moment + offset_s, UTC)

        return CallbackView(
            id=ticket.id,
            number=ticket.number,
            queue=ticket.queue,
            status=cast(CallbackStatus, str(ticket.status)),
            position=self._router.position(ticket.id),
            waiting_since=utc(ticket.arrived_at),
            not_before=utc(ticket.not_before),
            expires_at=utc(ticket.expires_at),
            attempts=ticket.attempts,
            note=ticket.note,
            call=about.call or None,
            data=about.data,
        )
