"""The adapter against a DNS server in this process, on both loops."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from telephony.sip.location.dns import DnsConfig, DnsResolver
from telephony.sip.location.hosts_file import HostsFile
from telephony.sip.location.records import Answer, HostAddress, Naptr, Question, Srv, server_address
from tests.telephony.sip.location.zone import DnsServer

ZONE = {
    ("example.com", "NAPTR"): ['10 20 "s" "SIP+D2U" "" _sip._udp.example.com.'],
    ("_sip._udp.example.com", "SRV"): ["1 2 5070 Host.example.com.", "0 0 0 ."],
    ("host.example.com", "A"): ["192.0.2.1", "192.0.2.2"],
    ("host.example.com", "AAAA"): ["2001:db8::1"],
}


@pytest.fixture
def event_loop_policy(both_loops) -> asyncio.AbstractEventLoopPolicy:
    return both_loops


async def ask(
    question: Question, server: str, timeout_s: float = 5.0, hosts: HostsFile | None = None
) -> Answer:
    answers: asyncio.Queue[tuple[Question, Answer]] = asyncio.Queue()
    resolver = DnsResolver(
        DnsConfig((server,), timeout_s),
        lambda *each: answers.put_nowait(each),
        hosts or HostsFile(Path("/nowhere")),
    )
    resolver.ask(question)
    async with asyncio.timeout(10):
        asked, answer = await answers.get()
    assert asked == question
    return answer


@pytest.mark.parametrize(("name", "kind", "records"), [
    ("example.com", "NAPTR", (Naptr(10, 20, "s", "SIP+D2U", "_sip._udp.example.com"),)),
    ("_sip._udp.example.com", "SRV", (Srv(1, 2, 5070, "host.example.com"), Srv(0, 0, 0, ""))),
    ("host.example.com", "A", (HostAddress("192.0.2.1"), HostAddress("192.0.2.2"))),
    ("host.example.com", "AAAA", (HostAddress("2001:db8::1"),)),
])  # fmt: skip
async def test_records(name: str, kind: str, records: tuple[object, ...]) -> None:
    server = await DnsServer(ZONE).start()
    answer = await ask(Question(name, kind), server.address)
    server.close()
    assert set(answer.records) == set(records)
    assert (answer.ttl_s, answer.failed) == (300.0, False)


@pytest.mark.parametrize(("name", "kind"), [("nowhere.example", "A"), ("host.example.com", "SRV")])
async def test_what_is_not_there_is_no_failure(name: str, kind: str) -> None:
    server = await DnsServer(ZONE).start()
    assert await ask(Question(name, kind), server.address) == Answer()
    server.close()


async def test_a_server_that_is_silent_is_a_failure() -> None:
    server = await DnsServer(ZONE, mute=frozenset(("host.example.com",))).start()
    assert await ask(Question("host.example.com", "A"), server.address, 0.2) == Answer(failed=True)
    server.close()


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example", "\udcff.example"])
async def test_a_name_that_cannot_be_is_a_failure(name: str) -> None:
    assert (await ask(Question(name, "A"), "127.0.0.1:9", 0.2)).failed


async def test_the_hosts_file_comes_first_and_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text("192.0.2.77 pbx.example PBX # ours\n2001:db8::77 pbx.example\nnonsense\n\n")
    hosts = HostsFile(path)
    assert (await ask(Question("pbx.example", "A"), "127.0.0.1:9", hosts=hosts)).records == (
        HostAddress("192.0.2.77"),
    )
    v6 = await ask(Question("pbx.example", "AAAA"), "127.0.0.1:9", hosts=hosts)
    assert v6.records == (HostAddress("2001:db8::77"),)
    path.write_text("192.0.2.78 pbx.example and more\n")
    assert hosts.addresses("pbx.example") == ["192.0.2.78"]


async def test_names_without_a_dot_are_the_systems() -> None:
    assert HostAddress("127.0.0.1") in (await ask(Question("localhost", "A"), "127.0.0.1:9")).records


@pytest.mark.parametrize(("text", "address"), [
    ("192.0.2.53", ("192.0.2.53", 53)),
    ("192.0.2.53:5353", ("192.0.2.53", 5353)),
    ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
    ("2001:db8::53", ("2001:db8::53", 53)),
])  # fmt: skip
def test_name_servers(text: str, address: tuple[str, int]) -> None:
    assert server_address(text) == address


@pytest.mark.parametrize("text", ["dns.example", "192.0.2.53:x", "192.0.2.53:0", "[192.0.2:53"])
def test_what_is_no_name_server(text: str) -> None:
    with pytest.raises(ValueError, match="expected a name server"):
        server_address(text)
