"""The example of the documentation, walked in all of its branches by a simulated caller."""

from pathlib import Path

import pytest

from callflows.flow import load_flow
from ivr.effects import JoinQueue
from ivr.simulated_caller import Experience, SimulatedCaller

FLOW = load_flow(Path(__file__).parents[1] / "snapshots" / "flows" / "acme.yaml")
WELCOME = "Thank you for calling Acme."
MENU = "For sales press 1. For support press 2."
NUMBER = "Please enter your customer number, then press hash."
SALES, SUPPORT = JoinQueue("sales"), JoinQueue("support", {"billing": 3})


def call(*actions: tuple[float, str], outcome: str = "answered") -> Experience:
    return SimulatedCaller(FLOW, queue_outcome=lambda _: (outcome, 30.0)).play_out(actions)


@pytest.mark.parametrize(
    ("actions", "texts", "queue"),
    [
        ([(6.0, "1")], [WELCOME, MENU], SALES),
        ([(0.5, "1")], [WELCOME], SALES),
        ([(6.0, "2"), (5.0, "1234#")], [WELCOME, MENU, NUMBER], SUPPORT),
        ([(0.5, "212345678#")], [WELCOME, NUMBER], SUPPORT),
        ([], [WELCOME, MENU, MENU, MENU, NUMBER, NUMBER, NUMBER], SUPPORT),
        ([(3.0, "7"), (1.0, "8"), (1.0, "9"), (1.0, "12345")], [WELCOME, MENU, MENU, MENU, NUMBER], SUPPORT),
    ],
)
def test_every_branch(actions: list[tuple[float, str]], texts: list[str], queue: JoinQueue) -> None:
    went = call(*actions)
    assert went.texts == texts
    assert went.queues == [queue]
    assert went.hangup == "normal"
    assert went.path[-1] == queue.queue


@pytest.mark.parametrize("actions", [[(6.0, "1")], [(6.0, "2"), (5.0, "1234#")]])
def test_a_queue_that_refuses_ends_the_call(actions: list[tuple[float, str]]) -> None:
    assert call(*actions, outcome="full").hangup == "normal"


def test_a_caller_who_hangs_up_is_in_no_queue() -> None:
    went = call((0.5, "hang up"))
    assert went.queues == []
    assert went.hangup is None


def test_ten_minutes_of_silence_take_no_time() -> None:
    caller = SimulatedCaller(FLOW)
    caller.call()
    caller.wait(600.0)
    assert caller.now == 600.0
    assert caller.over
