"""OPTIONS outside of dialogs: asking a peer whether it is there (RFC 3261 section 11)."""

# ruff: noqa: ARG002 - a transaction user is told more than each of them needs

from __future__ import annotations

from dataclasses import dataclass

from telephony.sip.address import Address
from telephony.sip.core import Bystander, Core
from telephony.sip.events import PingAnswered, PingId
from telephony.sip.headers import NameAddr
from telephony.sip.message import Request, Response
from telephony.sip.transactions.machine import Transaction
from telephony.sip.uri import SipUri


@dataclass(slots=True)
class _Ping(Bystander):
    core: Core
    id: PingId

    def response_received(self, transaction: Transaction, response: Response, now: float) -> None:
        if response.status >= 200:
            self.core.emit(PingAnswered(self.id, response.status))

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        self.core.emit(PingAnswered(self.id, status))


def ping(core: Core, target: SipUri, destination: Address, user: str | None, now: float) -> PingId:
    """Send OPTIONS; `PingAnswered` follows, with 408 when nobody answers."""
    asked = _Ping(core, PingId(core.new_id()))
    host, _ = core.local_addresses.get(destination.transport, (core.config.realm, 0))
    from_ = NameAddr(SipUri("sip", user, host))
    fields = [
        core.via(destination.transport),
        ("Max-Forwards", "70"),
        ("From", f"{from_};tag={core.new_id()}"),
        ("To", str(NameAddr(target))),
        ("Call-ID", core.new_id()),
        ("CSeq", "1 OPTIONS"),
        ("Contact", core.contact(destination.transport, user)),
        ("Accept", "application/sdp"),
        core.agent_field(),
    ]
    core.layer.request(Request("OPTIONS", target, fields), destination, asked, now)
    return asked.id
