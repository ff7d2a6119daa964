"""Bindings: expiry, order, removal (RFC 3261 section 10.3)."""

from __future__ import annotations

import pytest

from telephony.sip.address import Address
from telephony.sip.errors import RemoteProtocolError
from telephony.sip.message import Request
from telephony.sip.registrar import Registrar

FLOW = Address("udp", "198.51.100.7", 40000)
NOW = 1000.0


def request(contact: str | None, *, seq: int = 1, call_id: str = "c", expires: str | None = None) -> Request:
    fields = [("Call-ID", call_id), ("CSeq", f"{seq} REGISTER"), ("User-Agent", "phone")]
    if contact is not None:
        fields.append(("Contact", contact))
    if expires is not None:
        fields.append(("Expires", expires))
    return Request("REGISTER", "sip:here", fields)


@pytest.fixture
def registrar() -> Registrar:
    return Registrar(min_expires_s=60, max_expires_s=3600, default_expires_s=1800)


def contacts(registrar: Registrar, now: float = NOW) -> list[str]:
    return [str(binding.contact) for binding in registrar.bindings("alice", now)]


def test_a_binding_keeps_its_flow_and_phone(registrar: Registrar) -> None:
    outcome = registrar.process("alice", request("<sip:a@10.0.0.1>;expires=300"), FLOW, NOW)
    assert (outcome.status, outcome.changed) == (200, "alice")
    assert outcome.fields == [("Contact", "<sip:a@10.0.0.1>;expires=300")]
    [binding] = registrar.bindings("alice", NOW)
    assert (binding.flow, binding.user_agent, binding.expires_at) == (FLOW, "phone", NOW + 300)


@pytest.mark.parametrize(("contact", "expires", "granted"), [
    ("<sip:a@h>", None, 1800),
    ("<sip:a@h>", "99999", 3600),
    ("<sip:a@h>;expires=120", "600", 120),
    ("<sip:a@h>;expires=soon", None, 1800),
])  # fmt: skip
def test_how_long(registrar: Registrar, contact: str, expires: str | None, granted: int) -> None:
    outcome = registrar.process("alice", request(contact, expires=expires), FLOW, NOW)
    assert outcome.fields == [("Contact", f"<sip:a@h>;expires={granted}")]


def test_too_brief_is_423_and_changes_nothing(registrar: Registrar) -> None:
    outcome = registrar.process("alice", request("<sip:a@h>, <sip:b@h>;expires=59", expires="600"), FLOW, NOW)
    assert (outcome.status, outcome.fields) == (423, [("Min-Expires", "60")])
    assert contacts(registrar) == []


def test_several_bindings_and_a_query(registrar: Registrar) -> None:
    registrar.process("alice", request("<sip:a@h>"), FLOW, NOW)
    registrar.process("alice", request("<sip:b@h>", call_id="d"), FLOW, NOW)
    assert contacts(registrar) == ["sip:b@h", "sip:a@h"]
    query = registrar.process("alice", request(None, seq=2), FLOW, NOW)
    assert (len(query.fields), query.changed) == (2, None)


def test_order_within_a_call_id(registrar: Registrar) -> None:
    registrar.process("alice", request("<sip:a@h>", seq=5), FLOW, NOW)
    assert registrar.process("alice", request("<sip:a@h>", seq=5), FLOW, NOW).status == 500
    assert registrar.process("alice", request("*", seq=4, expires="0"), FLOW, NOW).status == 500
    assert (
        registrar.process("alice", request("<sip:a@h>", seq=1, call_id="after-reboot"), FLOW, NOW).status
        == 200
    )


def test_taking_back_one_and_all(registrar: Registrar) -> None:
    registrar.process("alice", request("<sip:a@h>, <sip:b@h>"), FLOW, NOW)
    registrar.process("alice", request("<sip:A@H>;expires=0", seq=2), FLOW, NOW)  # the user part minds case
    assert len(contacts(registrar)) == 2
    registrar.process("alice", request("<sip:a@H>;expires=0", seq=3), FLOW, NOW)
    assert contacts(registrar) == ["sip:b@h"]
    outcome = registrar.process("alice", request("*", seq=4, expires="0"), FLOW, NOW)
    assert (outcome.status, outcome.changed, contacts(registrar)) == (200, "alice", [])


@pytest.mark.parametrize(
    ("contact", "expires"), [("*", None), ("*", "60"), ("*, <sip:a@h>", "0"), ("<tel:+44>", None)]
)
def test_contacts_that_make_no_sense(registrar: Registrar, contact: str, expires: str | None) -> None:
    with pytest.raises(RemoteProtocolError):
        registrar.process("alice", request(contact, expires=expires), FLOW, NOW)


def test_expiry(registrar: Registrar) -> None:
    registrar.process("alice", request("<sip:a@h>;expires=100"), FLOW, NOW)
    registrar.process("alice", request("<sip:a@h>;expires=200", seq=2), FLOW, NOW + 50)
    assert registrar.next_expiry() == NOW + 100
    assert registrar.expire(NOW + 100) == []  # refreshed meanwhile
    assert registrar.expire(NOW + 250) == ["alice"]
    assert registrar.next_expiry() is None
    assert contacts(registrar, NOW + 250) == []


def test_a_closed_flow_takes_what_only_it_could_reach(registrar: Registrar) -> None:
    flow = Address("tcp", "198.51.100.7", 40000)
    registrar.process("alice", request("<sip:a@198.51.100.7:40000;transport=tcp>"), flow, NOW)
    registrar.process("alice", request("<sip:b@h;ob>", call_id="b"), flow, NOW)
    registrar.process("alice", request("<sip:listens@h:5060;transport=tcp>", call_id="c2"), flow, NOW)
    assert registrar.flow_closed(flow, NOW) == ["alice"]
    assert contacts(registrar) == ["sip:listens@h:5060;transport=tcp"]


def test_no_endless_bindings(registrar: Registrar) -> None:
    many = ", ".join(f"<sip:a{number}@h>" for number in range(17))
    assert registrar.process("alice", request(many), FLOW, NOW).status == 403
    assert contacts(registrar) == []


def test_connections_that_end_are_forgotten(registrar: Registrar) -> None:
    flows = [Address("tcp", "198.51.100.7", 40000 + number) for number in range(50)]
    for number, flow in enumerate(flows):
        registrar.process("alice", request("<sip:a@h>", seq=number + 1), flow, NOW)
        registrar.flow_closed(flow, NOW)
    assert registrar._by_connection == {}
    assert contacts(registrar) == ["sip:a@h"]
