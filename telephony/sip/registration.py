"""Our own registrations: trunks, and simulated phones (RFC 3261 section 10.2).

Registers, answers challenges (a proxy's and the registrar's, 407 and 401), raises the interval when told (423),
refreshes before the time is over with the nonce it has (RFC 7616 section 3.4: its count rises), tries again after a
failure at growing intervals, and takes the binding back.
"""

# ruff: noqa: ARG002 - a transaction user is told more than each of them needs

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from zlib import crc32

from telephony.sip.address import Address
from telephony.sip.core import Bystander, Core
from telephony.sip.digest import Challenge, answer_challenge, choose_challenge
from telephony.sip.events import Registered, RegistrationFailed, RegistrationId, Unregistered
from telephony.sip.headers import NameAddr, parse_addresses, parse_delta_seconds
from telephony.sip.message import Request, Response
from telephony.sip.outbound import OwnFlow
from telephony.sip.records import RegistrationRecord
from telephony.sip.transactions.machine import Transaction
from telephony.sip.uri import SipUri

_REFRESH = 0
# RFC 5626 section 4.5: the wait doubles from 30 s up to half an hour, and its length is spread over its second half.
_RETRY_S, _LONGEST_RETRY_S = 30.0, 1800.0
_CHALLENGES_A_ROUND = 4
_RECOVER_S = 2.0


@dataclass(slots=True)
class Registration(Bystander):
    """One binding of ours. `generation` makes timers of an earlier round harmless."""

    owner: Registrations
    id: RegistrationId
    registrar: Address
    aor: SipUri
    user: str
    password: str
    expires_s: int
    call_id: str
    tag: str
    contact: str
    seq: int = 0
    challenges: dict[bool, Challenge] = field(default_factory=dict)  # by whether a proxy asked
    counts: dict[bool, int] = field(default_factory=dict)
    tried: set[bool] = field(default_factory=set)
    challenged: int = 0
    failures: int = 0
    leaving: bool = False
    due: float = 0.0
    reached: Address | None = None  # where the registrar's name led
    own_flow: OwnFlow | None = None
    outbound: bool = True  # until a proxy on the way says that it keeps no flows
    flow_timer_s: int | None = None  # how often the registrar wants to hear of the flow

    def response_received(self, transaction: Transaction, response: Response, now: float) -> None:
        if response.status >= 200:
            self.reached = transaction.destination
            self.owner.answered(self, response, now)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        self.reached = None
        self.owner.give_up(self, status, now)

    def timer_fired(self, timer: int, now: float) -> None:
        """Time to refresh or to try again, unless another time was set meanwhile."""
        del timer
        if now >= self.due and not self.leaving:
            self.due = math.inf  # a timer of an earlier plan finds nothing to do
            self.owner.refresh(self, now)


