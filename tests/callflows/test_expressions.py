"""Expressions: what they may do, what the sandbox keeps from them, how they fail."""

from typing import Any

import pytest

from callflows.expressions import Assigned, Expression, ExpressionError, Template

VARIABLES: dict[str, Any] = {"name": "Ann", "n": 3, "items": [1, 2], "who": {"tier": "gold"}, "text": "x"}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hello.", "Hello."),
        ("Hello {{ name }}.", "Hello Ann."),
        ("{% if n > 2 %}many{% else %}few{% endif %}", "many"),
        ("{{ who.tier | upper }} {{ items[0] }}", "GOLD 1"),
        ("{{ '12' | digits }}", "1, 2"),
        ("{{ 12.5 | money }}", "12 euros and 50 cents"),
        ("{{ 1 | money('GBP') }}, {{ -0.01 | money('USD') }}", "1 pound, minus 0 dollars and 1 cent"),
        ("{{ '2026-03-14' | date }}", "14 March 2026"),
        ("{{ '123456' | last_digits }}", "3456"),
    ],
)
def test_texts(source: str, text: str) -> None:
    assert Template(source).render(VARIABLES) == text


def test_the_names_that_an_expression_uses() -> None:
    assert Template("{{ a }} {{ b.c }} {% for i in d %}{{ i }}{% endfor %}").names == {"a", "b", "d"}
    assert Expression("x in range(n)").names == {"x", "n", "range"}
    assert Template("none").names == frozenset()
    assert Template("none").is_static


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("n + 1", 4),
        ("name == 'Ann' and n > 1", True),
        ("items", [1, 2]),
        ("who.tier", "gold"),
        (True, True),
        (5, 5),
    ],
)
def test_expressions(source: object, value: object) -> None:
    assert Expression(source).evaluate(VARIABLES) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("plain", "plain"),
        (5, 5),
        ([1, {"a": None}], [1, {"a": None}]),
        ("{{ n + 1 }}", 4),
        ("{{ n }}{{ n }}", "33"),
        ("n is {{ n }}", "n is 3"),
        ("{{ items | map('string') | list }}", ["1", "2"]),
        ("{{ range(3) }}", [0, 1, 2]),
    ],
)
def test_what_a_variable_is_given(source: object, value: object) -> None:
    assert Assigned(source).evaluate(VARIABLES) == value


@pytest.mark.parametrize(
    "source",
    [
        "missing",
        "missing.attribute",
        "1 / 0",
        "name + n",
        "who.nothing.more",
        "name.__class__",
        "name.__class__.__mro__",
        "items.append(3)",
        "''.join.__globals__",
        "name * 1000000000",
        "9 ** 99999",
        "[0] * 999999999",
        "range(10 ** 8) | list",
        "n | date",
        "n | money('XYZ')",
        "range",
        "'%s' | format",
    ],
)
def test_what_goes_wrong_is_an_expression_error_and_nothing_else(source: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(source).evaluate(VARIABLES)
    with pytest.raises(ExpressionError):
        Assigned("{{ " + source + " }}").evaluate(VARIABLES)


def test_a_text_with_a_missing_name_fails() -> None:
    with pytest.raises(ExpressionError, match="'missing' is undefined"):
        Template("Hello {{ missing }}").render({})


def test_texts_have_an_end() -> None:
    assert len(Template("{% for i in range(9999) %}xxxx{% endfor %}").render({})) == 10_000


@pytest.mark.parametrize("source", ["", "  ", None, [], "a b", "{{ a }}", "a |", "a | nofilter", "import os"])
def test_what_is_not_an_expression(source: object) -> None:
    with pytest.raises(ValueError, match=r"expect|expression"):
        Expression(source)


def test_a_random_choice_is_not_offered() -> None:
    with pytest.raises(ValueError, match="no filter named 'random'"):
        Expression("items | random")
