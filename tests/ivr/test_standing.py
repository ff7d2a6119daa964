"""How somebody stands in line, for a flow that says itself what is heard there."""

from collections.abc import Callable

import pytest

from callflows.values import Value
from ivr.effects import AskStanding
from ivr.events import Reply
from tests.ivr.conftest import Line

LineOf = Callable[[str], Line]
FLOW = """
main:
- queue: support
  while_waiting: waiting
- hangup: congestion
waiting:
- standing: place
  minutes: minutes
- say: "{{ place }} of many, {{ minutes }} minutes."
- music: 30s
"""


def asked(line: Line) -> AskStanding:
    return [effect for effect in line.effects if isinstance(effect, AskStanding)][-1]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"position": 4, "wait_s": 130.0}, "4 of many, 2 minutes."),
        ({"position": 1, "wait_s": 20.0}, "1 of many, 0 minutes."),
        ({"position": 2, "wait_s": None}, "2 of many, None minutes."),
    ],
)
def test_the_answer_is_kept_in_the_variables(line_of: LineOf, value: Value, said: str) -> None:
    line = line_of(FLOW)
    line.arrive()
    line.event(Reply(asked(line).request_id, value))
    assert line.said[-1] == said


def test_who_hears_nothing_goes_on_with_null(line_of: LineOf) -> None:
    line = line_of(FLOW)
    line.arrive()
    line.wait(5)
    assert line.said[-1] == "None of many, None minutes."


def test_it_is_asked_anew_in_every_round(line_of: LineOf) -> None:
    line = line_of(FLOW)
    line.arrive()
    for place in (3, 2, 1):
        line.event(Reply(asked(line).request_id, {"position": place, "wait_s": None}))
        assert line.said[-1].startswith(str(place))
        line.heard_all()
        line.wait(30)
