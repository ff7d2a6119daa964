"""The trunks' desk: joins the fleet to the user agent and to the loop's clock. Serves the exchange as its `Lines`.

One timer for checks; names of trunks are resolved again and again, because carriers move. Takes no decision of its
own: who is called, refused or taken out is the fleet's and `caller_id`'s to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from telephony.calls.lines import Arrival, Route, TurnedAway
from telephony.calls.numbers import normalise
from telephony.calls.trunks import caller_id
from telephony.calls.trunks.fleet import Check, Fleet, Register
from telephony.calls.trunks.model import Trunk
from telephony.sip import events as sip
from telephony.sip.address import Address
from telephony.sip.endpoint import SipEndpoint
from telephony.sip.headers import NameAddr
from telephony.sip.session import ClientCredentials
from telephony.sip.uri import SipUri

log = structlog.get_logger(__name__)

RESOLVE_EVERY_S = 300.0
RESOLVE_TIMEOUT_S = 10.0
STRANGER = TurnedAway(404, "no such number")  # what anybody hears who asks for a number that is not ours


class TrunkDesk:
    """Everything that happens on trunks. `strangers` is whether calls are taken that come on none."""

    def __init__(
        self,
        fleet: Fleet,
        endpoint: SipEndpoint,
        *,
        region: str | None = None,
        strangers: bool = True,
        on_addresses: Callable[[], None] = lambda: None,
        on_stranger: Callable[[str], None] = lambda _host: None,
    ) -> None:
        self.fleet = fleet
        self._endpoint = endpoint
        self._agent = endpoint.user_agent
        self._region = region
        self._strangers = strangers
        self._on_addresses = on_addresses
        self._on_stranger = on_stranger
        self._registrations: dict[sip.RegistrationId, str] = {}
        self._checks: dict[sip.PingId, str] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._resolving: asyncio.Task[None] | None = None

    # -- life

    def start(self) -> None:
        """Register what registers, and begin to check; the endpoint must be open."""
        self._work_off()
        self._resolving = asyncio.create_task(self._keep_resolving())

    async def close(self, *, unregister: bool = True) -> None:
        """Take registrations back and stop; the endpoint must still be open. Without `unregister` they stand until
        another process has made them its own."""
        if self._timer is not None:
            self._timer.cancel()
        if self._resolving is not None:
            self._resolving.cancel()
            await asyncio.gather(self._resolving, return_exceptions=True)
        now = asyncio.get_running_loop().time()
        for registration in self._registrations if unregister else ():
            self._agent.unregister(registration, now)
        self._endpoint.flush()

    def _due(self) -> None:
        self.fleet.handle_timer(asyncio.get_running_loop().time())
        self._work_off()

    def _work_off(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self.fleet.orders:
            match self.fleet.orders.popleft():
                case Register(trunk):
                    self._register(trunk, now)
                case Check(trunk):
                    asked = self._agent.ping(trunk.uri, now, destination=trunk.destination, user=trunk.user)
                    self._checks[asked] = trunk.name
        self._endpoint.flush()
        due = self.fleet.next_timer()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if due is None else loop.call_at(max(due, now), self._due)

    def _register(self, trunk: Trunk, now: float) -> None:
        aor = SipUri("sip", trunk.user, trunk.uri.host, trunk.uri.port)
        login, password = trunk.login or trunk.user or "", trunk.password or ""
        made = self._agent.register(trunk.destination, aor, login, password, now, trunk.expires_s)
        self._registrations[made] = trunk.name

    async def _keep_resolving(self) -> None:
        """Know the addresses behind the trunks' names: a call that comes from one of them is that trunk's."""
        while True:
            for line in self.fleet.lines.values():
                addresses = await self._addresses(line.trunk.destination)
                if addresses:  # a resolver that is away for a moment must not disown a trunk
                    self.fleet.resolved(line.trunk.name, addresses)
            self._on_addresses()
            await asyncio.sleep(RESOLVE_EVERY_S)

    async def _addresses(self, where: Address) -> set[str]:
        try:
            async with asyncio.timeout(RESOLVE_TIMEOUT_S):
                return await self._endpoint.addresses_of(where)
        except TimeoutError:
            return set()

    # -- what the exchange asks

    def arrival(self, event: sip.IncomingCall) -> Arrival | TurnedAway:
        """Who calls, on which trunk, and whether there is room on it."""
        line = self.fleet.line_at(event.source.host)
        if line is None:
            if not self._strangers:
                self._on_stranger(event.source.host)
                return STRANGER
            party = caller_id.read(None, event.request, self._region)
            return Arrival(party.caller, party.caller_name, party.called)
        party = caller_id.read(line.trunk, event.request, self._region)
        full = self.fleet.take_in(line, asyncio.get_running_loop().time())
        if full is not None:
            wait = full.retry_after_s
            fields = () if wait is None else (("Retry-After", str(wait)),)
            return TurnedAway(full.status, full.reason, fields)
        return Arrival(party.caller, party.caller_name, party.called, line.trunk.name)

    def routes(
        self, number: str, caller_number: str, caller_name: str, trunk: str | None = None
    ) -> Sequence[Route]:
        """The trunks that carry a number (or the one that is named), each with its own way to write it."""
        known = normalise(number, self._region)
        lines = self.fleet.candidates(known) if trunk is None else self.fleet.named(trunk)
        return [self._route(line.trunk, known, caller_number, caller_name) for line in lines]

    def _route(self, trunk: Trunk, number: str, caller_number: str, caller_name: str) -> Route:
        target = trunk.uri.with_changes(user=caller_id.written(number, trunk))
        dress = caller_id.dress(trunk, caller_number, caller_name)
        login = trunk.login or trunk.user
        credentials = ClientCredentials(login, trunk.password) if login and trunk.password else None
        to = NameAddr(SipUri("sip", target.user, trunk.uri.host))
        return Route(target, dress.from_, to, trunk.destination, dress.fields, credentials, trunk.name)

    def begin(self, trunk: str) -> bool:
        """Take a place for a call out."""
        return self.fleet.take_out(trunk, asyncio.get_running_loop().time())

    def take_up(self, trunk: str) -> bool:
        """A call of a process before this one is on a trunk."""
        return self.fleet.take_up(trunk)

    def ended(self, trunk: str, status: int | None) -> None:
        """A call is over, or an INVITE came to nothing."""
        self.fleet.release(trunk)
        if status is not None and status >= 300:
            self._tell_health(trunk, self.fleet.failed(trunk, status, asyncio.get_running_loop().time()))

    def on_sip_event(self, event: sip.Event) -> None:
        """Registrations and checks."""
        now = asyncio.get_running_loop().time()
        match event:
            case sip.PingAnswered(ping=asked, status=status):
                name = self._checks.pop(asked, None)
                if name is not None:
                    self._tell_health(name, self.fleet.answered(name, status, now))
            case sip.Registered(registration=registration, expires_s=expires_s):
                name = self._registrations.get(registration)
                if name is not None:
                    self.fleet.registered(name)
                    log.info("trunk.registered", trunk=name, expires_s=expires_s)
            case sip.RegistrationFailed(registration=registration, status=status):
                name = self._registrations.get(registration)
                if name is not None:
                    self.fleet.registration_failed(name, status)
                    log.warning("trunk.not_registered", trunk=name, status=status)

    def _tell_health(self, name: str, changed: bool) -> None:
        if changed:
            log.warning("trunk.health", trunk=name, state=self.fleet.lines[name].health.state.value)
