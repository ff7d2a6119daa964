"""A tiny world of DNS: records in a dictionary, as answers for the sans-IO core and as a real server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from telephony.sip.location.records import Answer, HostAddress, Naptr, Question, Record, Srv

Zone = Mapping[tuple[str, str], list[str]]
TTL_S = 300


def answer_from(zone: Zone, question: Question) -> Answer:
    """What the core is told of a question."""
    return Answer(tuple(_record(question.kind, each) for each in zone.get(tuple(question), [])), TTL_S)


def _record(kind: str, text: str) -> Record:
    parts = text.split()
    if kind == "NAPTR":
        flags, service = parts[2].strip('"'), parts[3].strip('"')
        return Naptr(int(parts[0]), int(parts[1]), flags, service, parts[5].rstrip("."))
    if kind == "SRV":
        return Srv(int(parts[0]), int(parts[1]), int(parts[2]), parts[3].rstrip("."))
    return HostAddress(text)


class DnsServer(asyncio.DatagramProtocol):
    """Answers from a zone; names that it does not have do not exist. `mute` names get no answer at all."""

    def __init__(self, zone: Zone, mute: frozenset[str] = frozenset()) -> None:
        self._zone = zone
        self._mute = mute
        self.asked: list[Question] = []
        self._transport: asyncio.DatagramTransport | None = None
        self.address = ""

    async def start(self) -> DnsServer:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self._transport = transport
        host, port = transport.get_extra_info("sockname")
        self.address = f"{host}:{port}"
        return self

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        asked = query.question[0]
        name = asked.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(asked.rdtype)
        self.asked.append(Question(name, kind))
        if name in self._mute:
            return
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        records = self._zone.get((name, kind), [])
        if records:
            response.answer.append(dns.rrset.from_text(asked.name, TTL_S, "IN", kind, *records))
        elif not any(known == name for known, _ in self._zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
        if self._transport is not None:
            self._transport.sendto(response.to_wire(), addr)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
