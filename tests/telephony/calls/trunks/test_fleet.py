"""All trunks: in, out, checked."""

from __future__ import annotations

from telephony.calls.trunks.fleet import Check, Fleet, Register
from telephony.calls.trunks.health import State
from telephony.calls.trunks.model import HealthRule
from tests.telephony.calls.trunks.made import trunk

NUMBER = "+442079460000"


def names(fleet: Fleet, number: str = NUMBER) -> list[str]:
    return [line.trunk.name for line in fleet.candidates(number)]


def silence(fleet: Fleet, name: str, times: int = 3) -> None:
    for _ in range(times):
        fleet.answered(name, 408, 0.0)


def test_prefix_then_priority_then_the_emptiest() -> None:
    fleet = Fleet(
        [trunk("any"), trunk("uk", "+44*"), trunk("spare", "+44*", priority=2), trunk("uk2", "+44*")], 0.0
    )
    assert names(fleet) == ["uk", "uk2", "spare", "any"]
    assert names(fleet, "+33142685300") == ["any"]
    assert fleet.take_out("uk", 0.0)
    assert names(fleet) == ["uk2", "uk", "spare", "any"]


def test_a_dead_trunk_is_left_out_and_comes_back() -> None:
    fleet = Fleet([trunk("a"), trunk("b")], 0.0)
    silence(fleet, "a")
    assert fleet.lines["a"].health.state is State.DOWN
    assert names(fleet) == ["b"]
    assert not fleet.answered("a", 200, 1.0)
    assert fleet.answered("a", 405, 2.0)
    assert names(fleet) == ["a", "b"]


def test_a_trunk_that_registers_is_used_while_its_registration_stands() -> None:
    fleet = Fleet([trunk("a", register=True)], 0.0)
    assert list(fleet.orders) == [Register(fleet.lines["a"].trunk)]
    assert names(fleet) == []
    fleet.registered("a")
    assert names(fleet) == ["a"]
    fleet.registration_failed("a", 403)
    assert names(fleet) == []
    assert fleet.lines["a"].registration_status == 403


def test_full_trunks_are_passed_over() -> None:
    fleet = Fleet([trunk("a", max_calls=1), trunk("b")], 0.0)
    assert fleet.take_out("a", 0.0)
    assert names(fleet) == ["b"]
    assert not fleet.take_out("a", 0.0)
    fleet.release("a")
    assert names(fleet)[0] == "a"


def test_who_calls() -> None:
    fleet = Fleet([trunk("a", networks=("203.0.113.0/24",)), trunk("b")], 0.0)
    fleet.resolved("b", ["198.51.100.1", "198.51.100.2"])
    found = {host: fleet.line_at(host) for host in ("203.0.113.9", "198.51.100.2", "b.example", "192.0.2.1")}
    assert [line.trunk.name if line else None for line in found.values()] == ["a", "b", "b", None]


def test_a_call_in_takes_a_place_on_a_trunk_in_any_state() -> None:
    fleet = Fleet([trunk("a", max_calls=1)], 0.0)
    silence(fleet, "a")
    line = fleet.lines["a"]
    assert fleet.take_in(line, 0.0) is None
    full = fleet.take_in(line, 0.0)
    assert full is not None
    assert full.status == 486
    assert line.calls_in == 1


def test_checks_are_ordered_when_due() -> None:
    fleet = Fleet(
        [trunk("a", health=HealthRule(every_s=10.0)), trunk("b", health=HealthRule(every_s=0.0))], 100.0
    )
    fleet.handle_timer(100.0)
    assert list(fleet.orders) == [Check(fleet.lines["a"].trunk)]
    assert fleet.next_timer() == 110.0
    fleet.handle_timer(109.0)
    assert len(fleet.orders) == 1
    assert Fleet([], 0.0).next_timer() is None


def test_calls_that_meet_silence_take_a_trunk_out_too() -> None:
    fleet = Fleet([trunk("a")], 0.0)
    assert [fleet.failed("a", status, 0.0) for status in (408, 486, 408, 408)] == [False, False, False, True]
    assert fleet.lines["a"].failed_out == 4


def test_a_trunk_that_is_named_carries_any_number_while_it_lives_and_has_room() -> None:
    fleet = Fleet([trunk("uk", "+44*", max_calls=1), trunk("any")], 0.0)
    assert [line.trunk.name for line in fleet.named("uk")] == ["uk"]
    assert fleet.named("none") == []
    assert fleet.take_out("uk", 0.0)
    assert fleet.named("uk") == []


def test_calls_of_a_process_before_this_one_have_their_places() -> None:
    fleet = Fleet([trunk("a")], 0.0)
    assert fleet.take_up("a")
    assert not fleet.take_up("gone")
    assert fleet.lines["a"].capacity.calls == 1
    fleet.release("a")
    assert fleet.lines["a"].capacity.calls == 0
