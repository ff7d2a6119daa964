"""The desk between the fleet, the user agent and the loop's clock: what is sent when, what an answer changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from telephony.calls.lines import Arrival, TurnedAway
from telephony.calls.trunks import desk as desk_module
from telephony.calls.trunks.desk import STRANGER, TrunkDesk
from telephony.calls.trunks.fleet import Fleet
from telephony.calls.trunks.health import State
from telephony.calls.trunks.model import HealthRule, Trunk
from telephony.sip import events as sip
from telephony.sip.address import Address
from telephony.sip.message import Request
from tests.telephony.calls.trunks.made import trunk

NO_CHECKS = HealthRule(every_s=0.0)


@dataclass
class Agent:
    """Writes down what it is told; names registrations and checks as they come."""

    registered: list[tuple[Any, ...]] = field(default_factory=list)
    unregistered: list[str] = field(default_factory=list)
    pinged: list[str] = field(default_factory=list)

    def register(
        self, registrar: Address, aor: object, login: str, password: str, now: float, expires_s: int
    ) -> str:
        del now
        self.registered.append((registrar.host, str(aor), login, password, expires_s))
        return f"registration-{len(self.registered)}"

    def unregister(self, registration: str, now: float) -> None:
        del now
        self.unregistered.append(registration)

    def ping(self, target: object, now: float, *, destination: Address, user: str | None) -> str:
        del now, destination, user
        self.pinged.append(str(target))
        return f"ping-{len(self.pinged)}"


@dataclass
class Endpoint:
    """`found` is what names lead to; asking for `slow` ones takes for ever."""

    user_agent: Agent = field(default_factory=Agent)
    found: dict[str, set[str]] = field(default_factory=dict)
    slow: set[str] = field(default_factory=set)
    asked: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    flushed: int = 0

    def flush(self) -> None:
        self.flushed += 1

    async def addresses_of(self, where: Address) -> set[str]:
        self.asked.put_nowait(where.host)
        if where.host in self.slow:
            await asyncio.Event().wait()
        return self.found.get(where.host, set())


@dataclass
class Bench:
    """One desk over trunks of a test's making."""

    desk: TrunkDesk
    endpoint: Endpoint
    told: list[str]

    @property
    def agent(self) -> Agent:
        return self.endpoint.user_agent

    @property
    def fleet(self) -> Fleet:
        return self.desk.fleet

    def state(self, name: str) -> State:
        return self.fleet.lines[name].health.state


MakeBench = Callable[..., Bench]


@pytest.fixture
async def bench() -> AsyncIterator[MakeBench]:
    made: list[Bench] = []

    def make(*trunks: Trunk, **options: Any) -> Bench:
        endpoint, told = Endpoint(), []
        fleet = Fleet(trunks, asyncio.get_running_loop().time())
        desk = TrunkDesk(
            fleet,
            endpoint,  # type: ignore[arg-type]
            region="GB",
            on_addresses=lambda: told.append("addresses"),
            on_stranger=told.append,
            **options,
        )
        made.append(Bench(desk, endpoint, told))
        return made[-1]

    yield make
    for each in made:
        await each.desk.close()


def call_from(host: str, called: str = "+442079460000", caller: str = "+442079461111") -> sip.IncomingCall:
    fields = [
        ("Via", f"SIP/2.0/UDP {host};branch=z9hG4bK1"),
        ("From", f'"Ada" <sip:{caller}@{host}>;tag=1'),
        ("To", f"<sip:{called}@cordboard>"),
    ]
    request = Request("INVITE", f"sip:{called}@cordboard", fields)
    return sip.IncomingCall(sip.SessionId("in-1"), request, Address("udp", host, 5060), None)


async def test_at_the_start_trunks_that_register_do_and_all_are_checked(bench: MakeBench) -> None:
    bench_ = bench(
        trunk("a", register=True, user="4420", login="us", password="pw", expires_s=60), trunk("b")
    )
    bench_.desk.start()
    assert bench_.agent.registered == [("a.example", "sip:4420@a.example", "us", "pw", 60)]
    while len(bench_.agent.pinged) < 2:  # the first checks are due at once, by the timer
        await asyncio.sleep(0)
    assert sorted(bench_.agent.pinged) == ["sip:a.example", "sip:b.example"]
    assert bench_.endpoint.flushed >= 2


async def test_without_checks_there_is_no_timer(bench: MakeBench) -> None:
    bench_ = bench(trunk("a", health=NO_CHECKS))
    bench_.desk.start()
    assert bench_.desk._timer is None
    assert bench_.agent.pinged == []


async def test_closing_takes_registrations_back_and_ends_its_work(bench: MakeBench) -> None:
    bench_ = bench(trunk("a", register=True, user="u"), trunk("b", register=True, user="v"))
    bench_.desk.start()
    await bench_.desk.close()
    assert bench_.agent.unregistered == ["registration-1", "registration-2"]
    assert bench_.desk._resolving is not None
    assert bench_.desk._resolving.done()
    before = len(bench_.agent.pinged)
    await asyncio.sleep(0)
    assert len(bench_.agent.pinged) == before


async def test_a_registration_decides_whether_a_trunk_is_used(bench: MakeBench) -> None:
    bench_ = bench(trunk("a", register=True, user="u", health=NO_CHECKS))
    bench_.desk.start()
    number = "+442079460000"
    assert bench_.desk.routes(number, "", "") == []
    registration = sip.RegistrationId("registration-1")
    bench_.desk.on_sip_event(sip.Registered(registration, 300))
    assert [route.trunk for route in bench_.desk.routes(number, "", "")] == ["a"]
    bench_.desk.on_sip_event(sip.RegistrationFailed(registration, 403))
    assert bench_.desk.routes(number, "", "") == []
    assert bench_.fleet.lines["a"].registration_status == 403
    for stranger in (
        sip.Registered(sip.RegistrationId("x"), 9),
        sip.RegistrationFailed(sip.RegistrationId("x"), 9),
    ):
        bench_.desk.on_sip_event(stranger)
    assert not bench_.fleet.lines["a"].is_registered


