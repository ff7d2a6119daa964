"""Names, failover and large requests on real sockets, with a DNS server in this process; both loops."""

from __future__ import annotations

import asyncio

import pytest

from telephony.sip.address import Address
from telephony.sip.config import UserAgentConfig
from telephony.sip.events import CallAnswered, CallConfirmed, CallFailed, IncomingCall
from telephony.sip.location.dns import DnsConfig
from telephony.sip.timers import Timers
from telephony.sip.tls import TlsFiles
from tests.telephony.sip.kit import OFFER
from tests.telephony.sip.location.zone import DnsServer
from tests.telephony.sip.stations import Station, certificate


@pytest.fixture
def event_loop_policy(both_loops) -> asyncio.AbstractEventLoopPolicy:
    return both_loops


def rejecting(station: Station, status: int) -> Station:
    """Have a station refuse its calls."""
    told = station._on_event

    def on_event(event: object) -> None:
        told(event)  # type: ignore[arg-type]
        if isinstance(event, IncomingCall):
            station.agent.reject(event.session, status, asyncio.get_running_loop().time())

    station.endpoint._on_event = on_event
    return station


async def dns_for(zone: dict[tuple[str, str], list[str]]) -> tuple[DnsServer, DnsConfig]:
    server = await DnsServer({**zone, ("here.example", "A"): ["127.0.0.1"]}).start()
    return server, DnsConfig((server.address,), 2.0)


async def test_srv_targets_are_tried_in_their_order(station) -> None:
    busy, good = rejecting(await station("b"), 503), await station("g", answers=True)
    dns, config = await dns_for(
        {
            ("_sip._udp.example.com", "SRV"): [
                f"0 0 {busy.endpoint.port} here.example.",
                f"1 0 {good.endpoint.port} here.example.",
            ]
        }
    )
    phone = await station("p", dns=config)
    phone.invite("sip:1000@example.com")
    await phone.expect(CallAnswered)
    await good.expect(CallConfirmed)
    assert busy.agent.counters.calls_in == 1
    asked = len(dns.asked)
    phone.invite("sip:1000@example.com")
    await phone.expect(CallAnswered)
    assert len(dns.asked) == asked, "answers are kept"
    assert busy.agent.counters.calls_in == 1, "what was down goes last"
    dns.close()


async def test_a_refused_connection_and_silence_lead_on(station) -> None:
    good = await station("g", answers=True)
    closed = await station("c")
    port = closed.endpoint.port
    await closed.endpoint.close()
    targets = [f"0 0 {port} here.example.", f"1 0 {good.endpoint.port} here.example."]
    dns, config = await dns_for(
        {("_sip._tcp.example.com", "SRV"): targets, ("_sip._udp.quiet.example", "SRV"): targets}
    )
    phone = await station("p", dns=config, timers=Timers(t1=0.005, t2=0.02))
    for uri in ("sip:1@example.com;transport=tcp", "sip:1@quiet.example"):
        phone.invite(uri)
        await phone.expect(CallAnswered)
    dns.close()


async def test_naptr_leads_to_tls_and_the_certificate_is_for_the_domain(station, tmp_path) -> None:
    zone = {("example.com", "NAPTR"): ['0 0 "s" "SIPS+D2T" "" _sips._tcp.example.com.']}
    for name, answered in (("example.com", True), ("here.example", False)):
        made = certificate(tmp_path / name, name)
        server = await station(
            name[0], "tls:127.0.0.1:0", answers=True, tls=TlsFiles(made.certificate, made.key)
        )
        zone["_sips._tcp.example.com", "SRV"] = [f"0 0 {server.port('tls')} here.example."]
        dns, config = await dns_for(zone)
        phone = await station("p", dns=config, tls=TlsFiles(authorities=made.certificate))
        phone.invite("sips:1000@example.com")
        await phone.expect(CallAnswered if answered else CallFailed)
        dns.close()


LARGE = OFFER + b"a=x-" + b"x" * 2000 + b"\r\n"
CONFIG = UserAgentConfig(largest_datagram=1300)


async def test_a_large_request_goes_by_tcp(station) -> None:
    server, phone = await station("s", answers=True), await station("p", config=CONFIG)
    phone.invite(f"sip:1000@127.0.0.1:{server.endpoint.port}", body=LARGE)
    call = await server.expect(IncomingCall)
    assert call.source.transport == "tcp"
    assert call.request.via.transport == "TCP"
    assert call.offer == LARGE
    await phone.expect(CallAnswered)
    await server.expect(CallConfirmed)


async def test_a_large_request_falls_back_to_udp_where_tcp_is_refused(station) -> None:
    phone, deaf = await station("p", config=CONFIG), Station("d", answers=True)
    await deaf.endpoint.start("127.0.0.1", 0, tcp=False)
    phone.invite(f"sip:1000@127.0.0.1:{deaf.endpoint.port}", body=LARGE)
    assert (await deaf.expect(IncomingCall)).source.transport == "udp"
    await phone.expect(CallAnswered)
    await deaf.endpoint.close()


async def test_the_hosts_behind_a_name(station) -> None:
    dns, config = await dns_for({("_sip._udp.example.com", "SRV"): ["0 0 5060 here.example."]})
    phone = await station("p", dns=config)
    assert await phone.endpoint.addresses_of(Address("sip", "example.com", 0)) == {"127.0.0.1"}
    assert await phone.endpoint.addresses_of(Address("sip", "nowhere.example", 0)) == set()
    dns.close()
