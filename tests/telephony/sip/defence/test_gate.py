"""The gate: order, refusals, bans, and that it does little work."""

from __future__ import annotations

import dataclasses

import pytest

from telephony.sip.address import Address
from telephony.sip.defence import gate as gate_module
from telephony.sip.defence.gate import Gate, GateConfig
from telephony.sip.defence.networks import Networks, parse_network
from telephony.sip.defence.overload import OverloadLimits
from telephony.sip.defence.refusal import InviteKey
from telephony.sip.defence.sources import Offence, SourceLimits, Sources
from telephony.sip.message import Request
from telephony.sip.parser import parse_message
from tests.telephony.sip.defence.messages import PEER, invite, wire

FREE = dataclasses.replace(SourceLimits(), messages_rate=0.0, calls_rate=0.0)
CONFIG = GateConfig(
    sources=FREE, overload=OverloadLimits(waiting_high=100, waiting_low=20, calm_s=1.0), per_turn=4
)


class Calls:
    """Which INVITEs have a transaction, as the user agent would know it."""

    def __init__(self) -> None:
        self.keys: set[InviteKey] = set()

    def take(self, data: bytes) -> None:
        request = parse_message(data)
        assert isinstance(request, Request)
        self.keys.add(request.server_key)


def gate_with(config: GateConfig = CONFIG, exempt: str | None = None) -> tuple[Gate, Calls]:
    calls = Calls()
    networks = Networks([parse_network(exempt)]) if exempt else Networks()
    return Gate(config, Sources(config.sources, networks), knows_invite=lambda key: key in calls.keys), calls


def methods(batch: list[tuple[bytes, Address]]) -> list[bytes]:
    return [data.split(b" ", 1)[0] for data, _ in batch]


def close_door(gate: Gate) -> None:
    gate.overload.measure(0.0, lag_s=9.0)


def test_what_is_in_progress_goes_first_and_a_turn_is_bounded() -> None:
    gate, _ = gate_with()
    batch = [(invite(n), PEER) for n in range(6)]
    batch += [
        (wire("CANCEL"), PEER),
        (wire("ACK"), PEER),
        (b"SIP/2.0 200 OK\r\n\r\n", PEER),
        (wire("BYE"), PEER),
    ]
    assert methods(gate.received(batch, 0.0)) == [b"ACK", b"SIP/2.0", b"BYE", *[b"INVITE"] * 4]
    assert gate.has_waiting
    assert methods(gate.received([(wire("BYE"), PEER)], 0.0)) == [b"BYE", b"INVITE", b"INVITE", b"CANCEL"]
    assert not gate.has_waiting


def test_new_requests_wait_until_nothing_in_progress_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_module, "_IN_PROGRESS_A_TURN", 3)
    gate, _ = gate_with()
    batch = [(invite(1), PEER), *[(wire("BYE"), PEER)] * 5]
    assert methods(gate.received(batch, 0.0)) == [b"BYE"] * 3
    assert gate.has_waiting
    assert methods(gate.next_turn(0.0)) == [b"BYE", b"BYE", b"INVITE"]
    assert not gate.has_waiting


