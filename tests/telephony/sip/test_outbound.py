"""Flows and instances in registrations (RFC 5626, 5627)."""

from __future__ import annotations

import itertools

import pytest

from telephony.sip.address import Address
from telephony.sip.events import BindingsChanged, IncomingCall, Registered
from telephony.sip.grammar import unquote
from telephony.sip.headers import parse_addresses
from telephony.sip.message import Request
from telephony.sip.outbound import is_translated, without_flow
from telephony.sip.registrar import Registrar
from telephony.sip.temporary_gruu import TemporaryGruus
from telephony.sip.uri import SipUri
from tests.telephony.sip.kit import Network, Passwords

URN = "urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF"
FLOW = Address("tcp", "198.51.100.7", 40000)
OTHER = Address("tcp", "198.51.100.7", 40001)
NOW = 1000.0


def register(
    reg_id: int | None,
    *,
    seq: int = 1,
    contact: str = "<sip:a@10.0.0.1>",
    supported: str = "outbound, gruu",
    instance: str = f"<{URN}>",
    vias: int = 1,
    path: str | None = None,
) -> Request:
    flow = f";reg-id={reg_id}" if reg_id is not None else ""
    fields = [("Via", f"SIP/2.0/TCP 10.0.0.{n};branch=z9hG4bK{n}") for n in range(vias)]
    fields += [
        ("To", "<sip:alice@example.com>"),
        ("Call-ID", f"c{reg_id}"),
        ("CSeq", f"{seq} REGISTER"),
        ("Supported", supported),
        ("Contact", f'{contact};+sip.instance="{instance}"{flow}'),
    ]
    if path is not None:
        fields.append(("Path", path))
    return Request("REGISTER", "sip:example.com", fields)


def test_each_flow_of_a_phone_is_a_binding_and_a_new_one_replaces_its_own() -> None:
    registrar = Registrar()
    outcome = registrar.process("alice", register(1), FLOW, NOW)
    assert ("Require", "outbound") in outcome.fields
    assert ("Flow-Timer", "120") in outcome.fields
    registrar.process("alice", register(2), OTHER, NOW)
    assert [binding.flow for binding in registrar.bindings("alice", NOW)] == [OTHER, FLOW]
    moved = Address("tcp", "203.0.113.9", 5)
    registrar.process("alice", register(1, seq=2, contact="<sip:a@10.0.0.77>"), moved, NOW)
    assert [binding.flow for binding in registrar.bindings("alice", NOW)] == [moved, OTHER]


def test_a_flow_that_ends_takes_its_binding_and_leaves_the_others() -> None:
    registrar = Registrar()
    registrar.process("alice", register(1), FLOW, NOW)
    registrar.process("alice", register(2), OTHER, NOW)
    assert registrar.flow_closed(FLOW, NOW) == ["alice"]
    assert [binding.reg_id for binding in registrar.bindings("alice", NOW)] == [2]


@pytest.mark.parametrize(("options", "why"), [
    ({"supported": "path"}, "the phone does not know outbound"),
    ({"instance": "<urn:nonsense>"}, "no instance"),
    ({"instance": '<urn:x:"><sip:evil>'.replace('"', "%22")}, "an instance that would break a Contact"),
])  # fmt: skip
def test_without_outbound_bindings_go_by_contact(options: dict[str, str], why: str) -> None:
    registrar = Registrar()
    for number, flow in ((1, FLOW), (2, OTHER)):
        outcome = registrar.process("alice", register(number, **options), flow, NOW)  # type: ignore[arg-type]
        assert ("Require", "outbound") not in outcome.fields
    assert len(registrar.bindings("alice", NOW)) == 1, why


@pytest.mark.parametrize(("path", "status"), [
    (None, 439), ("<sip:edge.example.com;lr>", 439), ("<sip:edge.example.com;lr;ob>", 200),
])  # fmt: skip
def test_a_proxy_on_the_way_must_keep_flows(path: str | None, status: int) -> None:
    assert Registrar().process("alice", register(1, vias=2, path=path), FLOW, NOW).status == status


def test_a_gruu_names_one_phone() -> None:
    registrar = Registrar()
    outcome = registrar.process("alice", register(1), FLOW, NOW)
    [contact] = [value for name, value in outcome.fields if name == "Contact"]
    gruu = f"sip:alice@example.com;gr={URN}"
    assert f'pub-gruu="{gruu}"' in contact
    assert f'+sip.instance="<{URN}>";reg-id=1' in contact
    binding = registrar.by_gruu(SipUri.parse(gruu), NOW)
    assert binding is not None
    assert binding.flow == FLOW
    assert registrar.by_gruu(SipUri.parse("sip:alice@example.com;gr=urn:uuid:other"), NOW) is None
    assert registrar.by_gruu(SipUri.parse("sip:alice@example.com"), NOW) is None


