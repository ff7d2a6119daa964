"""Tokens, quotes, lists, parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.sip.errors import RemoteProtocolError
from telephony.sip.grammar import Parameters, parse_parameters, quote, split_list, unquote


def test_a_list_is_split_outside_of_quotes_and_brackets() -> None:
    assert split_list('"a, \\", b" <sip:x,y@z>;q=1 , <sip:u>,,') == ['"a, \\", b" <sip:x,y@z>;q=1', "<sip:u>"]
    assert split_list("alone") == ["alone"]


@pytest.mark.parametrize("text", ['"open, <sip:a>', "<sip:a, b"])
def test_unbalanced_lists(text: str) -> None:
    with pytest.raises(RemoteProtocolError, match="unbalanced"):
        split_list(text)


def test_parameters_keep_order_and_ignore_case() -> None:
    parameters = parse_parameters(';Tag=x ; lr;a="q;\\"w" ;tag=second')
    assert list(parameters) == ["tag", "lr", "a"]
    assert parameters["TAG"] == "x"
    assert parameters["lr"] is None
    assert parameters["a"] == '"q;\\"w"'
    assert str(parameters) == ';tag=x;lr;a="q;\\"w"'
    assert str(parameters.with_value("LR", "1").without("a")) == ";tag=x;lr=1"
    assert parse_parameters(";") == Parameters()


@pytest.mark.parametrize("text", [";a=b c", "a=b", ';a="open', ";=b", ";a,b"])
def test_broken_parameters(text: str) -> None:
    with pytest.raises(RemoteProtocolError, match="parameters: cannot read"):
        parse_parameters(text)


@given(st.text(max_size=40))
def test_quoting_is_undone(text: str) -> None:
    assert unquote(quote(text)) == text


def test_hostile_values_cost_linear_time() -> None:
    for text in ('"' * 50_000, "<" * 50_000, '\\"' * 25_000 + ",", ";" * 50_000, ";a" * 25_000 + "\x00"):
        for function in (split_list, parse_parameters):
            try:
                function(text)
            except RemoteProtocolError:
                pass
