"""What the parts of a user agent share: configuration, transactions, sessions, dialogs, events.

Makes the fields that only the user agent knows (Via, Contact, User-Agent) and sends responses. It decides
nothing about calls.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from zlib import crc32

from telephony.sip.address import Address
from telephony.sip.config import UserAgentConfig
from telephony.sip.counters import Counters
from telephony.sip.deadlines import Deadlines
from telephony.sip.dialog import Dialog, DialogKey
from telephony.sip.errors import LocalProtocolError
from telephony.sip.events import Event, SessionId
from telephony.sip.listeners import local_address
from telephony.sip.message import MAGIC_COOKIE, Request, Response
from telephony.sip.noting import SESSION, Note, nobody_notes
from telephony.sip.sending import Sending
from telephony.sip.session import Session
from telephony.sip.timers import Timers
from telephony.sip.transactions.layer import TransactionLayer, response_address
from telephony.sip.transactions.machine import Transaction, TransactionUser

METHODS = (
    "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "UPDATE", "PRACK",
    "INFO", "MESSAGE", "REFER", "NOTIFY", "SUBSCRIBE",
)  # fmt: skip
ALLOW = ("Allow", ", ".join(METHODS))
# Extensions that a peer may require (section 8.2.2.3): RFC 3262, 3891, 4028, 4488.
EXTENSIONS: frozenset[str] = frozenset(("100rel", "norefersub", "replaces", "timer"))
# Those of a registrar, which only a REGISTER may require (RFC 5626 section 6, RFC 5627 section 5.1).
REGISTRAR_EXTENSIONS: frozenset[str] = frozenset(("gruu", "outbound"))
SUPPORTED = ("Supported", ", ".join(sorted(EXTENSIONS)))


class Core:
    """The shared state of one user agent."""

    def __init__(
        self,
        config: UserAgentConfig,
        new_id: Callable[[], str],
        timers: Timers,
        fraction: Callable[[], float] | None = None,
    ) -> None:
        self.config = config
        self.new_id = new_id
        # Random numbers from 0 to 1: by default as random as the ids are.
        self.fraction = fraction or (lambda: crc32(new_id().encode()) / 2**32)
        self.counters = Counters()
        self.layer = TransactionLayer(timers, self.counters)
        self.deadlines = Deadlines(self.layer.queue)
        self.events: deque[Event] = deque()
        self.sessions: dict[SessionId, Session] = {}
        self.dialogs: dict[DialogKey, Session] = {}
        self.note: Note = nobody_notes
        self.local_addresses = dict(config.local_addresses)
        self.sending = Sending(
            self.layer,
            sent_protocol=self.sent_protocol,
            new_branch=self.new_branch,
            largest_datagram=config.largest_datagram,
            serves_tcp=lambda: "tcp" in self.local_addresses or "tcp6" in self.local_addresses,
        )
        self.layer.sending = self.sending

    @property
    def timers(self) -> Timers:
        """The RFC's timer values."""
        return self.layer.timers

    def emit(self, event: Event) -> None:
        """Tell the application."""
        self.events.append(event)

    def _local(self, towards: Address | str) -> str:
        local = local_address(self.local_addresses, towards)
        if local is None:
            name = towards if isinstance(towards, str) else towards.transport
            raise LocalProtocolError(f"no local address for transport {name!r}")
        host, port = local
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def new_branch(self) -> str:
        """A branch for a new client transaction."""
        return f"{MAGIC_COOKIE}{self.new_id()}"

    def sent_protocol(self, towards: Address | str) -> str:
        """How a Via of ours begins on the way there."""
        transport = towards if isinstance(towards, str) else towards.transport
        transport = {"sip": "udp", "sips": "tls"}.get(transport, transport)
        return f"SIP/2.0/{transport.upper()} {self._local(towards)}"

    def via(self, towards: Address | str) -> tuple[str, str]:
        """A Via for a new client transaction; `rport` asks for symmetric responses (RFC 3581)."""
        return ("Via", f"{self.sent_protocol(towards)};branch={self.new_branch()};rport")

    def contact(self, towards: Address | str, user: str | None, *, secure: bool = False) -> str:
        """Our Contact for a dialog or registration that way; `secure` makes it a SIPS URI (RFC 5630)."""
        transport = towards if isinstance(towards, str) else towards.transport
        suffix = ""
        if transport in ("ws", "wss"):
            suffix = ";transport=ws"  # RFC 7118 section 5.3: the scheme tells ws from wss
        elif transport in ("tcp", "tls") and not secure:
            suffix = f";transport={transport}"
        scheme = "sips" if secure else "sip"
        return f"<{scheme}:{f'{user}@' if user else ''}{self._local(towards)}{suffix}>"

    def server_field(self) -> tuple[str, str]:
        """Who answers."""
        return ("Server", self.config.name)

    def agent_field(self) -> tuple[str, str]:
        """Who asks."""
        return ("User-Agent", self.config.name)

    def reject(
        self,
        request: Request,
        source: Address,
        status: int,
        fields: Iterable[tuple[str, str]] = (),
        reason: str | None = None,
    ) -> None:
        """Answer without keeping anything (section 8.2.7); a repeated request gets the same answer again.

        The tag must then be the same too, so it is computed from the request.
        """
        if request.method == "ACK":
            return
        known = (request.header("call-id"), request.header("via"), request.header("cseq"))
        tag = f"{hash(known) & 2**60 - 1:x}"
        response = Response.to_request(
            request, status, reason=reason, to_tag=tag, fields=[*fields, self.server_field()]
        )
        self.counters.rejected_requests += status >= 400
        self.layer.send(bytes(response), response_address(request.via, source))

    def conclude(
        self,
        request: Request,
        source: Address,
        status: int,
        now: float,
        fields: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Answer at once, through a transaction: for requests whose repetition must not be judged anew."""
        self.counters.rejected_requests += status >= 400
        transaction = self.layer.open_server(request, source, BYSTANDER, now)
        fields = [*fields, self.server_field()]
        transaction.respond(Response.to_request(request, status, to_tag=self.new_id(), fields=fields), now)

    def send_in_dialog(
        self,
        dialog: Dialog,
        method: str,
        user: TransactionUser,
        now: float,
        *,
        fields: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> tuple[Request, Transaction]:
        """A new request within a dialog, in its own transaction."""
        destination = dialog.destination()
        number = dialog.next_seq()
        session = self.dialogs.get(dialog.key)
        if session is not None:
            self.note(SESSION, session.id)
        uri, own = dialog.request_fields(method, number)
        request = Request(method, uri, [self.via(destination), *own, *fields, self.agent_field()], body)
        return request, self.layer.request(request, destination, user, now)

    def send_ack(self, dialog: Dialog, number: int, body: bytes = b"") -> tuple[bytes, Address]:
        """The ACK of a 2xx: a request of its own without a transaction (section 13.2.2.4)."""
        destination = dialog.destination()
        uri, own = dialog.request_fields("ACK", number)
        if body:
            own.append(("Content-Type", "application/sdp"))
        wire = bytes(Request("ACK", uri, [self.via(destination), *own], body))
        self.layer.send(wire, destination)
        return wire, destination

    def keep(self, session: Session) -> None:
        """Have the session and its dialog found."""
        self.note(SESSION, session.id)
        self.sessions[session.id] = session
        if session.dialog is not None:
            self.dialogs[session.dialog.key] = session

    def keep_early(self, session: Session, dialog: Dialog) -> None:
        """Have an early dialog of a forked INVITE found (section 12.1.2)."""
        self.note(SESSION, session.id)
        if session.early is None:
            session.early = {}
        session.early[dialog.remote_tag] = dialog
        self.dialogs[dialog.key] = session

    def settle(self, session: Session, dialog: Dialog) -> None:
        """One of the early dialogs, or a new one, is the session's from now on; the others are forgotten."""
        for each in (session.early or {}).values():
            self.dialogs.pop(each.key, None)
        session.early, session.dialog = None, dialog
        self.keep(session)

    def drop(self, session: Session) -> None:
        """The session is over; what comes for it from now on gets 481."""
        self.note(SESSION, session.id)
        self.sessions.pop(session.id, None)
        self.deadlines.clear(session.id)
        if session.dialog is not None:
            self.dialogs.pop(session.dialog.key, None)
        if session.early is not None:
            for each in session.early.values():
                self.dialogs.pop(each.key, None)


class Bystander:
    """A transaction user that does not mind; the base of those that mind some things only."""

    __slots__ = ()

    def response_received(self, transaction: Transaction, response: Response, now: float) -> None:
        """Nothing to do."""

    def ack_received(self, transaction: Transaction, ack: Request, now: float) -> None:
        """Nothing to do."""

    def cancelled(self, request: Request, now: float) -> None:
        """Nothing to do."""

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        """Nothing to do."""

    def terminated(self, transaction: Transaction, now: float) -> None:
        """Nothing to do."""

    def moved(self, transaction: Transaction, request: Request, now: float) -> bool:
        """Go on."""
        del transaction, request, now
        return True


BYSTANDER = Bystander()