class Registrations:
    """All registrations of ours."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.on_stands: Callable[[float], None] = lambda _now: None
        self._all: dict[RegistrationId, Registration] = {}

    def register(
        self, registrar: Address, aor: SipUri, user: str, password: str, now: float, expires_s: int
    ) -> RegistrationId:
        """Start, and keep it alive until `unregister`."""
        core = self._core
        registration = Registration(
            self,
            RegistrationId(core.new_id()),
            registrar,
            aor,
            user,
            password,
            expires_s,
            core.new_id(),
            core.new_id(),
            core.contact(registrar, aor.user, secure=aor.scheme == "sips"),
        )
        registration.own_flow = self._own_flow(aor)
        self._all[registration.id] = registration
        self.refresh(registration, now)
        return registration.id

    def _own_flow(self, aor: SipUri) -> OwnFlow | None:
        """Each flow of an address of record has a number of its own (RFC 5626 section 4.2)."""
        used = {
            each.own_flow.reg_id for each in self._all.values() if each.own_flow and each.aor.equivalent(aor)
        }
        free = next(number for number in range(1, len(used) + 2) if number not in used)
        return OwnFlow(self._core.config.instance, free) if self._core.config.instance else None

    def flows(self) -> set[Address]:
        """The far ends that our registrations go to."""
        return {each.reached for each in self._all.values() if each.reached is not None}

    def flow_timer_s(self) -> int | None:
        """The shortest time that a registrar leaves a flow of ours silent; None: they named none."""
        named = [each.flow_timer_s for each in self._all.values() if each.flow_timer_s is not None]
        return min(named, default=None)

    def flow_closed(self, flow: Address, now: float) -> None:
        """The connection that a registration stood on is gone: the registrar cannot reach us, so register anew
        (RFC 5626 section 4.5)."""
        for each in self._all.values():
            if each.reached == flow and not each.leaving and each.due > now + _RECOVER_S:
                self._schedule(each, now + _RECOVER_S)

    def unregister(self, registration: RegistrationId, now: float) -> None:
        """Take the binding back; unknown ones are ignored."""
        found = self._all.get(registration)
        if found is not None and not found.leaving:
            found.leaving = True
            self._begin(found, now)

    def refresh(self, registration: Registration, now: float) -> None:
        """A new round."""
        self._begin(registration, now)

    def _begin(self, registration: Registration, now: float) -> None:
        registration.challenged = 0
        registration.tried.clear()
        self._send(registration, now)

    def _send(self, registration: Registration, now: float) -> None:
        core = self._core
        where = registration.reached or registration.registrar
        registration.seq += 1
        own_flow, address = registration.own_flow, str(NameAddr(registration.aor))
        contact, supported = registration.contact, []
        if own_flow is not None:
            contact += own_flow.contact_parameters(where, outbound=registration.outbound)
            supported = own_flow.fields(where, outbound=registration.outbound)
        uri = str(SipUri(registration.aor.scheme, None, registration.aor.host, registration.aor.port))
        fields = [
            core.via(where),
            ("Max-Forwards", "70"),
            ("From", f"{address};tag={registration.tag}"),
            ("To", address),
            ("Call-ID", registration.call_id),
            ("CSeq", f"{registration.seq} REGISTER"),
            ("Contact", contact),
            *supported,
            ("Expires", "0" if registration.leaving else str(registration.expires_s)),
            core.agent_field(),
        ]
        for proxy, challenge in registration.challenges.items():
            count = registration.counts[proxy] = registration.counts.get(proxy, 0) + 1
            value = answer_challenge(
                challenge,
                user=registration.user,
                password=registration.password,
                method="REGISTER",
                uri=uri,
                cnonce=core.new_id(),
                nc=count,
            )
            fields.append(("Proxy-Authorization" if proxy else "Authorization", value))
        core.layer.request(Request("REGISTER", uri, fields), where, registration, now)

    def answered(self, registration: Registration, response: Response, now: float) -> None:
        """A final response to a REGISTER of ours."""
        status = response.status
        if registration.id not in self._all:
            return
        if status in (401, 407):
            if self._meets(registration, response, proxy=status == 407):
                self._send(registration, now)
                return
        elif status == 423 and not registration.leaving:
            minimum = parse_delta_seconds(response.header("min-expires") or "")
            if minimum is not None and minimum > registration.expires_s:
                registration.expires_s = minimum
                self._send(registration, now)
                return
        elif status == 439 and registration.outbound:  # RFC 5626 section 11.6: the first hop keeps no flows
            registration.outbound = False
            self._send(registration, now)
            return
        if status >= 300:
            self.give_up(registration, status, now, parse_delta_seconds(response.header("retry-after") or ""))
        elif registration.leaving:
            del self._all[registration.id]
            self._core.emit(Unregistered(registration.id))
        else:
            self._stands(registration, response, now)

    def _meets(self, registration: Registration, response: Response, *, proxy: bool) -> bool:
        """Whether there is an answer to this challenge that was not given yet.

        A second one of the same kind in a round is a refusal, unless only the nonce had grown old.
        """
        name = "proxy-authenticate" if proxy else "www-authenticate"
        challenge = choose_challenge(response.lines(name))
        if challenge is None or registration.challenged >= _CHALLENGES_A_ROUND:
            return False
        if proxy in registration.tried and not challenge.stale:
            return False
        registration.challenged += 1
        registration.tried.add(proxy)
        registration.challenges[proxy] = challenge
        registration.counts[proxy] = 0
        return True

    def _stands(self, registration: Registration, response: Response, now: float) -> None:
        granted = registration.expires_s
        own = NameAddr.parse(registration.contact).uri
        for each in parse_addresses(response.headers("contact")):
            if each.uri.equivalent(own):
                granted = parse_delta_seconds(each.parameters.get("expires") or "") or granted
        registration.failures = 0
        in_force = any(each.lower() == "outbound" for each in response.headers("require"))
        timer = parse_delta_seconds(response.header("flow-timer") or "") if in_force else None
        registration.flow_timer_s = timer or None
        self._core.emit(Registered(registration.id, granted))
        self.on_stands(now)
        # Refresh well before the end: two retransmission rounds fit into what is left.
        self._schedule(registration, now + max(granted - 64 * self._core.timers.t1, granted / 2))

    def give_up(
        self, registration: Registration, status: int, now: float, retry_after_s: int | None = None
    ) -> None:
        """Refused or not answered: say so, and try again later unless it was to end anyway."""
        self._core.emit(RegistrationFailed(registration.id, status))
        registration.challenges.clear()
        if registration.leaving:
            self._all.pop(registration.id, None)
            return
        longest = min(_LONGEST_RETRY_S, _RETRY_S * 2.0 ** min(registration.failures, 16))
        registration.failures += 1
        spread = (
            crc32(self._core.new_id().encode()) / 2**32
        )  # the injected source of ids is the random source here
        wait_s = longest * (0.5 + spread / 2)
        if retry_after_s is not None:
            wait_s = max(wait_s, min(retry_after_s, _LONGEST_RETRY_S))
        self._schedule(registration, now + wait_s)

    def write(self, now: float) -> list[RegistrationRecord]:
        """All that are to stay, as plain data."""
        return [
            RegistrationRecord(
                each.id,
                each.registrar,
                str(each.aor),
                each.user,
                each.expires_s,
                each.call_id,
                each.tag,
                each.contact,
                each.seq,
                each.due - now,
            )
            for each in self._all.values()
            if not each.leaving
        ]

    def read(
        self,
        records: list[RegistrationRecord],
        away_s: float,
        password_of: Callable[[str], str | None],
        now: float,
    ) -> None:
        """Keep written registrations alive; one whose password nobody knows any more is left to expire."""
        for each in records:
            password = password_of(each.user)
            if password is None:
                continue
            registration = Registration(
                self,
                RegistrationId(each.id),
                each.registrar,
                SipUri.parse(each.aor),
                each.user,
                password,
                each.expires_s,
                each.call_id,
                each.tag,
                each.contact,
                each.seq,
            )
            registration.own_flow = self._own_flow(registration.aor)
            self._all[registration.id] = registration
            self._schedule(registration, now + max(0.0, each.due_in_s - away_s))

    def _schedule(self, registration: Registration, at: float) -> None:
        registration.due = at
        self._core.layer.queue.start(at, registration, _REFRESH)
