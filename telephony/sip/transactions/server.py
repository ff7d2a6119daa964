"""The two server transactions: how requests and our answers become inputs of their tables (section 17.2)."""

from __future__ import annotations

from telephony.sip.message import Request, Response
from telephony.sip.transactions import invite_server, non_invite_server
from telephony.sip.transactions.machine import Transaction


class ServerTransaction(Transaction):
    """Ours to answer. `request` is there until the final response."""

    __slots__ = ()

    def deliver(self, message: Request | Response | None, now: float) -> None:
        if isinstance(message, Request):
            self.user.ack_received(self, message, now)

    def repeat(self, request: Request, now: float) -> None:
        """The request came again, or its ACK came."""
        raise NotImplementedError

    def say_trying(self, now: float) -> None:
        """100 goes out now, whatever the user will say; only an INVITE has one."""

    def respond(self, response: Response, now: float) -> None:
        """Send a response; what the state does not allow is discarded, as the RFC asks."""
        raise NotImplementedError


class InviteServer(ServerTransaction):
    """Section 17.2.1."""

    __slots__ = ()

    TABLE = invite_server.TABLE
    TERMINATED = invite_server.State.TERMINATED

    def begin(self, now: float) -> None:
        """The request is with the user now: 100 goes out at once, if the timers say so."""
        if not self.ground.timers.trying_s:
            self.feed(invite_server.Input.TIMER_TRYING, now)

    @property
    def needs_trying(self) -> bool:
        """Whether the user has not said anything yet."""
        return self.state == invite_server.State.PROCEEDING and self.wire is None

    def say_trying_by(self, at: float) -> None:
        """The user did not answer at once: 100 goes out then, unless it answers meanwhile."""
        self.ground.start_timer(at, self, invite_server.Input.TIMER_TRYING)

    def say_trying(self, now: float) -> None:
        self.feed(invite_server.Input.TIMER_TRYING, now)

    def repeat(self, request: Request, now: float) -> None:
        ack = request.method == "ACK"
        self.feed(invite_server.Input.ACK if ack else invite_server.Input.REQUEST, now, request)

    def respond(self, response: Response, now: float) -> None:
        status = response.status
        if status < 200:
            self.feed(invite_server.Input.SEND_PROVISIONAL, now, response)
            return
        success = status < 300
        self.feed(
            invite_server.Input.SEND_SUCCESS if success else invite_server.Input.SEND_FAILURE, now, response
        )
        self.request = None
        if success:
            self.wire = None  # the user keeps the 2xx and retransmits it

    def transport_error(self, now: float) -> None:
        self.feed(invite_server.Input.TRANSPORT_ERROR, now)

    def restart(self, delay: float, now: float) -> None:
        self.start(invite_server.Input.TIMER_G, delay, now)


class NonInviteServer(ServerTransaction):
    """Section 17.2.2."""

    __slots__ = ()

    TABLE = non_invite_server.TABLE
    TERMINATED = non_invite_server.State.TERMINATED

    def repeat(self, request: Request, now: float) -> None:
        self.feed(non_invite_server.Input.REQUEST, now, request)

    def respond(self, response: Response, now: float) -> None:
        provisional = response.status < 200
        event = (
            non_invite_server.Input.SEND_PROVISIONAL if provisional else non_invite_server.Input.SEND_FINAL
        )
        self.feed(event, now, response)
        if not provisional:
            self.request = None

    def transport_error(self, now: float) -> None:
        self.feed(non_invite_server.Input.TRANSPORT_ERROR, now)
