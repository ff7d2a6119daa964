"""Matches messages to transactions and keeps those that live (RFC 3261 section 17.1.3, 17.2.3).

It owns the outbox and the timer queue. New requests and stray responses are for the caller: `receive_request`
and `receive_response` say whether a transaction took the message.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from telephony.sip.address import Address
from telephony.sip.counters import Counters
from telephony.sip.headers import Via
from telephony.sip.message import Request, Response
from telephony.sip.timers import TimerQueue, Timers
from telephony.sip.transactions import invite_client
from telephony.sip.transactions.client import ClientTransaction, InviteClient, NonInviteClient
from telephony.sip.transactions.machine import Key, Transaction, TransactionUser
from telephony.sip.transactions.server import InviteServer, NonInviteServer, ServerTransaction


def response_address(via: Via, source: Address) -> Address:
    """Where responses go (section 18.2.2, RFC 3581 section 4)."""
    if source.reliable:
        return source
    if "rport" in via.parameters:
        return source
    host = via.parameters.get("maddr") or source.host
    return Address(source.transport, host, via.port or 5060, source.local)


class Sender(Protocol):
    """Who knows what to do with requests whose destination is a name, or that are too large for it."""

    def takes(self, request: Request, destination: Address) -> bool:
        """Whether this one is such."""

    def send(
        self, request: Request, destination: Address, user: TransactionUser, now: float
    ) -> ClientTransaction:
        """Send it."""


class TransactionLayer:
    """All transactions of a user agent."""

    def __init__(self, timers: Timers, counters: Counters) -> None:
        self.timers = timers
        self.queue = TimerQueue()
        self.outbox: deque[tuple[bytes, Address]] = deque()
        self.clients: dict[Key, ClientTransaction] = {}
        self.servers: dict[Key, ServerTransaction] = {}
        self.counters = counters
        self.sending: Sender | None = None
        # Those on connections, by connection: its end must not cost a look at all the others.
        self._on_flow: dict[Address, set[Transaction]] = {}
        # INVITEs of this turn with the time when a 100 is due: most are answered before a timer has to run.
        self._new_invites: list[tuple[float, InviteServer]] = []

    def send(self, wire: bytes, destination: Address) -> None:
        """Put bytes into the outbox."""
        self.outbox.append((wire, destination))

    def retransmit(self, wire: bytes, destination: Address) -> None:
        """Put bytes that went out before into the outbox again."""
        self.counters.retransmissions += 1
        self.outbox.append((wire, destination))

    def start_timer(self, at: float, transaction: Transaction, timer: int) -> None:
        """Start a transaction's timer."""
        self.queue.start(at, transaction, timer)

    def forget(self, transaction: Transaction) -> bool:
        """A transaction ended; False if it was forgotten already."""
        if transaction.reliable:
            on_flow = self._on_flow.get(transaction.destination)
            if on_flow is not None:
                on_flow.discard(transaction)
                if not on_flow:
                    del self._on_flow[transaction.destination]
        if isinstance(transaction, ClientTransaction):
            return self.clients.pop(transaction.key, None) is not None
        return self.servers.pop(transaction.key, None) is not None

    def request(
        self, request: Request, destination: Address, user: TransactionUser, now: float
    ) -> ClientTransaction:
        """Send a request in a new client transaction; its top Via holds a fresh branch."""
        if self.sending is not None and self.sending.takes(request, destination):
            return self.sending.send(request, destination, user, now)
        transaction = self.create(request, destination, user)
        self.begin(transaction, destination, now)
        return transaction

    def create(self, request: Request, destination: Address, user: TransactionUser) -> ClientTransaction:
        """A client transaction that has not begun."""
        key = (request.via.branch or "", request.method)
        kind = InviteClient if request.method == "INVITE" else NonInviteClient
        transaction = kind(key, request, destination, user, self)
        self.clients[key] = transaction
        return transaction

    def begin(self, transaction: ClientTransaction, destination: Address, now: float) -> None:
        """Send a created transaction's request there."""
        transaction.destination = destination
        self._note_flow(transaction)
        transaction.begin(now)

    def resume_invite(
        self, request: Request, destination: Address, user: TransactionUser, now: float, *, heard: bool
    ) -> ClientTransaction:
        """The transaction of an INVITE that another process sent; repeated unless a 1xx was `heard` already."""
        key = (request.via.branch or "", request.method)
        transaction = InviteClient(key, request, destination, user, self)
        self.clients[key] = transaction
        self._note_flow(transaction)
        if heard:
            transaction.wire = bytes(request)
            transaction.state = invite_client.State.PROCEEDING
        else:
            transaction.begin(now)
        return transaction

    def receive_response(self, response: Response, now: float) -> bool:
        """Give a response to its client transaction; False if there is none."""
        transaction = self.clients.get((response.via.branch or "", response.cseq.method))
        if transaction is None:
            return False
        transaction.receive(response, now)
        return True

    def receive_request(self, request: Request, now: float) -> bool:
        """Give a retransmission or an ACK to its server transaction; False if there is none."""
        transaction = self.servers.get(request.server_key)
        if transaction is None:
            return False
        if request.method != "ACK":
            self.counters.repeated_requests += 1
        transaction.repeat(request, now)
        return True

    def open_server(
        self, request: Request, source: Address, user: TransactionUser, now: float
    ) -> ServerTransaction:
        """A new request: its server transaction."""
        key = request.server_key
        destination = response_address(request.via, source)
        if request.method == "INVITE":
            invite = InviteServer(key, request, destination, user, self)
            self.servers[key] = invite
            self._note_flow(invite)
            invite.begin(now)
            self._new_invites.append((now + self.timers.trying_s, invite))
            return invite
        transaction = NonInviteServer(key, request, destination, user, self)
        self.servers[key] = transaction
        self._note_flow(transaction)
        return transaction

    def next_timer(self) -> float | None:
        """When the next timer is due; the user has had its turn with what came in."""
        self._time_new_invites()
        return self.queue.next()

    def handle_timer(self, now: float) -> None:
        """Fire what is due."""
        self._time_new_invites()
        self.queue.fire(now)

    def _time_new_invites(self) -> None:
        for at, invite in self._new_invites:
            if invite.needs_trying:
                invite.say_trying_by(at)
        self._new_invites.clear()

    def flows(self) -> set[Address]:
        """The connections that live transactions are on."""
        return set(self._on_flow)

    def _note_flow(self, transaction: Transaction) -> None:
        if transaction.reliable:
            self._on_flow.setdefault(transaction.destination, set()).add(transaction)

    def invite_to_cancel(self, cancel: Request) -> ServerTransaction | None:
        """The INVITE that a CANCEL means (section 9.2)."""
        return self.servers.get(cancel.server_key_for("INVITE"))

    def transport_closed(self, address: Address, now: float) -> None:
        """A connection is gone: what waits for answers on it fails."""
        for transaction in list(self._on_flow.get(address, ())):
            transaction.transport_error(now)
        if not address.reliable:  # a name that could not be resolved
            for client in [each for each in self.clients.values() if each.destination == address]:
                client.transport_error(now)
