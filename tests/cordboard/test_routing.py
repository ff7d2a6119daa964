"""Conditions of overflow rules over the router's facts, and callers who are known again."""

from __future__ import annotations

import pytest

from acd.queue_rules import OverflowFacts
from cordboard.routing import Conditions, recognisable

FACTS = OverflowFacts("c", "sales", 0, 12.0, 4, 3, None, 2, 0, False)


@pytest.mark.parametrize(("expression", "holds"), [
    ("position > 3 and waited_s > 10", True),
    ("agents_available", False),
    ("estimate_s > 60", False),  # nothing is known yet, so it is not said to be long
])  # fmt: skip
def test_expressions_are_asked_of_the_facts(expression: str, holds: bool) -> None:
    assert Conditions()(expression, FACTS) is holds


def test_a_withheld_number_is_nobodys() -> None:
    assert recognisable("020 7946 0000", "GB") == "+442079460000"
    assert recognisable("anonymous", "GB") is None
