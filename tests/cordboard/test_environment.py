"""References to the environment in a configuration."""

from __future__ import annotations

from pathlib import Path

from callflows.source import parse_document
from cordboard.environment import fill_in


def filled(text: str, **environment: str) -> object:
    document, problems = fill_in(parse_document(Path("cordboard.yaml"), text), environment)
    assert problems == []
    return document.value


def test_a_name_that_is_set_is_filled_in_and_a_whole_number_stays_one() -> None:
    assert filled("count: ${N:-4}", N="12") == {"count": 12}


def test_the_default_is_taken_when_the_name_is_not_set() -> None:
    assert filled("- count: ${N:-4}\n  host: a-${H:-b}-c") == [{"count": 4, "host": "a-b-c"}]


def test_a_number_inside_of_text_stays_text() -> None:
    assert filled("user: agent${N}", N="12") == {"user": "agent12"}


def test_a_name_without_value_or_default_is_a_mistake_at_its_place() -> None:
    text = "name: x\nagents:\n  alice: {password: '$" + "{SECRET}'}\n"
    _, problems = fill_in(parse_document(Path("cordboard.yaml"), text), {})
    assert [(p.line, p.column, p.message) for p in problems] == [
        (3, 21, "the environment variable SECRET is not set")
    ]
