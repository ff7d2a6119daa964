"""The two client transactions: how responses and time become inputs of their tables (section 17.1)."""

from __future__ import annotations

from telephony.sip.message import Request, Response
from telephony.sip.transactions import invite_client, non_invite_client
from telephony.sip.transactions.machine import Transaction


class ClientTransaction(Transaction):
    """Ours to ask. `interval` is the last retransmission interval."""

    __slots__ = ()

    def receive(self, response: Response, now: float) -> None:
        """A response that matches."""
        raise NotImplementedError

    def deliver(self, message: Request | Response | None, now: float) -> None:
        if isinstance(message, Response):
            self.user.response_received(self, message, now)

    def acknowledge(self, message: Request | Response | None) -> bytes | None:
        if self.request is not None and isinstance(message, Response):
            self.wire = bytes(ack_for_failure(self.request, message))
            self.request = None
        return self.wire

    def begin(self, now: float) -> None:
        """Send the request and start the first timers."""
        raise NotImplementedError


class InviteClient(ClientTransaction):
    """Section 17.1.1."""

    __slots__ = ()

    TABLE = invite_client.TABLE
    TERMINATED = invite_client.State.TERMINATED

    def begin(self, now: float) -> None:
        request = self.request
        assert request is not None
        self.wire = bytes(request)
        self.ground.send(self.wire, self.destination)
        if not self.reliable:
            self.start(invite_client.Input.TIMER_A, self.interval, now)
        self.start(invite_client.Input.TIMER_B, self.ground.timers.sixty_four_t1, now)

    def receive(self, response: Response, now: float) -> None:
        status = response.status
        if status < 200:
            self.feed(invite_client.Input.PROVISIONAL, now, response)
        elif status < 300:
            self.feed(invite_client.Input.SUCCESS, now, response)
        else:
            self.feed(invite_client.Input.FAILURE, now, response)

    def transport_error(self, now: float) -> None:
        self.feed(invite_client.Input.TRANSPORT_ERROR, now)

    def restart(self, delay: float, now: float) -> None:
        self.start(invite_client.Input.TIMER_A, delay, now)


class NonInviteClient(ClientTransaction):
    """Section 17.1.2."""

    __slots__ = ()

    TABLE = non_invite_client.TABLE
    TERMINATED = non_invite_client.State.TERMINATED

    def begin(self, now: float) -> None:
        request = self.request
        assert request is not None
        self.wire = bytes(request)
        self.ground.send(self.wire, self.destination)
        if not self.reliable:
            self.start(non_invite_client.Input.TIMER_E, self.interval, now)
        self.start(non_invite_client.Input.TIMER_F, self.ground.timers.sixty_four_t1, now)

    def receive(self, response: Response, now: float) -> None:
        provisional = response.status < 200
        event = non_invite_client.Input.PROVISIONAL if provisional else non_invite_client.Input.FINAL
        self.feed(event, now, response)

    def transport_error(self, now: float) -> None:
        self.feed(non_invite_client.Input.TRANSPORT_ERROR, now)

    def restart(self, delay: float, now: float) -> None:
        self.start(non_invite_client.Input.TIMER_E, delay, now)


def ack_for_failure(request: Request, response: Response) -> Request:
    """The ACK of section 17.1.1.3: the INVITE's own branch and route, the response's To."""
    fields = [("Via", request.lines("via")[0])]
    fields += [("Route", value) for value in request.lines("route")]
    fields += [
        ("Max-Forwards", "70"),
        ("From", request.required("from")),
        ("To", response.required("to")),
        ("Call-ID", request.call_id),
        ("CSeq", f"{request.cseq.number} ACK"),
    ]
    return Request("ACK", request.uri_text, fields)
