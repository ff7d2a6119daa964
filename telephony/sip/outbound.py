"""What a phone says of its flow and itself in a REGISTER: outbound and GRUU (RFC 5626 section 6, RFC 5627 section 5).

Pure readings of Contacts and the fields that answer them; who keeps bindings is `registrar`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from telephony.sip.address import Address, is_literal
from telephony.sip.grammar import quote, split_list, unquote
from telephony.sip.headers import NameAddr
from telephony.sip.message import Request
from telephony.sip.uri import SipUri

# RFC 5626 section 4.1: a URN; what else stands there would end up in a GRUU, so only safe characters are taken.
_INSTANCE = re.compile(r"<(urn:[A-Za-z0-9][A-Za-z0-9\-]{0,31}:[A-Za-z0-9\-._:]{1,100})>")
_REG_ID = re.compile(r"[1-9][0-9]{0,9}")
_WEBSOCKET = ("ws", "wss")


@dataclass(frozen=True, slots=True)
class ContactFlow:
    """`instance` is the phone's URN, `reg_id` which of its flows; with `outbound` the two name the binding."""

    instance: str | None
    reg_id: int | None
    outbound: bool
    wants_gruu: bool

    @classmethod
    def of(cls, contact: NameAddr, request: Request) -> ContactFlow:
        """Read a Contact; a reg-id without an instance means nothing (RFC 5626 section 6)."""
        found = _INSTANCE.fullmatch(unquote(contact.parameters.get("+sip.instance") or ""))
        instance = found[1] if found is not None else None
        number = contact.parameters.get("reg-id") or ""
        reg_id = int(number) if instance is not None and _REG_ID.fullmatch(number) else None
        supported = {each.lower() for each in (*request.headers("supported"), *request.headers("require"))}
        outbound = reg_id is not None and "outbound" in supported
        return cls(instance, reg_id, outbound, "gruu" in supported and instance is not None)

    def contact_parameters(self, request: Request, temporary: SipUri | None) -> str:
        """What a binding's Contact carries in the answer to a REGISTER; `temporary` is its new temporary GRUU."""
        if self.instance is None:
            return ""
        text = f";+sip.instance={quote(f'<{self.instance}>')}"
        if self.reg_id is not None:
            text += f";reg-id={self.reg_id}"
        if self.wants_gruu:
            text += f";pub-gruu={quote(str(public_gruu(request.to.uri, self.instance)))}"
            if temporary is not None:
                text += f";temp-gruu={quote(str(temporary))}"
        return text


@dataclass(frozen=True, slots=True)
class OwnFlow:
    """What a REGISTER of ours says of this installation, and of the flow where that can be held open.

    On UDP a flow would have to be kept by STUN (RFC 5626 section 3.5.2), so no reg-id is claimed there.
    """

    instance: str
    reg_id: int

    def contact_parameters(self, flow: Address, *, outbound: bool) -> str:
        """For the Contact; `outbound` is False once a proxy said that it keeps no flows (439)."""
        text = f";+sip.instance={quote(f'<{self.instance}>')}"
        return f"{text};reg-id={self.reg_id}" if outbound and self.keeps(flow) else text

    def fields(self, flow: Address, *, outbound: bool) -> list[tuple[str, str]]:
        """Section 4.2.1: what the way must know."""
        return [("Supported", "path, outbound")] if outbound and self.keeps(flow) else []

    @staticmethod
    def keeps(flow: Address) -> bool:
        """Whether a flow is one that `keep_alives` watches."""
        return flow.transport in ("tcp", "tls")


def public_gruu(aor: SipUri, instance: str) -> SipUri:
    """The address of one phone among those of an address of record (RFC 5627 section 5.4)."""
    bare = SipUri(aor.scheme, aor.user, aor.host, aor.port)
    return bare.with_changes(parameters=bare.parameters.with_value("gr", instance))


def lacks_outbound_on_the_way(request: Request) -> bool:
    """Section 6: with a proxy between, the first Path must say that it keeps flows; else 439."""
    vias = sum(len(split_list(line)) for line in request.lines("via"))
    if vias < 2:
        return False
    path = request.headers("path")
    return not path or "ob" not in NameAddr.parse(path[-1]).uri.parameters


def is_translated(contact: SipUri, flow: Address) -> bool:
    """Whether a phone's own idea of its address is not where its packets come from."""
    reached = contact.destination()
    return (reached.host, reached.port or 5060) != (flow.host, flow.port)


def without_flow(contact: SipUri, flow: Address) -> Address | None:
    """Where a binding without outbound is reached once its connection is gone; None when by nothing else.

    A browser cannot be connected to (RFC 7118 section 5.3), nor can who names the connection's own far end, an
    address that is not the one it came from (it is behind NAT) or a name that is nowhere (RFC 2606).
    """
    if flow.transport in _WEBSOCKET or contact.host.lower().endswith(".invalid"):
        return None
    reached = contact.destination()
    if is_literal(reached.host) and (reached.host != flow.host or reached.port == flow.port):
        return None
    return reached
