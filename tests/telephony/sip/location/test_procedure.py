"""RFC 3263 section 4, step by step, and RFC 2782's order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from telephony.sip.address import Address
from telephony.sip.location.procedure import in_order, targets_of
from telephony.sip.location.records import Question, Srv
from telephony.sip.uri import SipUri
from tests.telephony.sip.location.zone import Zone, answer_from

EXAMPLE: Zone = {
    # The RFC's own example, section 4.1 and 4.2
    ("example.com", "NAPTR"): [
        '50 50 "s" "SIPS+D2T" "" _sips._tcp.example.com.',
        '90 50 "s" "SIP+D2T" "" _sip._tcp.example.com.',
        '100 50 "s" "SIP+D2U" "" _sip._udp.example.com.',
        '1 1 "s" "SIP+D2S" "" _sip._sctp.example.com.',
        '1 1 "u" "E2U+sip" "" elsewhere.example.',
    ],
    ("_sip._tcp.example.com", "SRV"): ["0 1 5060 server1.example.com.", "0 2 5060 server2.example.com."],
    ("_sip._udp.example.com", "SRV"): ["5 0 5070 server1.example.com."],
    ("_sips._tcp.example.com", "SRV"): ["0 0 5061 server1.example.com."],
    ("server1.example.com", "A"): ["192.0.2.1"],
    ("server2.example.com", "A"): ["192.0.2.2"],
    ("server1.example.com", "AAAA"): ["2001:db8::1"],
    ("example.com", "A"): ["192.0.2.9"],
    ("_sip._udp.nonaptr.example", "SRV"): ["0 0 5080 server1.example.com."],
    ("_sip._tcp.nonaptr.example", "SRV"): ["0 0 5081 server2.example.com."],
    ("_sips._tcp.nonaptr.example", "SRV"): ["0 0 5082 server2.example.com."],
    ("plain.example", "A"): ["192.0.2.7", "192.0.2.8"],
    ("_sip._udp.closed.example", "SRV"): ["0 0 0 ."],
    ("closed.example", "A"): ["192.0.2.66"],
}  # fmt: skip


def found(
    uri: str,
    *,
    supported: tuple[str, ...] = ("udp", "tcp", "tls"),
    families: tuple[str, ...] = ("A",),
    draws: Iterator[float] | None = None,
) -> tuple[list[str], list[Question]]:
    """(targets as text, questions asked)."""
    numbers = draws if draws is not None else iter([0.0] * 100)
    search = targets_of(SipUri.parse(uri).destination(), supported, families, lambda: next(numbers))
    asked: list[Question] = []
    try:
        questions = next(search)
        while True:
            asked += questions
            questions = search.send([answer_from(EXAMPLE, each) for each in questions])
    except StopIteration as end:
        return [str(each) for each in end.value], asked


def addresses(where: Address) -> list[Address]:
    """What an address leads to."""
    search = targets_of(where, ("tls",), ("A",), lambda: 0.0)
    try:
        questions = next(search)
        while True:
            questions = search.send([answer_from(EXAMPLE, each) for each in questions])
    except StopIteration as end:
        result: list[Address] = end.value
        return result


@pytest.mark.parametrize(("uri", "targets"), [
    ("sip:192.0.2.3", ["udp:192.0.2.3:5060"]),
    ("sips:[2001:db8::3]", ["tls:[2001:db8::3]:5061"]),
    ("sip:plain.example:5099", ["udp:192.0.2.7:5099", "udp:192.0.2.8:5099"]),
    ("sips:plain.example:5099", ["tls:192.0.2.7:5099", "tls:192.0.2.8:5099"]),
    ("sip:plain.example", ["udp:192.0.2.7:5060", "udp:192.0.2.8:5060"]),
    ("sips:plain.example", ["tls:192.0.2.7:5061", "tls:192.0.2.8:5061"]),
    ("sip:plain.example;transport=tcp", ["tcp:192.0.2.7:5060", "tcp:192.0.2.8:5060"]),
    ("sip:example.com;transport=tcp", ["tcp:192.0.2.1:5060", "tcp:192.0.2.2:5060"]),
    ("sips:example.com", ["tls:192.0.2.1:5061"]),
    ("sip:nonaptr.example", ["udp:192.0.2.1:5080", "tcp:192.0.2.2:5081"]),
    ("sips:nonaptr.example", ["tls:192.0.2.2:5082"]),
    ("sip:closed.example", []),
    ("sip:nowhere.example", []),
])  # fmt: skip
def test_targets(uri: str, targets: list[str]) -> None:
    assert found(uri)[0] == targets


def test_naptr_decides_by_order_among_what_we_support() -> None:
    every, asked = found("sip:example.com")
    assert every == ["tls:192.0.2.1:5061", "tcp:192.0.2.1:5060", "tcp:192.0.2.2:5060", "udp:192.0.2.1:5070"]
    assert asked[0] == Question("example.com", "NAPTR")
    assert found("sip:example.com", supported=("udp",))[0] == ["udp:192.0.2.1:5070"]


def test_an_address_costs_no_question() -> None:
    assert found("sip:192.0.2.3")[1] == []


def test_both_families() -> None:
    assert found("sip:server1.example.com:5060", families=("AAAA", "A"))[0] == [
        "udp:[2001:db8::1]:5060",
        "udp:192.0.2.1:5060",
    ]


def test_certificates_are_for_the_name_that_was_asked_for() -> None:
    assert [each.name for each in addresses(Address("sips", "example.com", 0))] == ["example.com"]


def test_priority_before_weight() -> None:
    records = [Srv(2, 100, 1, "c"), Srv(1, 0, 1, "a"), Srv(1, 0, 1, "b")]
    assert [each.target for each in in_order(records, lambda: 0.99)][2] == "c"


def test_weights_share_the_load() -> None:
    records = [Srv(0, 60, 1, "big"), Srv(0, 20, 1, "one"), Srv(0, 20, 1, "two"), Srv(0, 0, 1, "never")]
    steps = [n / 100 for n in range(100)]
    first = Counter(in_order(records, lambda step=step: step)[0].target for step in steps)
    assert first == {"big": 60, "one": 20, "two": 20}


def test_every_record_is_there_once() -> None:
    records = [Srv(n % 3, n * 7 % 11, n, f"h{n}") for n in range(12)]
    assert sorted(each.port for each in in_order(records, lambda: 0.37)) == list(range(12))
