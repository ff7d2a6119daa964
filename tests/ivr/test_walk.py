"""A walk through a flow, as it reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from callflows.flow import Flow
from ivr.walk import Walk

MENU = """\
main:
  - say: Welcome.
  - menu: Sales or support?
    keys: {1: sales, 2: pin}
    timeout: 5s
    retries: 1
    otherwise: bye
sales:
  - queue: sales
    skills: {billing: 3}
    refused: bye
pin:
  - collect: PIN?
    digits: 4
    into: pin
    masked: true
  - goto: bye
bye:
  - hangup: normal
"""


@pytest.fixture
def walk(flow_of: Callable[[str], Flow]) -> Walk:
    made = Walk(flow_of(MENU))
    lines = made.begin()
    assert [line.split("s  ", 1)[-1] for line in lines] == [
        "flow.yaml:5              say",
        "    you hear: Welcome.",
        "flow.yaml:6              menu",
        "    you hear: Sales or support?",
        "At flow.yaml:6, menu in main.",
    ]
    return made


def test_keys_lead_on_and_the_queue_is_the_walkers_to_play(walk: Walk) -> None:
    assert walk.take("answered") == ["the caller is in no queue"]
    assert walk.take("1")[-1] == "In the queue sales (billing 3): answered, or refused WHY?"
    assert walk.take("")[-1] == "In the queue sales (billing 3): answered, or refused WHY?"
    assert walk.take("refused full")[-1] == "The call is over: normal."
    assert walk.over


def test_an_empty_line_is_silence(walk: Walk) -> None:
    lines = walk.take("")
    assert any("no input" in line for line in lines)
    assert any("you hear: Sales or support?" in line for line in lines)
    assert walk.take("")[-1] == "The call is over: normal."


def test_typing_ahead_and_secrets(walk: Walk) -> None:
    lines = walk.take("24711")
    assert walk.over
    assert not any("4711" in line for line in lines)
    assert "  pin = ***" in walk.take("variables")


def test_time_nonsense_and_hanging_up(walk: Walk) -> None:
    assert "expected a duration" in walk.take("wait long")[0]
    assert walk.take("wait 1s")[-1] == "At flow.yaml:6, menu in main."
    assert "nothing a caller can do" in walk.take("dance")[0]
    assert walk.take("help") == walk.take("?")
    assert walk.take("hang up")[-1] == "The call is over: caller_hung_up."


def test_a_service_that_is_not_given_is_named(flow_of: Callable[[str], Flow]) -> None:
    asking = "main:\n  - http: https://a.example.org/\n    into: found\n    failed: bye\n  - goto: bye\n"
    walk = Walk(flow_of(asking + "bye:\n  - hangup:"))
    lines = walk.begin()
    assert any("nothing answers GET https://a.example.org/" in line for line in lines)
