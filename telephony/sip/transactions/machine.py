"""Runs a transaction table: looks a row up, performs its actions, moves on (RFC 3261 section 17).

A transaction is a table, a state and what it must send again; `client` and `server` hold the four kinds. It
knows its user only through `TransactionUser`, its layer only through `Ground`. What is no longer needed (the
request, once answered) is let go at once, because a transaction outlives its work by half a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from telephony.sip.address import Address
from telephony.sip.message import Request, Response
from telephony.sip.timers import Timers
from telephony.sip.transactions import invite_client, invite_server, non_invite_client, non_invite_server
from telephony.sip.transactions.table import Action, Table

Key = tuple[str, ...]


class TransactionUser(Protocol):
    """Who sends a request through a client transaction, or answers one through a server transaction."""

    def response_received(self, transaction: Transaction, response: Response, now: float) -> None:
        """A response that is no retransmission, or any 2xx to an INVITE."""

    def ack_received(self, transaction: Transaction, ack: Request, now: float) -> None:
        """An ACK with the branch of an INVITE that was answered with a 2xx."""

    def cancelled(self, request: Request, now: float) -> None:
        """A CANCEL for the request of this server transaction."""

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        """408: nobody answered in time; 503: it could not be sent."""

    def terminated(self, transaction: Transaction, now: float) -> None:
        """The transaction is gone; nothing more comes from it."""

    def moved(self, transaction: Transaction, request: Request, now: float) -> bool:
        """The request is about to go out to a target, or the next one, in this form and transaction (RFC 3263
        section 4.3); False: it is not wanted any more."""


class Ground(Protocol):
    """What a transaction stands on."""

    timers: Timers

    def send(self, wire: bytes, destination: Address) -> None: ...
    def retransmit(self, wire: bytes, destination: Address) -> None: ...
    def start_timer(self, at: float, transaction: Transaction, timer: int) -> None: ...
    def forget(self, transaction: Transaction) -> bool: ...


class Transaction:
    """What the four kinds share."""

    __slots__ = ("destination", "ground", "interval", "key", "request", "state", "user", "wire")

    TABLE: ClassVar[Table]
    TERMINATED: ClassVar[int]

    def __init__(
        self, key: Key, request: Request, destination: Address, user: TransactionUser, ground: Ground
    ) -> None:
        self.key = key
        self.request: Request | None = request
        self.destination = destination
        self.user = user
        self.ground = ground
        self.state = 0
        self.wire: bytes | None = None
        self.interval = ground.timers.t1

    def feed(self, event: int, now: float, message: Request | Response | None = None) -> None:
        """Give the table one input."""
        if self.state == self.TERMINATED:
            return
        actions, self.state = self.TABLE[self.state, event]
        for action in actions:
            _PERFORM[action](self, now, message)
        if self.state == self.TERMINATED and self.ground.forget(self):
            self.user.terminated(self, now)
            del self.user  # who knows us too: a circle would wait long for the collector

    def timer_fired(self, timer: int, now: float) -> None:
        """A timer's number is its input's."""
        self.feed(timer, now)

    @property
    def reliable(self) -> bool:
        """Whether the transport retransmits for us."""
        return self.destination.reliable

    def start(self, timer: int, delay: float, now: float) -> None:
        """Start a timer of this transaction."""
        self.ground.start_timer(now + delay, self, timer)

    def transport_error(self, now: float) -> None:
        """What it sends cannot be sent: the connection is gone, or never came."""
        raise NotImplementedError

    def deliver(self, message: Request | Response | None, now: float) -> None:
        """Hand a message to the user."""
        raise NotImplementedError

    def acknowledge(self, message: Request | Response | None) -> bytes | None:
        """The ACK to a final non-2xx response; only an INVITE client has one."""
        raise NotImplementedError

    def restart(self, delay: float, now: float) -> None:
        """Restart the retransmission timer (A, E or G)."""
        raise NotImplementedError


def _send(self: Transaction, _now: float, message: Request | Response | None) -> None:
    self.wire = bytes(message)  # type: ignore[arg-type]  # rows with SEND come with a message
    self.ground.send(self.wire, self.destination)


def _retransmit(self: Transaction, _now: float, _message: Request | Response | None) -> None:
    if self.wire is not None:
        self.ground.retransmit(self.wire, self.destination)


def _send_trying(self: Transaction, _now: float, _message: Request | Response | None) -> None:
    if self.wire is None and self.request is not None:
        self.wire = bytes(Response.to_request(self.request, 100))
        self.ground.send(self.wire, self.destination)


def _send_ack(self: Transaction, _now: float, message: Request | Response | None) -> None:
    wire = self.acknowledge(message)
    if wire is not None:
        self.ground.send(wire, self.destination)


def _pass_up(self: Transaction, now: float, message: Request | Response | None) -> None:
    self.deliver(message, now)


def _report_timeout(self: Transaction, now: float, _message: Request | Response | None) -> None:
    self.user.failed(self, 408, now)


def _report_transport_error(self: Transaction, now: float, _message: Request | Response | None) -> None:
    self.user.failed(self, 503, now)


def _start_g_and_h(self: Transaction, now: float, _message: Request | Response | None) -> None:
    if not self.reliable:
        self.start(invite_server.Input.TIMER_G, self.interval, now)
    self.start(invite_server.Input.TIMER_H, self.ground.timers.sixty_four_t1, now)


def _waiting(timer: int, delay: Callable[[Timers], float]) -> Perform:
    """An action that starts a wait for stray messages; a reliable transport brings none: zero seconds."""

    def perform(self: Transaction, now: float, _message: Request | Response | None) -> None:
        self.start(timer, 0.0 if self.reliable else delay(self.ground.timers), now)

    return perform


def _accepted(timer: int) -> Perform:
    """L and M last 64*T1 on every transport: they wait for forks and ACKs, not for lost datagrams."""

    def perform(self: Transaction, now: float, _message: Request | Response | None) -> None:
        self.start(timer, self.ground.timers.sixty_four_t1, now)

    return perform


def _double(self: Transaction, now: float, _message: Request | Response | None) -> None:
    self.interval *= 2
    self.restart(self.interval, now)


def _double_to_t2(self: Transaction, now: float, _message: Request | Response | None) -> None:
    self.interval = min(self.interval * 2, self.ground.timers.t2)
    self.restart(self.interval, now)


def _after_t2(self: Transaction, now: float, _message: Request | Response | None) -> None:
    self.restart(self.ground.timers.t2, now)


Perform = Callable[[Transaction, float, Request | Response | None], None]

_PERFORM: dict[int, Perform] = {
    Action.SEND: _send,
    Action.RETRANSMIT: _retransmit,
    Action.SEND_TRYING: _send_trying,
    Action.SEND_ACK: _send_ack,
    Action.PASS_UP: _pass_up,
    Action.REPORT_TIMEOUT: _report_timeout,
    Action.REPORT_TRANSPORT_ERROR: _report_transport_error,
    Action.START_D: _waiting(invite_client.Input.TIMER_D, lambda timers: timers.timer_d_unreliable),
    Action.START_I: _waiting(invite_server.Input.TIMER_I, lambda timers: timers.t4),
    Action.START_J: _waiting(non_invite_server.Input.TIMER_J, lambda timers: timers.sixty_four_t1),
    Action.START_K: _waiting(non_invite_client.Input.TIMER_K, lambda timers: timers.t4),
    Action.START_L: _accepted(invite_server.Input.TIMER_L),
    Action.START_M: _accepted(invite_client.Input.TIMER_M),
    Action.START_G_AND_H: _start_g_and_h,
    Action.DOUBLE: _double,
    Action.DOUBLE_TO_T2: _double_to_t2,
    Action.AFTER_T2: _after_t2,
}
