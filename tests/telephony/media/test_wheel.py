import itertools
from math import inf

import pytest

from telephony.media.wheel import Wheel


def served(wheel: "Wheel[str]", start: float, end: float, step: float = 0.001) -> list[tuple[float, str]]:
    happened, now = [], start
    while now < end:
        happened += [(now, member) for member in wheel.due(now)]
        now = round(now + step, 6)
    return happened


def test_members_are_spread_over_the_period() -> None:
    wheel: Wheel[str] = Wheel(0.02, 20)
    for number in range(40):
        wheel.add(f"leg{number}", 10.0)
    per_tick = [len(list(wheel.due(10.0 + 0.001 * tick + 1e-6))) for tick in range(20)]
    assert per_tick == [2] * 20


def test_every_member_is_served_once_a_period() -> None:
    wheel: Wheel[str] = Wheel(0.02, 20)
    wheel.add("a", 5.0)
    wheel.add("b", 5.0)
    wheel.add("a", 5.01)  # is there already
    times = [at for at, member in served(wheel, 5.0, 5.2) if member == "a"]
    assert len(times) == 10
    assert [round(b - a, 6) for a, b in itertools.pairwise(times)] == pytest.approx([0.02] * 9, abs=0.0011)


def test_an_empty_wheel_wants_nothing() -> None:
    wheel: Wheel[str] = Wheel(0.02, 20)
    assert wheel.next_at() == inf
    wheel.add("a", 1.0)
    assert wheel.next_at() == 1.0
    wheel.discard("a")
    wheel.discard("a")
    assert wheel.next_at() == inf
    assert list(wheel.due(99.0)) == []


def test_a_short_delay_is_caught_up_and_counted() -> None:
    wheel: Wheel[str] = Wheel(0.02, 20)
    wheel.add("a", 1.0)
    assert list(wheel.due(1.0)) == ["a"]
    assert list(wheel.due(1.0605)) == ["a", "a", "a"]
    assert wheel.late > 50
    assert wheel.latest_s == pytest.approx(0.0595)
    assert wheel.skipped == 0


def test_a_stopped_process_does_not_send_a_flood() -> None:
    wheel: Wheel[str] = Wheel(0.02, 20)
    wheel.add("a", 1.0)
    assert list(wheel.due(1.0)) == ["a"]
    assert len(list(wheel.due(31.0))) <= 1
    assert wheel.skipped > 29_000
    assert wheel.next_at() > 31.0


def test_members_may_leave_while_others_are_served() -> None:
    wheel: Wheel[str] = Wheel(0.02, 1)
    wheel.add("a", 1.0)
    wheel.add("b", 1.0)
    for _ in wheel.due(1.0):
        wheel.discard("a")
        wheel.discard("b")
    assert len(wheel) == 0


def test_slots_come_whole() -> None:
    wheel: Wheel[str] = Wheel(0.02, 2)
    for member in "abc":
        wheel.add(member, 1.0)
    assert list(wheel.due_slots(1.0)) == [("a", "c")]
    assert list(wheel.due_slots(1.02)) == [("b",), ("a", "c")]
    assert set(wheel.members()) == {"a", "b", "c"}
