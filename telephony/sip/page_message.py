"""MESSAGE, in and out (RFC 3428): one text each, with no session about it."""

# ruff: noqa: ARG002 - a transaction user is told more than each of them needs

from __future__ import annotations

from telephony.sip.address import Address
from telephony.sip.core import Bystander, Core
from telephony.sip.dialog import Dialog
from telephony.sip.established import authorization_for
from telephony.sip.events import MessageDelivered, MessageFailed, MessageId, MessageReceived
from telephony.sip.headers import NameAddr
from telephony.sip.message import Request, Response
from telephony.sip.session import ClientCredentials, Session
from telephony.sip.transactions.machine import Transaction
from telephony.sip.uri import SipUri

# Section 8: no more than 1300 bytes over a transport without congestion control.
LONGEST_BYTES = 1300


class PageMessages:
    """MESSAGEs of ours and theirs."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def received(self, request: Request, source: Address, now: float) -> None:
        """Outside a dialog: the application hears of it, the sender gets 202 or what is configured (section 7)."""
        _ = request.from_, request.to
        self._core.conclude(request, source, self._core.config.message_status, now)
        if self._core.config.message_status < 300:
            self._core.emit(MessageReceived(None, request, source))

    def received_in_dialog(
        self, session: Session, dialog: Dialog, request: Request, source: Address, now: float
    ) -> None:
        """Within a call."""
        del dialog
        self._core.conclude(request, source, self._core.config.message_status, now)
        if self._core.config.message_status < 300:
            self._core.emit(MessageReceived(session.id, request, source))

    def send(
        self,
        target: SipUri,
        now: float,
        *,
        body: bytes,
        content_type: str,
        from_: NameAddr,
        to: NameAddr,
        destination: Address | None,
        credentials: ClientCredentials | None,
    ) -> MessageId:
        """Send one; `MessageDelivered` or `MessageFailed` follows."""
        core = self._core
        sender = _Sender(
            self,
            MessageId(core.new_id()),
            target,
            destination or target.destination(),
            (
                ("From", f"{from_};tag={core.new_id()}"),
                ("To", str(to)),
                ("Call-ID", core.new_id()),
                ("Content-Type", content_type),
            ),
            body,
            credentials,
        )
        self.attempt(sender, [], now)
        return sender.id

    def attempt(self, sender: _Sender, extra: list[tuple[str, str]], now: float) -> None:
        """One try."""
        core = self._core
        sender.number += 1
        fields = [
            core.via(sender.destination),
            ("Max-Forwards", "70"),
            *sender.fields,
            ("CSeq", f"{sender.number} MESSAGE"),
            core.agent_field(),
            *extra,
        ]
        sender.request = Request("MESSAGE", sender.target, fields, sender.body)
        core.layer.request(sender.request, sender.destination, sender, now)

    def answered(self, sender: _Sender, response: Response, now: float) -> None:
        """A final response."""
        core = self._core
        if response.status in (401, 407) and sender.number == 1 and sender.request is not None:
            field = authorization_for(core, response, sender.request, sender.credentials)
            if field is not None:
                self.attempt(sender, [field], now)
                return
        if response.status < 300:
            core.emit(MessageDelivered(sender.id, response.status))
        else:
            core.emit(MessageFailed(sender.id, response.status))

    def failed(self, sender: _Sender, status: int) -> None:
        """Nobody answered, or it could not be sent."""
        self._core.emit(MessageFailed(sender.id, status))


class _Sender(Bystander):
    """A MESSAGE of ours."""

    __slots__ = (
        "_messages",
        "body",
        "credentials",
        "destination",
        "fields",
        "id",
        "number",
        "request",
        "target",
    )

    def __init__(
        self,
        messages: PageMessages,
        identity: MessageId,
        target: SipUri,
        destination: Address,
        fields: tuple[tuple[str, str], ...],
        body: bytes,
        credentials: ClientCredentials | None,
    ) -> None:
        self._messages = messages
        self.id, self.target, self.destination = identity, target, destination
        self.fields, self.body, self.credentials = fields, body, credentials
        self.number = 0
        self.request: Request | None = None

    def response_received(self, transaction: Transaction, response: Response, now: float) -> None:
        if response.status >= 200:
            self._messages.answered(self, response, now)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        self._messages.failed(self, status)
