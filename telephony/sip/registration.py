"""Our own registrations: simulated phones, later trunks (RFC 3261 section 10.2).

Registers, answers a challenge, raises the interval when told (423), refreshes before the time is over, tries
again after a failure, and takes the binding back.
"""

# ruff: noqa: ARG002 - a transaction user is told more than each of them needs

from __future__ import annotations

import math
from dataclasses import dataclass

from telephony.sip.address import Address
from telephony.sip.core import Bystander, Core
from telephony.sip.digest import Challenge, answer_challenge, choose_challenge
from telephony.sip.events import Registered, RegistrationFailed, RegistrationId, Unregistered
from telephony.sip.headers import NameAddr, parse_addresses, parse_delta_seconds
from telephony.sip.message import Request, Response
from telephony.sip.transactions.machine import Transaction
from telephony.sip.uri import SipUri

_REFRESH = 0
_RETRY_S = 30.0
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
    challenged: int = 0
    leaving: bool = False
    due: float = 0.0

    def response_received(self, transaction: Transaction, response: Response, now: float) -> None:
        if response.status >= 200:
            self.owner.answered(self, response, now)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
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
        self._all[registration.id] = registration
        self.refresh(registration, now)
        return registration.id

    def flows(self) -> set[Address]:
        """The far ends that our registrations go to."""
        return {each.registrar for each in self._all.values()}

    def flow_closed(self, flow: Address, now: float) -> None:
        """The connection that a registration stood on is gone: the registrar cannot reach us, so register anew
        (RFC 5626 section 4.5)."""
        for each in self._all.values():
            if each.registrar == flow and not each.leaving and each.due > now + _RECOVER_S:
                self._schedule(each, now + _RECOVER_S)

    def unregister(self, registration: RegistrationId, now: float) -> None:
        """Take the binding back; unknown ones are ignored."""
        found = self._all.get(registration)
        if found is not None and not found.leaving:
            found.leaving = True
            found.challenged = 0
            self._send(found, None, now)

    def refresh(self, registration: Registration, now: float) -> None:
        """A new round."""
        registration.challenged = 0
        self._send(registration, None, now)

    def _send(self, registration: Registration, challenge: tuple[Challenge, bool] | None, now: float) -> None:
        core = self._core
        registration.seq += 1
        address = str(NameAddr(registration.aor))
        uri = str(SipUri(registration.aor.scheme, None, registration.aor.host, registration.aor.port))
        fields = [
            core.via(registration.registrar),
            ("Max-Forwards", "70"),
            ("From", f"{address};tag={registration.tag}"),
            ("To", address),
            ("Call-ID", registration.call_id),
            ("CSeq", f"{registration.seq} REGISTER"),
            ("Contact", registration.contact),
            ("Expires", "0" if registration.leaving else str(registration.expires_s)),
            core.agent_field(),
        ]
        if challenge is not None:
            met, proxy = challenge
            value = answer_challenge(
                met,
                user=registration.user,
                password=registration.password,
                method="REGISTER",
                uri=uri,
                cnonce=core.new_id(),
            )
            fields.append(("Proxy-Authorization" if proxy else "Authorization", value))
        core.layer.request(Request("REGISTER", uri, fields), registration.registrar, registration, now)

    def answered(self, registration: Registration, response: Response, now: float) -> None:
        """A final response to a REGISTER of ours."""
        status = response.status
        if registration.id not in self._all:
            return
        if status in (401, 407):
            proxy = status == 407
            name = "proxy-authenticate" if proxy else "www-authenticate"
            challenge = choose_challenge(response.lines(name))
            # A second challenge is a refusal, unless only the nonce had grown old.
            if challenge is not None and registration.challenged < (2 if challenge.stale else 1):
                registration.challenged += 1
                self._send(registration, (challenge, proxy), now)
                return
        elif status == 423 and not registration.leaving:
            minimum = parse_delta_seconds(response.header("min-expires") or "")
            if minimum is not None and minimum > registration.expires_s:
                registration.expires_s = minimum
                self._send(registration, None, now)
                return
        if status >= 300:
            self.give_up(registration, status, now)
        elif registration.leaving:
            del self._all[registration.id]
            self._core.emit(Unregistered(registration.id))
        else:
            self._stands(registration, response, now)

    def _stands(self, registration: Registration, response: Response, now: float) -> None:
        granted = registration.expires_s
        own = NameAddr.parse(registration.contact).uri
        for each in parse_addresses(response.headers("contact")):
            if each.uri.equivalent(own):
                granted = parse_delta_seconds(each.parameters.get("expires") or "") or granted
        self._core.emit(Registered(registration.id, granted))
        # Refresh well before the end: two retransmission rounds fit into what is left.
        self._schedule(registration, now + max(granted - 64 * self._core.timers.t1, granted / 2))

    def give_up(self, registration: Registration, status: int, now: float) -> None:
        """Refused or not answered: say so, and try again later unless it was to end anyway."""
        self._core.emit(RegistrationFailed(registration.id, status))
        if registration.leaving:
            self._all.pop(registration.id, None)
        else:
            self._schedule(registration, now + _RETRY_S)

    def _schedule(self, registration: Registration, at: float) -> None:
        registration.due = at
        self._core.layer.queue.start(at, registration, _REFRESH)
