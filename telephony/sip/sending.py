"""Where a request goes, and when that fails, where next (RFC 3263 section 4.3, RFC 3261 section 18.1.1).

Most requests go to a known address and never come here. Those to a name wait for its targets, those too large for a
datagram go by TCP first. A target that answers 503, nothing at all, or that cannot be reached, is followed by the next
one: the same request with a new branch, in a transaction of its own, under the eyes of the same user.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Callable

from telephony.sip.address import Address, is_literal
from telephony.sip.headers import NameAddr, parse_delta_seconds
from telephony.sip.location.locator import Locator
from telephony.sip.message import Request, Response
from telephony.sip.transactions.client import ClientTransaction
from telephony.sip.transactions.layer import TransactionLayer
from telephony.sip.transactions.machine import Transaction, TransactionUser

_DOWN_S = 60.0
_NO_TCP_S = 600.0
_REMEMBERED = 4096
_TOP_VIA = re.compile(rb"(\r\nVia: )SIP/2\.0/[A-Z]+ [^;\r]+")


class Sending:
    """Requests of ours on their way out. `sent_protocol` makes the start of a Via for a target."""

    def __init__(
        self,
        layer: TransactionLayer,
        *,
        sent_protocol: Callable[[Address], str],
        new_branch: Callable[[], str],
        largest_datagram: int,
        serves_tcp: Callable[[], bool],
    ) -> None:
        self.layer = layer
        self.locator: Locator | None = None  # an adapter that can ask DNS gives one
        self.sent_protocol = sent_protocol
        self.new_branch = new_branch
        self._largest_datagram = largest_datagram
        self._serves_tcp = serves_tcp
        self._without_tcp: OrderedDict[tuple[str, int], float] = OrderedDict()
        self._literals: dict[str, bool] = {}

    def takes(self, request: Request, destination: Address) -> bool:
        """Whether this request needs more than its one known target. A large one to a phone behind NAT does not: it
        is reached by its UDP flow or not at all."""
        if self._is_named(destination):
            return True
        return self._is_too_large(request, destination) and not is_flow(request, destination)

    def _is_named(self, destination: Address) -> bool:
        host = destination.host
        literal = self._literals.get(host)
        if literal is None:
            if len(self._literals) >= _REMEMBERED:
                self._literals.clear()
            literal = self._literals[host] = is_literal(host)
        return not literal

    def _is_too_large(self, request: Request, destination: Address) -> bool:
        if not self._largest_datagram or destination.transport != "udp":
            return False
        return len(bytes(request)) > self._largest_datagram and self._serves_tcp()

    def send(
        self, request: Request, destination: Address, user: TransactionUser, now: float
    ) -> ClientTransaction:
        """Send it where its destination leads; the transaction begins when that is known."""
        attempts = _Attempts(self, request, user)
        transaction = attempts.transaction = self.layer.create(request, destination, attempts)
        if self.locator is None:
            attempts.located([destination.by_default()], now)
        else:
            self.locator.locate(destination, now, attempts.located)
        return transaction

    def send_stateless(self, wire: bytes, destination: Address, now: float) -> None:
        """An ACK of a 2xx to a name: to its first target; it is sent again when the 2xx comes again."""

        def located(targets: list[Address], _now: float) -> None:
            if targets:
                stamp = self.sent_protocol(targets[0]).encode()
                self.layer.outbox.append(
                    (_TOP_VIA.sub(lambda found: found[1] + stamp, wire, count=1), targets[0])
                )

        if self.locator is None:
            located([destination.by_default()], now)
        else:
            self.locator.locate(destination, now, located)

    def ways_to(self, request: Request, targets: list[Address], now: float) -> deque[Address]:
        """The targets, each UDP one preceded by TCP at the same place where the request is large."""
        ways: deque[Address] = deque()
        for target in targets:
            has_tcp = self._without_tcp.get((target.host, target.port), 0.0) <= now
            if has_tcp and self._is_too_large(request, target):
                ways.append(target._replace(transport="tcp"))
            ways.append(target)
        return ways

    def has_no_tcp(self, target: Address, now: float) -> None:
        """TCP was refused where UDP is known: do not try again for a while."""
        self._without_tcp[target.host, target.port] = now + _NO_TCP_S
        if len(self._without_tcp) > _REMEMBERED:
            self._without_tcp.popitem(last=False)


class _Attempts:
    """One request and its targets; stands between the transactions and their user."""

    def __init__(self, sending: Sending, request: Request, user: TransactionUser) -> None:
        self._sending = sending
        self._request = request
        self._user = user
        self._ways: deque[Address] = deque()
        self._heard = False
        self.transaction: ClientTransaction | None = None

    def located(self, targets: list[Address], now: float) -> None:
        """The targets are known: the first attempt begins."""
        transaction = self.transaction
        assert transaction is not None
        self._ways = self._sending.ways_to(self._request, targets, now)
        if not self._ways:
            transaction.transport_error(now)
            return
        target = self._ways.popleft()
        request = self._aimed(target, self._request.via.branch or "")
        transaction.request = request
        if not self._user.moved(transaction, request, now):
            transaction.transport_error(now)
            return
        self._sending.layer.begin(transaction, target, now)

    def _aimed(self, target: Address, branch: str) -> Request:
        """The request with the Via of that way (section 18.1.1: its transport must be the one used)."""
        via = ("Via", f"{self._sending.sent_protocol(target)};branch={branch};rport")
        fields = [via, *self._request.fields[1:]]  # ours begin with it
        return Request(self._request.method, self._request.uri_text, fields, self._request.body)

    def _next(self, now: float) -> bool:
        """Try the next target; False if there is none or the user wants no more."""
        if not self._ways:
            return False
        target = self._ways[0]
        request = self._aimed(target, self._sending.new_branch())
        layer = self._sending.layer
        transaction = layer.create(request, target, self)
        if not self._user.moved(transaction, request, now):
            layer.forget(transaction)
            return False
        self._ways.popleft()
        self._heard = False
        self.transaction = transaction
        layer.begin(transaction, target, now)
        return True

    def _is_dead(self, target: Address, until: float) -> None:
        if self._sending.locator is not None:
            self._sending.locator.failed(target, until)

    # -- what the transactions tell

    def response_received(self, transaction: Transaction, response: Response, now: float) -> None:
        """503 is the target's failure, anything else the user's answer."""
        if transaction is self.transaction and response.status == 503:
            asked = parse_delta_seconds(
                (response.header("retry-after") or "").partition("(")[0].partition(";")[0]
            )
            self._is_dead(transaction.destination, now + (_DOWN_S if asked is None else min(asked, 3600)))
            self._skip_twin(transaction.destination)
            if self._next(now):
                return
        self._heard = True
        self._user.response_received(transaction, response, now)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        """No answer, or no way: the next target, unless this one was heard before."""
        target = transaction.destination
        if transaction is self.transaction and not self._heard:
            twin = bool(self._ways) and self._ways[0] == target._replace(transport="udp")
            if twin and target.transport == "tcp" and status == 503:
                self._sending.has_no_tcp(target, now)
            else:
                self._is_dead(target, now + _DOWN_S)
                self._skip_twin(target)
            if self._next(now):
                return
        self._user.failed(transaction, status, now)

    def _skip_twin(self, target: Address) -> None:
        """The target itself failed, not the way to it: its other way is no use."""
        if self._ways and self._ways[0] == target._replace(transport="udp"):
            self._ways.popleft()

    def moved(self, transaction: Transaction, request: Request, now: float) -> bool:
        """Nobody moves the mover."""
        del transaction, request, now
        return True

    def ack_received(self, transaction: Transaction, ack: Request, now: float) -> None:
        """Servers have those."""

    def cancelled(self, request: Request, now: float) -> None:
        """Servers are told so."""

    def terminated(self, transaction: Transaction, now: float) -> None:
        """An earlier attempt's end concerns nobody."""
        if transaction is self.transaction:
            self._user.terminated(transaction, now)


def is_flow(request: Request, destination: Address) -> bool:
    """Whether a destination is not where the request's own URIs lead: a flow chosen by a registration or dialog."""
    routes = request.headers("route")
    leads_to = request.uri
    if routes:
        leads_to = NameAddr.parse(routes[0]).uri
    if not leads_to.is_sip:
        return False
    return leads_to.destination()[:3] != destination[:3]