@pytest.mark.parametrize("method", ["BYE", "OPTIONS"])
def test_of_a_flood_only_so_much_waits_here(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    monkeypatch.setattr(gate_module, "_MOST_WAITING", 50)
    monkeypatch.setattr(gate_module, "_IN_PROGRESS_A_TURN", 3)
    gate, _ = gate_with()
    flood = [(wire(method), PEER)] * 80
    other = [(wire("OPTIONS" if method == "BYE" else "BYE"), PEER)] * 60
    for _ in range(5):
        gate.received(flood + other, 0.0)
        assert len(gate._in_progress) <= 50
        assert len(gate._waiting) <= 50


def test_a_closed_door_refuses_new_calls_and_nothing_else() -> None:
    gate, _ = gate_with()
    close_door(gate)
    batch = [
        (invite(1), PEER),
        (wire("INVITE", to_tag="x"), PEER),
        (wire("BYE"), PEER),
        (wire("REGISTER"), PEER),
    ]
    assert methods(gate.received(batch, 0.0)) == [b"INVITE", b"BYE", b"REGISTER"]
    [(answer, destination)] = gate.answers
    assert answer.startswith(b"SIP/2.0 503 ")
    assert b"Retry-After: 5\r\n" in answer
    assert destination == PEER
    assert gate.counters.overload_refusals == 1


def test_a_repetition_of_an_accepted_call_passes_a_closed_door() -> None:
    gate, calls = gate_with()
    [(data, _)] = gate.received([(invite(1), PEER)], 0.0)
    calls.take(data)
    close_door(gate)
    assert len(gate.received([(invite(1), PEER)], 0.5)) == 1
    assert gate.answers == []


def test_a_repetition_of_a_refused_call_is_refused_when_the_door_is_open_again() -> None:
    gate, _ = gate_with()
    close_door(gate)
    gate.received([(invite(1), PEER)], 0.0)
    gate.overload.measure(0.1, lag_s=0.0)
    gate.overload.measure(1.2, lag_s=0.0)
    assert not gate.overload.is_closed
    assert gate.received([(invite(1), PEER)], 2.0) == []
    assert gate.answers[0] == gate.answers[1]
    assert len(gate.received([(invite(2), PEER)], 2.0)) == 1
    assert len(gate.received([(invite(1), PEER)], 40.0)) == 1  # 64*T1 later it is a new one


def test_a_waiting_call_whose_repetition_was_refused_is_refused_too() -> None:
    gate, _ = gate_with()
    gate.received([(invite(n), PEER) for n in range(6)], 0.0)
    close_door(gate)
    assert gate.received([(invite(5), PEER)], 0.5)[0][0] == invite(4)
    assert len(gate.answers) == 2
    assert gate.answers[0] == gate.answers[1]


def test_a_full_queue_refuses_what_comes_and_takes_calls_again_as_soon_as_one_has_left_it() -> None:
    """Work goes on without a pause: no door is closed, and nobody waits longer than the queue is long."""
    gate, _ = gate_with(dataclasses.replace(CONFIG, queue=10))
    taken = gate.received([(invite(n), PEER) for n in range(20)], 0.0)
    assert (len(taken), len(gate.answers)) == (4, 10)
    gate.received([(invite(n), PEER) for n in range(20, 24)], 0.1)
    assert len(gate.answers) == 10
    assert gate.counters.overload_refusals == 10
    assert not gate.overload.is_closed


def test_too_many_waiting_close_the_door() -> None:
    gate, _ = gate_with()
    gate.received([(invite(n), PEER) for n in range(150)], 0.0)
    assert gate.overload.is_closed
    while gate.has_waiting:
        gate.next_turn(0.1)
    gate.next_turn(0.2)
    gate.next_turn(1.3)
    assert not gate.overload.is_closed
    assert gate.overload.closings == 1


def test_the_ack_of_a_refusal_is_swallowed() -> None:
    gate, _ = gate_with()
    close_door(gate)
    gate.received([(invite(1), PEER)], 0.0)
    tag = parse_message(gate.answers[0][0]).to_tag or ""
    assert gate.received([(wire("ACK", to_tag=tag), PEER)], 0.1) == []


def test_a_source_has_a_rate_of_calls() -> None:
    config = GateConfig(sources=dataclasses.replace(FREE, calls_rate=1.0, calls_burst=3.0))
    gate, _ = gate_with(config)
    assert len(gate.received([(invite(n), PEER) for n in range(5)], 0.0)) == 3
    assert len(gate.answers) == gate.counters.refused_calls == 2
    other = Address("udp", "198.51.100.8", 5060)
    assert len(gate.received([(invite(9), other)], 0.0)) == 1
    trusted, _ = gate_with(config, exempt="198.51.100.0/24")
    assert len(trusted.received([(invite(n), PEER) for n in range(5)], 0.0)) == 5


def test_a_source_has_a_rate_of_messages() -> None:
    gate, _ = gate_with(GateConfig(sources=dataclasses.replace(FREE, messages_rate=10.0, messages_burst=5.0)))
    assert len(gate.received([(wire("OPTIONS"), PEER)] * 20, 0.0)) == 5
    assert gate.counters.dropped_messages == 15
    assert gate.answers == []


@pytest.mark.parametrize("method", ["REGISTER", "OPTIONS", "INVITE", "MESSAGE"])
def test_a_scanner_is_banned_at_its_first_message(method: str) -> None:
    gate, _ = gate_with()
    bans = []
    gate.on_ban = bans.append
    scan = wire(method, extra="User-Agent: friendly-scanner\n")
    assert gate.received([(scan, PEER), (wire("BYE"), PEER)], 0.0) == []
    assert [ban.why for ban in bans] == [Offence.SCANNER]
    assert gate.counters.banned_messages == 1
    assert gate.answers == []  # silence: an answer would say that somebody is there


def test_a_message_of_a_banned_source_is_not_even_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, _ = gate_with()
    gate.offence(PEER.host, Offence.SCANNER, 0.0)
    monkeypatch.setattr("telephony.sip.defence.gate.kind_of", None)
    assert gate.received([(invite(1), PEER)] * 3, 1.0) == []
    assert gate.counters.banned_messages == 3


def test_refused_calls_are_remembered_in_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.sip.defence.gate._REFUSED_REMEMBERED", 100)
    gate, _ = gate_with()
    close_door(gate)
    for n in range(500):
        gate.received([(invite(n), PEER)], 0.0)
    assert len(gate._refused) == 100
