"""The ring of messages."""

from __future__ import annotations

from telephony.sip.address import Address
from telephony.sip.trace import SipTrace, messages_of
from tests.telephony.sip.defence.messages import PEER, wire


def test_a_calls_messages_are_found_by_call_id_oldest_first() -> None:
    trace = SipTrace(1_000_000)
    for n in range(3):
        for call in ("one", "two"):
            trace.note(float(n), n == 1, PEER, wire("INVITE", call_id=call, seq=n + 1))
    found = messages_of(trace.entries(), ["one"])
    assert [(call_id, entry.at, entry.sent) for call_id, entry in found] == [
        ("one", 0.0, False), ("one", 1.0, True), ("one", 2.0, False),
    ]  # fmt: skip
    assert messages_of(trace.entries(), []) == []


def test_a_call_id_elsewhere_in_a_message_is_not_its_own() -> None:
    trace = SipTrace(1_000_000)
    trace.note(0.0, False, PEER, wire("INVITE", call_id="other", extra="Replaces: one;to-tag=a\n"))
    assert messages_of(trace.entries(), ["one"]) == []


def test_the_compact_form_counts() -> None:
    trace = SipTrace(1_000_000)
    trace.note(0.0, False, PEER, wire("INVITE", call_id="one").replace(b"Call-ID:", b"i:"))
    assert len(messages_of(trace.entries(), ["one"])) == 1


def test_memory_is_bounded_and_bytes_are_kept_by_reference() -> None:
    trace = SipTrace(100_000)
    data = wire("OPTIONS")
    for n in range(10_000):
        trace.note(float(n), False, Address("udp", "192.0.2.1", 5060), data)
    assert trace.used_bytes <= 100_000
    entries = trace.entries()
    assert entries[-1].data is data
    assert entries[-1].at == 9999.0
    assert len(entries) > 100


def test_nothing_is_kept_when_told_so() -> None:
    trace = SipTrace(0)
    trace.note(0.0, False, PEER, b"x")
    assert trace.entries() == []
