"""Asks DNS for the locator, with asyncio: dnspython's resolver, bounded in time and in number.

Names of the hosts file, names without a dot and `.local` ones are the system's own business (multicast DNS, name
services that DNS knows nothing of); for them the system is asked, which tells no time to live.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.resolver
from dns.rdata import Rdata
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA
from dns.rdtypes.IN.NAPTR import NAPTR
from dns.rdtypes.IN.SRV import SRV

from telephony.sip.location.hosts_file import HostsFile
from telephony.sip.location.records import Answer, HostAddress, Naptr, Question, Record, Srv, server_address

_SYSTEM_TTL_S = 60.0
_MAX_OPEN = 200
_FAILED = Answer(failed=True)


@dataclass(frozen=True, slots=True)
class DnsConfig:
    """`servers` as `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`; the system's if there are none."""

    servers: tuple[str, ...] = ()
    timeout_s: float = 5.0


class DnsResolver:
    """`on_answer` is called on the loop's thread, once for each question."""

    def __init__(
        self, config: DnsConfig, on_answer: Callable[[Question, Answer], None], hosts: HostsFile | None = None
    ) -> None:
        self._config = config
        self._on_answer = on_answer
        self._hosts = hosts or HostsFile()
        self._resolver: dns.asyncresolver.Resolver | None = None
        self._open: set[asyncio.Task[None]] = set()

    def ask(self, question: Question) -> None:
        """Look one up; too many at a time fail at once."""
        loop = asyncio.get_running_loop()
        if len(self._open) >= _MAX_OPEN:
            loop.call_soon(self._on_answer, question, _FAILED)
            return
        task = loop.create_task(self._answer(question))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _answer(self, question: Question) -> None:
        try:
            async with asyncio.timeout(self._config.timeout_s + 1.0):
                answer = await self._look_up(question)
        except (OSError, TimeoutError, UnicodeError, dns.exception.DNSException):
            answer = _FAILED
        self._on_answer(question, answer)

    async def _look_up(self, question: Question) -> Answer:
        if question.kind in ("A", "AAAA"):
            listed = self._hosts.addresses(question.name)
            if listed:
                fitting = [each for each in listed if (":" in each) == (question.kind == "AAAA")]
                return Answer(tuple(HostAddress(each) for each in fitting), _SYSTEM_TTL_S)
            if "." not in question.name or question.name.endswith(".local"):
                return await _ask_system(question)
        return await self._ask_dns(question)

    async def _ask_dns(self, question: Question) -> Answer:
        if self._resolver is None:
            self._resolver = _resolver(self._config)
        name = dns.name.from_text(question.name)
        try:
            found = await self._resolver.resolve(name, question.kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return Answer()
        rrset = found.rrset
        if rrset is None:
            return Answer()
        return Answer(tuple(_record(question.kind, each) for each in rrset), float(rrset.ttl))

    def close(self) -> None:
        """Ask no more."""
        for task in self._open:
            task.cancel()


def _resolver(config: DnsConfig) -> dns.asyncresolver.Resolver:
    """Raises dns.exception.DNSException when the system names no server."""
    resolver = dns.asyncresolver.Resolver(configure=not config.servers)
    resolver.lifetime = config.timeout_s
    if config.servers:
        resolver.nameservers = [
            dns.nameserver.Do53Nameserver(*server_address(each)) for each in config.servers
        ]
    return resolver


async def _ask_system(question: Question) -> Answer:
    family = socket.AF_INET6 if question.kind == "AAAA" else socket.AF_INET
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            question.name, None, family=family, type=socket.SOCK_DGRAM
        )
    except socket.gaierror:
        return Answer()
    addresses: Sequence[str] = list(dict.fromkeys(str(each[4][0]) for each in found))
    return Answer(tuple(HostAddress(each) for each in addresses), _SYSTEM_TTL_S)


def _record(kind: str, rdata: Rdata) -> Record:
    """dnspython's record as ours."""
    match rdata:
        case NAPTR():
            text = [each.decode("ascii", "replace") for each in (rdata.flags, rdata.service)]
            return Naptr(rdata.order, rdata.preference, text[0], text[1], _name(rdata.replacement))
        case SRV():
            return Srv(rdata.priority, rdata.weight, rdata.port, _name(rdata.target))
        case A() | AAAA():
            return HostAddress(rdata.address)
        case _:
            raise OSError(f"an answer that is no {kind}")


def _name(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower() if name != dns.name.root else ""
