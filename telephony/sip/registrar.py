"""The registrar: which contacts an address of record has (RFC 3261 section 10.3).

Decides about REGISTERs that were authenticated already; all contacts of one are taken or none. Time comes
in; `expire` drops what is over. The flow that a REGISTER came over is kept, and requests for the binding go
there: that is what reaches a phone behind NAT (RFC 5626 section 5.3).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from telephony.sip.address import Address
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.events import Binding
from telephony.sip.headers import NameAddr, parse_addresses, parse_delta_seconds
from telephony.sip.message import Request
from telephony.sip.uri import SipUri

_MAX_BINDINGS = 16


@dataclass(slots=True)
class _Entry:
    binding: Binding
    call_id: str
    cseq: int
    outbound: bool


@dataclass(frozen=True, slots=True)
class RegisterOutcome:
    """What to answer, and whose bindings changed."""

    status: int
    fields: list[tuple[str, str]] = field(default_factory=list)
    changed: str | None = None


class Registrar:
    """Bindings of all addresses of record, by user part."""

    def __init__(self, *, min_expires_s: int = 60, max_expires_s: int = 3600, default_expires_s: int = 3600):
        self._min, self._max, self._default = min_expires_s, max_expires_s, default_expires_s
        self._entries: dict[str, list[_Entry]] = {}
        self._expiries: list[tuple[float, str]] = []
        self._by_connection: dict[Address, set[str]] = {}

    def bindings(self, aor: str, now: float) -> tuple[Binding, ...]:
        """The live bindings, the newest first."""
        entries = self._entries.get(aor, ())
        return tuple(each.binding for each in entries if each.binding.expires_at > now)

    def process(self, aor: str, request: Request, source: Address, now: float) -> RegisterOutcome:
        """Steps 6 to 8 of section 10.3."""
        contacts = request.headers("contact")
        if "*" in contacts:
            return self._remove_all(aor, contacts, request, now)
        changes: list[_Entry] = []
        for contact in parse_addresses(contacts):
            change = self._judge(aor, contact, request, source, now)
            if isinstance(change, RegisterOutcome):
                return change
            changes.append(change)
        entries = [each for each in self._entries.get(aor, []) if each.binding.expires_at > now]
        for change in changes:
            same = change.binding.contact
            entries = [each for each in entries if not each.binding.contact.equivalent(same)]
            if change.binding.expires_at > now:
                entries.insert(0, change)
                heapq.heappush(self._expiries, (change.binding.expires_at, aor))
                if source.reliable:
                    self._by_connection.setdefault(source, set()).add(aor)
        if len(entries) > _MAX_BINDINGS:
            return RegisterOutcome(403)
        self._store(aor, entries)
        return self._success(aor, now, changed=bool(changes))

    def _judge(
        self, aor: str, contact: NameAddr, request: Request, source: Address, now: float
    ) -> _Entry | RegisterOutcome:
        if not contact.uri.is_sip:
            raise RemoteProtocolError("Contact: only SIP URIs are registered here")
        asked = parse_delta_seconds(contact.parameters.get("expires") or request.header("expires") or "")
        expires = self._default if asked is None else min(asked, self._max)
        if 0 < expires < self._min:
            return RegisterOutcome(423, [("Min-Expires", str(self._min))])
        cseq = request.cseq.number
        for each in self._entries.get(aor, ()):
            if each.binding.contact.equivalent(contact.uri) and not _in_order(each, request.call_id, cseq):
                return RegisterOutcome(500)
        binding = Binding(aor, contact.uri, source, now + expires, request.header("user-agent"))
        outbound = "reg-id" in contact.parameters or "ob" in contact.uri.parameters
        return _Entry(binding, request.call_id, cseq, outbound)

    def _remove_all(self, aor: str, contacts: list[str], request: Request, now: float) -> RegisterOutcome:
        """`Contact: *` is allowed alone and with Expires: 0 only."""
        if len(contacts) != 1 or parse_delta_seconds(request.header("expires") or "") != 0:
            raise RemoteProtocolError("Contact: * with other contacts or without Expires: 0")
        entries = self._entries.get(aor, [])
        if not all(_in_order(each, request.call_id, request.cseq.number) for each in entries):
            return RegisterOutcome(500)
        self._store(aor, [])
        return self._success(aor, now, changed=bool(entries))

    def _success(self, aor: str, now: float, *, changed: bool) -> RegisterOutcome:
        fields = [
            ("Contact", f"<{each.contact}>;expires={max(0, round(each.expires_at - now))}")
            for each in self.bindings(aor, now)
        ]
        return RegisterOutcome(200, fields, aor if changed else None)

    def _store(self, aor: str, entries: list[_Entry]) -> None:
        if entries:
            self._entries[aor] = entries
        else:
            self._entries.pop(aor, None)

    def next_expiry(self) -> float | None:
        """When `expire` may have something to do."""
        return self._expiries[0][0] if self._expiries else None

    def expire(self, now: float) -> list[str]:
        """Drop what is over; the addresses of record that lost something."""
        changed: dict[str, None] = {}
        while self._expiries and self._expiries[0][0] <= now:
            _, aor = heapq.heappop(self._expiries)
            entries = self._entries.get(aor, [])
            live = [each for each in entries if each.binding.expires_at > now]
            if len(live) < len(entries):
                self._store(aor, live)
                changed[aor] = None
        return list(changed)

    def flow_closed(self, flow: Address, now: float) -> list[str]:
        """A connection is gone. Bindings that only it could reach go too: outbound ones (RFC 5626) and
        those whose Contact is the connection's own far end."""
        changed: list[str] = []
        for aor in sorted(self._by_connection.pop(flow, ())):
            entries = self._entries.get(aor, [])
            live = [each for each in entries if not (each.binding.flow == flow and _dies_with_flow(each))]
            if len(live) < len(entries):
                self._store(aor, [each for each in live if each.binding.expires_at > now])
                changed.append(aor)
        return changed


def _in_order(entry: _Entry, call_id: str, cseq: int) -> bool:
    return entry.call_id != call_id or cseq > entry.cseq


def _dies_with_flow(entry: _Entry) -> bool:
    contact: SipUri = entry.binding.contact
    flow = entry.binding.flow
    return entry.outbound or (contact.host, contact.port or 5060) == (flow.host, flow.port)
