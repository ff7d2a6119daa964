"""The steps of RFC 3263 section 4 as a generator: it asks, is told, and ends with the targets in their order.

    search = targets_of(where, supported, fraction)
    questions = next(search)              # a batch that may be asked at the same time
    questions = search.send(answers)      # StopIteration carries the list of addresses

What DNS answers is another party's: how many records are followed is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TypeAlias

from telephony.sip.address import DEFAULT_PORTS, Address, is_literal
from telephony.sip.location.records import Answer, HostAddress, Naptr, Question, Srv

Search: TypeAlias = Generator[list[Question], list[Answer], list[Address]]

_SERVICES = {"sip+d2u": "udp", "sip+d2t": "tcp", "sips+d2t": "tls"}
_SRV_NAMES = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}
_MAX_SERVICES, _MAX_HOSTS, _MAX_TARGETS = 6, 16, 32


def targets_of(
    where: Address, supported: Sequence[str], families: Sequence[str], fraction: Callable[[], float]
) -> Search:
    """All targets of an address that names a host. `supported` are our transports, the preferred first, `families`
    the kinds of address records that we can send to."""
    if is_literal(where.host):
        return [where]
    if where.port:
        transport = {"sip": "udp", "sips": "tls"}.get(where.transport, where.transport)
        return (yield from _hosts([(transport, where.host, where.port)], where.host, families))
    if where.transport in ("sip", "sips"):
        usable = [each for each in supported if each == "tls" or where.transport == "sip"]
        services = yield from _services(where.host, usable)
        if services is None:
            # Section 4.1: without NAPTR, the SRV names of what we support; TLS is not to be guessed for sip.
            guessed = usable if where.transport == "sips" else [each for each in usable if each != "tls"]
            services = [(each, f"{_SRV_NAMES[each]}.{where.host}") for each in guessed]
        fallback = where.by_default().transport
    else:
        name = _SRV_NAMES.get(where.transport)
        services = [(where.transport, f"{name}.{where.host}")] if name is not None else []
        fallback = where.transport
    offered = yield from _offered(services, fraction)
    if offered is None:  # section 4.2: no SRV records at all
        offered = [(fallback, where.host, DEFAULT_PORTS[fallback])]
    return (yield from _hosts(offered, where.host, families))


def _services(
    host: str, usable: Sequence[str]
) -> Generator[list[Question], list[Answer], list[tuple[str, str]] | None]:
    """Section 4.1: (transport, SRV name) by order and preference; None without usable NAPTR records."""
    [answer] = yield [Question(host, "NAPTR")]
    found = [each for each in answer.records if isinstance(each, Naptr)]
    found.sort(key=lambda each: (each.order, each.preference))
    services = [
        (_SERVICES[each.service.lower()], each.replacement)
        for each in found
        if each.flags.lower() == "s" and _SERVICES.get(each.service.lower()) in usable
    ]
    return services[:_MAX_SERVICES] or None


def _offered(
    services: list[tuple[str, str]], fraction: Callable[[], float]
) -> Generator[list[Question], list[Answer], list[tuple[str, str, int]] | None]:
    """(transport, host, port) of all SRV records, service by service; None if there are none."""
    if not services:
        return None
    answers = yield [Question(name, "SRV") for _, name in services]
    result: list[tuple[str, str, int]] = []
    seen = False
    for (transport, _), answer in zip(services, answers, strict=True):
        records = [each for each in answer.records if isinstance(each, Srv)]
        seen = seen or bool(records)
        for record in in_order(records[:_MAX_HOSTS], fraction):
            if record.target and record.port:
                result.append((transport, record.target, record.port))
    return result if seen else None


def in_order(records: Iterable[Srv], fraction: Callable[[], float]) -> list[Srv]:
    """RFC 2782: by priority; among equals each is drawn with a chance that grows with its weight."""
    result: list[Srv] = []
    waiting = sorted(records, key=lambda each: (each.priority, each.weight))
    while waiting:
        first = waiting[0].priority
        group = [each for each in waiting if each.priority == first]
        waiting = waiting[len(group) :]
        while group:
            drawn = fraction() * sum(each.weight for each in group)
            total = 0
            for chosen in group:
                total += chosen.weight
                if total > drawn:
                    break
            group.remove(chosen)
            result.append(chosen)
    return result


def _hosts(offered: list[tuple[str, str, int]], domain: str, families: Sequence[str]) -> Search:
    """The addresses of all hosts, in the hosts' order. A certificate is checked against the domain that was asked
    for, not against what DNS made of it (RFC 5922 section 4)."""
    names = list(dict.fromkeys(host for _, host, _ in offered if not is_literal(host)))[:_MAX_HOSTS]
    questions = [Question(name, kind) for name in names for kind in families]
    answers = (yield questions) if questions else []
    known: dict[str, list[str]] = {}
    for question, answer in zip(questions, answers, strict=True):
        addresses = [each.host for each in answer.records if isinstance(each, HostAddress)]
        known.setdefault(question.name, []).extend(addresses)
    result = [
        Address(transport, address, port, name=domain if transport in ("tls", "wss") else "")
        for transport, host, port in offered
        for address in ([host] if is_literal(host) else known.get(host, []))
    ]
    return list(dict.fromkeys(result))[:_MAX_TARGETS]