def temporaries(registrar: Registrar, request: Request) -> list[SipUri]:
    outcome = registrar.process("alice", request, FLOW, NOW)
    contacts = parse_addresses([value for name, value in outcome.fields if name == "Contact"])
    return [SipUri.parse(unquote(each.parameters["temp-gruu"] or "")) for each in contacts]


def test_temporary_gruus_name_the_phone_until_its_registration_begins_anew() -> None:
    registrar = Registrar(temporary=TemporaryGruus(bytes(32), map(str, itertools.count()).__next__))
    [first] = temporaries(registrar, register(1, seq=1))
    [second] = temporaries(registrar, register(1, seq=2))
    assert first != second
    for each in (first, second):
        assert each.host == "example.com"
        assert "alice" not in str(each)
        binding = registrar.by_gruu(each, NOW)
        assert binding is not None
        assert binding.aor == "alice"
    assert registrar.by_gruu(first, NOW + 3601) is None
    again = register(1, seq=1)
    again = Request(again.method, again.uri_text, [
        (name, "another" if name == "Call-ID" else value) for name, value in again.fields
    ])  # fmt: skip
    [third] = temporaries(registrar, again)
    assert registrar.by_gruu(first, NOW) is None
    assert registrar.by_gruu(third, NOW) is not None


def test_a_temporary_gruu_outlives_the_process() -> None:
    ids = map(str, itertools.count()).__next__
    registrar = Registrar(temporary=TemporaryGruus(b"k" * 32, ids))
    [gruu] = temporaries(registrar, register(1))
    after = Registrar(temporary=TemporaryGruus(b"k" * 32, ids))
    after.read(registrar.write(NOW), 5.0, NOW)
    assert after.by_gruu(gruu, NOW) is not None
    stranger = Registrar(temporary=TemporaryGruus(b"x" * 32, ids))
    stranger.read(registrar.write(NOW), 5.0, NOW)
    assert stranger.by_gruu(gruu, NOW) is None


def test_a_phone_that_does_not_know_gruu_gets_none() -> None:
    outcome = Registrar().process("alice", register(1, supported="outbound"), FLOW, NOW)
    assert "gruu=" not in str(outcome.fields)


@pytest.mark.parametrize(("contact", "flow", "reached"), [
    ("sip:a@b.invalid;transport=ws", Address("ws", "198.51.100.7", 4), None),
    ("sip:a@b.invalid;transport=tcp", FLOW, None),
    ("sip:a@10.0.0.1:5060;transport=tcp", FLOW, None),  # behind NAT
    ("sip:a@198.51.100.7:40000;transport=tcp", FLOW, None),  # the connection's own far end
    ("sip:a@198.51.100.7:5060;transport=tcp", FLOW, Address("tcp", "198.51.100.7", 5060)),
    ("sip:a@phone.example.com:5060;transport=tcp", FLOW, Address("tcp", "phone.example.com", 5060)),
])  # fmt: skip
def test_what_is_reached_without_its_flow(contact: str, flow: Address, reached: Address | None) -> None:
    assert without_flow(SipUri.parse(contact), flow) == reached


def test_a_binding_that_survives_its_connection_is_reached_by_its_contact() -> None:
    registrar = Registrar()
    request = register(None, contact="<sip:a@198.51.100.7:5060;transport=tcp>")
    registrar.process("alice", request, FLOW, NOW)
    assert registrar.flow_closed(FLOW, NOW) == ["alice"]
    [binding] = registrar.bindings("alice", NOW)
    assert binding.flow == Address("tcp", "198.51.100.7", 5060)


def test_translation_is_noticed_and_named_for_keep_alives() -> None:
    nat = Address("udp", "198.51.100.7", 40000)
    assert is_translated(SipUri.parse("sip:a@10.0.0.1"), nat)
    assert not is_translated(SipUri.parse("sip:a@198.51.100.7:40000"), nat)
    registrar = Registrar()
    registrar.process("alice", register(None), nat, NOW)
    assert registrar.translated_flows() == {nat}
    registrar.process("bob", register(None), FLOW, NOW)
    assert registrar.translated_flows() == {nat}


def test_a_call_to_a_gruu_rings_that_phone() -> None:
    network = Network()
    server = network.node("10.0.0.2", passwords=Passwords(alice="secret"))
    phone = network.node("10.0.0.1")
    aor = SipUri.parse("sip:alice@10.0.0.2")
    phone.user_agent.register(server.address, aor, "alice", "secret", network.now)
    network.roundtrip()
    assert phone.of(Registered)
    entry = server.user_agent.registrar._entries["alice"][0]
    # The phone's own side of outbound is not here to be asked for: its binding is given an instance.
    from dataclasses import replace

    entry.binding = replace(entry.binding, instance=URN)
    gruu = SipUri.parse(f"sip:alice@example.com;gr={URN}")
    from telephony.sip.headers import NameAddr

    server.user_agent.invite(gruu, network.now, body=b"", from_=NameAddr(aor), to=NameAddr(gruu))
    network.roundtrip()
    assert phone.last(IncomingCall).request.uri.host == "10.0.0.1"
    assert server.of(BindingsChanged)
