"""A day with everything in it: shifts, paperwork, slow phones, ladders, overflow, callbacks of both modes, queues that
close. The invariants hold throughout, and everybody who came is counted once.
"""

from __future__ import annotations

import random
from itertools import count

import pytest

from acd.effects import Effect
from acd.events import Event, QueueClosed, QueueOpened
from acd.invariants import violations
from acd.model import Agent, Queue, RouterPolicy, Rung
from acd.queue_rules import (
    Announcements,
    CallbackMode,
    CallbackRules,
    OverflowRule,
    OverflowTarget,
    OverflowTo,
    OverflowWhen,
)
from acd.simulation.distributions import Distribution, Shape
from acd.simulation.run import Simulation
from acd.simulation.workload import Arrivals, CallbackHabits, Shift, in_order

HABITS = CallbackHabits(offered_after_s=40, taken=0.4, reached=0.6, branches=frozenset({"call me"}))


def queues(mode: CallbackMode) -> list[Queue]:
    rules = CallbackRules(mode, answer_s=15, max_attempts=2, retry_s=60, expires_s=3600)
    crowded = OverflowRule("crowded", OverflowWhen.SIZE, OverflowTarget(OverflowTo.FLOW, "call me"), 12)
    late = OverflowRule("late", OverflowWhen.WAITED, OverflowTarget(OverflowTo.QUEUE, "b"), 50)
    empty = OverflowRule("empty", OverflowWhen.NO_AGENTS, OverflowTarget(OverflowTo.VOICEMAIL))
    ladder = (Rung(20, {"tax": 2}), Rung(60, {"tax": 0}, join=("b",), priority=1))
    return [
        Queue("a", skills={"tax": 4}, ladder=ladder, wrap_up_s=10, overflow=(crowded, late), callbacks=rules),
        Queue("b", ring_timeout_s=3, max_wait_s=200, ring_width=2, overflow=(empty,), callbacks=rules,
              announcements=Announcements(10, 20)),
    ]  # fmt: skip


@pytest.mark.parametrize("mode", CallbackMode)
@pytest.mark.parametrize("seed", range(3))
def test_invariants_hold_and_everybody_is_counted_once(mode: CallbackMode, seed: int) -> None:
    chance = random.Random(seed)
    talk, patience = Distribution(Shape.LOGNORMAL, 60, 0.8), Distribution(Shape.EXPONENTIAL, 90)
    wrap_up = Distribution(Shape.EXPONENTIAL, 8)
    days = [Arrivals(name, (60, 90, 30), talk, patience, {}, 0, wrap_up) for name in ("a", "b")]
    people = [Agent(f"p{n}", "", {"tax": n}, ("a", "b")) for n in range(1, 8)]
    shifts = [Shift(each.id, 60.0 * n, 2000.0 + 100 * n) for n, each in enumerate(people)]
    simulation = Simulation(
        queues(mode),
        people,
        in_order(day.contacts(random.Random(f"{seed} {day.queue}")) for day in days),
        chance,
        shifts=shifts,
        told=[(1000.0, QueueClosed("a")), (1300.0, QueueOpened("a"))],
        callbacks=HABITS,
        answer_s=2.0,
        policy=RouterPolicy(priority_step_s=30),
    )
    handle, events = simulation.router.handle, count()

    def checked(event: Event, now: float) -> list[Effect]:
        effects = handle(event, now)
        if next(events) % 5 == 0:
            assert violations(simulation.router) == []
        return effects

    simulation.router.handle = checked  # type: ignore[method-assign]
    result = simulation.run()
    diverted = [each.overflowed for each in result.queues.values()]
    assert result.contacts > 250
    assert min(result.answered, result.abandoned, result.refused, result.callbacks_served) > 0
    assert result.callbacks > result.callbacks_served, "some are never reached"
    gone = result.answered + result.abandoned + result.refused + result.callbacks
    assert gone <= result.contacts <= gone + sum(diverted), "what overflowed may have become a callback"
    assert 0 < result.occupancy <= 1
    floor = simulation.router.floor
    assert not floor.tickets
    assert not any(floor.waiting.values())
