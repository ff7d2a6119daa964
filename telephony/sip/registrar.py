"""The registrar: which contacts an address of record has (RFC 3261 section 10.3).

Decides about REGISTERs that were authenticated already; all contacts of one are taken or none. Time comes
in; `expire` drops what is over. The flow that a REGISTER came over is kept, and requests for the binding go
there: that is what reaches a phone behind NAT (RFC 5626 section 5.3). A phone that names its instance and flow
(`outbound`) has one binding for each flow; when a flow ends, so does its binding.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from telephony.sip.address import Address
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.events import Binding
from telephony.sip.headers import NameAddr, parse_addresses, parse_delta_seconds
from telephony.sip.message import Request
from telephony.sip.outbound import ContactFlow, is_translated, lacks_outbound_on_the_way, without_flow
from telephony.sip.records import BindingRecord
from telephony.sip.temporary_gruu import TemporaryGruus
from telephony.sip.uri import SipUri

_MAX_BINDINGS = 16


@dataclass(slots=True)
class _Entry:
    binding: Binding
    call_id: str
    cseq: int
    told: ContactFlow
    mark: bytes | None = None  # what its temporary GRUUs carry, if it has any

    def is_same_as(self, other: _Entry) -> bool:
        """Whether one replaces the other: by instance and reg-id (RFC 5626 section 6), else by Contact."""
        if self.told.outbound and other.told.outbound:
            return (self.told.instance, self.told.reg_id) == (other.told.instance, other.told.reg_id)
        return self.binding.contact.equivalent(other.binding.contact)


@dataclass(frozen=True, slots=True)
class RegisterOutcome:
    """What to answer, and whose bindings changed."""

    status: int
    fields: list[tuple[str, str]] = field(default_factory=list)
    changed: str | None = None


class Registrar:
    """Bindings of all addresses of record, by user part."""

    def __init__(
        self,
        *,
        min_expires_s: int = 60,
        max_expires_s: int = 3600,
        default_expires_s: int = 3600,
        flow_timer_s: int = 120,
        temporary: TemporaryGruus | None = None,
    ):
        self._min, self._max, self._default = min_expires_s, max_expires_s, default_expires_s
        self._flow_timer_s = flow_timer_s
        self._temporary = temporary
        self._entries: dict[str, list[_Entry]] = {}
        self._expiries: list[tuple[float, str]] = []
        self._by_connection: dict[Address, set[str]] = {}
        self.note: Callable[[str], None] = lambda _aor: None
        """Hears whose bindings are others now."""

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
            entries = [each for each in entries if not each.is_same_as(change)]
            if change.binding.expires_at > now:
                entries.insert(0, change)
                heapq.heappush(self._expiries, (change.binding.expires_at, aor))
                if source.reliable:
                    self._by_connection.setdefault(source, set()).add(aor)
        if len(entries) > _MAX_BINDINGS:
            return RegisterOutcome(403)
        self._store(aor, entries)
        outbound = any(each.told.outbound for each in changes)
        return self._success(aor, request, now, changed=bool(changes), outbound=outbound)

    def _judge(
        self, aor: str, contact: NameAddr, request: Request, source: Address, now: float
    ) -> _Entry | RegisterOutcome:
        if not contact.uri.is_sip:
            raise RemoteProtocolError("Contact: only SIP URIs are registered here")
        asked = parse_delta_seconds(contact.parameters.get("expires") or request.header("expires") or "")
        expires = self._default if asked is None else min(asked, self._max)
        if 0 < expires < self._min:
            return RegisterOutcome(423, [("Min-Expires", str(self._min))])
        told = ContactFlow.of(contact, request)
        if told.outbound and lacks_outbound_on_the_way(request):
            return RegisterOutcome(439)
        binding = Binding(
            aor,
            contact.uri,
            source,
            now + expires,
            request.header("user-agent"),
            told.instance,
            told.reg_id if told.outbound else None,
        )
        change = self._entry(binding, request.call_id, request.cseq.number, told)
        for each in self._entries.get(aor, ()):
            if each.is_same_as(change) and not _in_order(each, request.call_id, change.cseq):
                return RegisterOutcome(500)
        return change

    def _entry(self, binding: Binding, call_id: str, cseq: int, told: ContactFlow) -> _Entry:
        if self._temporary is None or not told.wants_gruu or told.instance is None:
            return _Entry(binding, call_id, cseq, told)
        return _Entry(binding, call_id, cseq, told, self._temporary.mark(binding.aor, told.instance, call_id))

    def _remove_all(self, aor: str, contacts: list[str], request: Request, now: float) -> RegisterOutcome:
        """`Contact: *` is allowed alone and with Expires: 0 only."""
        if len(contacts) != 1 or parse_delta_seconds(request.header("expires") or "") != 0:
            raise RemoteProtocolError("Contact: * with other contacts or without Expires: 0")
        entries = self._entries.get(aor, [])
        if not all(_in_order(each, request.call_id, request.cseq.number) for each in entries):
            return RegisterOutcome(500)
        self._store(aor, [])
        return self._success(aor, request, now, changed=bool(entries), outbound=False)

    def _success(
        self, aor: str, request: Request, now: float, *, changed: bool, outbound: bool
    ) -> RegisterOutcome:
        fields = [
            (
                "Contact",
                f"<{each.binding.contact}>;expires={max(0, round(each.binding.expires_at - now))}"
                f"{each.told.contact_parameters(request, self._temporary_gruu(request, each))}",
            )
            for each in self._entries.get(aor, ())
            if each.binding.expires_at > now
        ]
        if any(each.told.instance for each in self._entries.get(aor, ())):
            fields.append(("Supported", "outbound, gruu"))
        if outbound:
            fields += [("Require", "outbound"), ("Flow-Timer", str(self._flow_timer_s))]
        return RegisterOutcome(200, fields, aor if changed else None)

    def _temporary_gruu(self, request: Request, entry: _Entry) -> SipUri | None:
        if self._temporary is None or entry.mark is None:
            return None
        return self._temporary.make(request.to.uri, entry.mark)

    def write(self, now: float) -> list[BindingRecord]:
        """All live bindings as plain data, the oldest of each address first."""
        return [record for aor in self._entries for record in self.write_one(aor, now)]

    def write_one(self, aor: str, now: float) -> list[BindingRecord]:
        """Those of one address of record."""
        return [
            BindingRecord(
                aor,
                str(each.binding.contact),
                each.binding.flow,
                each.binding.expires_at - now,
                each.binding.user_agent,
                each.told.instance,
                each.told.reg_id,
                each.told.outbound,
                each.told.wants_gruu,
                each.call_id,
                each.cseq,
            )
            for each in reversed(self._entries.get(aor, ()))
            if each.binding.expires_at > now
        ]

    def read(self, records: list[BindingRecord], away_s: float, now: float) -> list[str]:
        """Put written bindings back; the addresses of record that have any of them."""
        found: dict[str, None] = {}
        for each in records:
            expires_at = now + each.expires_in_s - away_s
            if expires_at <= now:
                continue
            told = ContactFlow(each.instance, each.reg_id, each.outbound, each.wants_gruu)
            flow = each.flow
            binding = Binding(
                each.aor,
                SipUri.parse(each.contact),
                flow,
                expires_at,
                each.user_agent,
                told.instance,
                told.reg_id if told.outbound else None,
            )
            self._entries.setdefault(each.aor, []).insert(
                0, self._entry(binding, each.call_id, each.cseq, told)
            )
            found[each.aor] = None
            heapq.heappush(self._expiries, (expires_at, each.aor))
            if flow.reliable:
                self._by_connection.setdefault(flow, set()).add(each.aor)
        return list(found)

    def _store(self, aor: str, entries: list[_Entry]) -> None:
        self.note(aor)
        if entries:
            self._entries[aor] = entries
        else:
            self._entries.pop(aor, None)

    def flows(self) -> set[Address]:
        """The connections that bindings are reached by and that may be silent: a phone with outbound must speak
        up, as its Flow-Timer told it (RFC 5626 section 4.4)."""
        return {
            flow
            for flow, aors in self._by_connection.items()
            if any(
                each.binding.flow == flow and not each.told.outbound
                for aor in aors
                for each in self._entries.get(aor, ())
            )
        }

    def connections(self) -> set[Address]:
        """The connections that bindings came over."""
        return set(self._by_connection)

    def translated_flows(self) -> set[Address]:
        """Where phones behind NAT on UDP are reached: their NAT must be kept from forgetting them."""
        every = (each.binding for entries in self._entries.values() for each in entries)
        return {
            each.flow for each in every if not each.flow.reliable and is_translated(each.contact, each.flow)
        }

    def by_gruu(self, uri: SipUri, now: float) -> Binding | None:
        """The newest binding of the one phone that a GRUU names (RFC 5627 section 5.4)."""
        instance = uri.parameters.get("gr")
        if instance is None:
            return self._by_temporary(uri, now)
        if not instance or uri.user is None:
            return None
        return next((each for each in self.bindings(uri.user, now) if each.instance == instance), None)

    def _by_temporary(self, uri: SipUri, now: float) -> Binding | None:
        mark = self._temporary.mark_in(uri) if self._temporary is not None else None
        if mark is None:
            return None
        marked = (each.binding for entries in self._entries.values() for each in entries if each.mark == mark)
        return next((each for each in marked if each.expires_at > now), None)

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
        """A connection is gone, and with it the bindings that only it could reach; others are reached by their
        Contact from now on."""
        changed: list[str] = []
        for aor in sorted(self._by_connection.pop(flow, ())):
            entries = self._entries.get(aor, [])
            left = [_after_flow(each, flow) for each in entries]
            live = [each for each in left if each is not None and each.binding.expires_at > now]
            if live != entries:
                self._store(aor, live)
                changed.append(aor)
        return changed


def _in_order(entry: _Entry, call_id: str, cseq: int) -> bool:
    return entry.call_id != call_id or cseq > entry.cseq


def _after_flow(entry: _Entry, flow: Address) -> _Entry | None:
    """The entry once that connection is gone."""
    if entry.binding.flow != flow:
        return entry
    contact = entry.binding.contact
    tied = entry.told.outbound or "ob" in contact.parameters
    reached = None if tied else without_flow(contact, flow)
    return None if reached is None else replace(entry, binding=replace(entry.binding, flow=reached))