async def test_checks_that_nobody_answers_take_a_trunk_out_and_answers_bring_it_back(
    bench: MakeBench,
) -> None:
    bench_ = bench(trunk("a", health=HealthRule(every_s=3600.0, down_after=2, up_after=1)))
    bench_.desk.start()
    while not bench_.agent.pinged:
        await asyncio.sleep(0)

    def answer(check: str, status: int) -> State:
        bench_.desk._checks.setdefault(sip.PingId(check), "a")
        bench_.desk.on_sip_event(sip.PingAnswered(sip.PingId(check), status))
        return bench_.state("a")

    assert answer("ping-1", 408) is State.UP
    bench_.desk.on_sip_event(sip.PingAnswered(sip.PingId("ping-1"), 408))  # its answer was taken already
    assert bench_.state("a") is State.UP
    assert answer("ping-2", 408) is State.DOWN
    assert answer("ping-3", 404) is State.UP


async def test_names_are_resolved_and_one_that_hangs_holds_up_nobody(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "RESOLVE_TIMEOUT_S", 0.01)
    bench_ = bench(*(trunk(name, health=NO_CHECKS) for name in ("slow", "gone", "good")))
    bench_.endpoint.slow.add("slow.example")
    bench_.endpoint.found["good.example"] = {"192.0.2.7"}
    bench_.fleet.resolved("gone", ["192.0.2.1"])
    bench_.desk.start()
    async with asyncio.timeout(30):
        while bench_.told != ["addresses"]:
            await asyncio.sleep(0.001)
    assert bench_.fleet.lines["good"].addresses == {"192.0.2.7"}
    assert bench_.fleet.lines["gone"].addresses == {"192.0.2.1"}, "a resolver away disowns no trunk"
    assert [bench_.endpoint.asked.get_nowait() for _ in range(3)] == [
        "slow.example", "gone.example", "good.example",
    ]  # fmt: skip


async def test_a_call_from_a_trunk_is_that_trunks_and_takes_a_place(bench: MakeBench) -> None:
    bench_ = bench(trunk("a", networks=("203.0.113.0/24",), max_calls=1))
    arrival = bench_.desk.arrival(call_from("203.0.113.9", "02079460000"))
    assert arrival == Arrival("+442079461111", "Ada", "+442079460000", "a")
    full = bench_.desk.arrival(call_from("203.0.113.9"))
    assert isinstance(full, TurnedAway)
    assert (full.status, full.fields) == (486, ())
    bench_.desk.ended("a", None)
    assert isinstance(bench_.desk.arrival(call_from("203.0.113.9")), Arrival)


async def test_too_many_calls_a_second_are_told_when_to_come_again(bench: MakeBench) -> None:
    bench_ = bench(trunk("a", networks=("203.0.113.0/24",), calls_rate=0.001, calls_burst=1.0))
    assert isinstance(bench_.desk.arrival(call_from("203.0.113.9")), Arrival)
    full = bench_.desk.arrival(call_from("203.0.113.9"))
    assert isinstance(full, TurnedAway)
    assert full.status == 503
    assert [name for name, _ in full.fields] == ["Retry-After"]


async def test_strangers_are_taken_or_turned_away_and_noted(bench: MakeBench) -> None:
    open_, shut = bench(trunk("a")), bench(trunk("a"), strangers=False)
    assert open_.desk.arrival(call_from("192.0.2.1")) == Arrival("+442079461111", "Ada", "+442079460000")
    assert shut.desk.arrival(call_from("192.0.2.1")) is STRANGER
    assert (open_.told, shut.told) == ([], ["192.0.2.1"])


async def test_a_route_is_dressed_for_its_trunk(bench: MakeBench) -> None:
    bench_ = bench(
        trunk("digest", user="4420", password="pw", priority=1),
        trunk("login", user="4420", login="us", password="pw", priority=2),
        trunk("trusted", priority=3),
    )
    routes = bench_.desk.routes("020 7946 0000", "+442079461111", "Ada")
    assert [route.trunk for route in routes] == ["digest", "login", "trusted"]
    assert [str(route.target) for route in routes] == [
        f"sip:+442079460000@{name}.example" for name in ("digest", "login", "trusted")
    ]
    credentials = [
        route.credentials and (route.credentials.user, route.credentials.password) for route in routes
    ]
    assert credentials == [("4420", "pw"), ("us", "pw"), None]
    assert [route.destination for route in routes] == [
        bench_.fleet.lines[name].trunk.destination for name in ("digest", "login", "trusted")
    ]


async def test_an_invite_that_nobody_answers_counts_against_its_trunk(bench: MakeBench) -> None:
    bench_ = bench(trunk("a", health=HealthRule(every_s=0.0, down_after=2)))
    for status, state in ((486, State.UP), (408, State.UP), (None, State.UP), (408, State.DOWN)):
        assert bench_.desk.begin("a")
        bench_.desk.ended("a", status)
        assert bench_.state("a") is state
    line = bench_.fleet.lines["a"]
    assert (line.calls_out, line.failed_out, line.capacity.calls) == (4, 3, 0)


async def test_a_full_trunk_begins_nothing(bench: MakeBench) -> None:
    bench_ = bench(trunk("a", max_calls=1))
    assert bench_.desk.begin("a")
    assert not bench_.desk.begin("a")
