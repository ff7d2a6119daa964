"""Menus and collect that listen to words: words count as keys, keys go before them."""

from collections.abc import Callable

from ivr.effects import Hangup, Listen, StopListening
from ivr.events import Heard
from tests.ivr.conftest import Line

LineOf = Callable[[str], Line]
MENU = """
main:
- menu: Sales or support?
  keys: {1: [{hangup: busy}], 2: [{hangup: normal}]}
  listen: {1: Sales, 2: [support, get help]}
- hangup: unavailable
"""


def listening(line_of: LineOf, flow: str = MENU) -> tuple[Line, Listen]:
    line = line_of(flow)
    line.arrive()
    (order,) = [effect for effect in line.effects if isinstance(effect, Listen)]
    return line, order


def test_a_phrase_means_its_key(line_of: LineOf) -> None:
    line, order = listening(line_of)
    assert order.phrases == ("sales", "support", "get help")
    done = line.event(Heard(order.listen_id, "get help", 0.9))
    assert done[-2:] == [StopListening(order.listen_id), Hangup("normal")] or Hangup("normal") in done


def test_what_was_not_understood_was_not_said(line_of: LineOf) -> None:
    line, order = listening(line_of)
    assert line.event(Heard(order.listen_id, "support", 0.2)) == []
    assert line.event(Heard(order.listen_id, "", 0.0)) == []
    assert line.event(Heard("another", "support", 1.0)) == []
    assert Hangup("busy") in line.press("1")


def test_it_listens_on_when_it_asks_again(line_of: LineOf) -> None:
    line, order = listening(line_of)
    line.heard_all()
    line.wait(5)
    assert sum(isinstance(effect, Listen) for effect in line.effects) == 1
    assert Hangup("busy") in line.event(Heard(order.listen_id, "sales", 1.0))


def test_digits_are_collected_from_words(line_of: LineOf) -> None:
    line, order = listening(
        line_of, "main:\n- collect: Number?\n  digits: 4\n  into: n\n  listen: true\n- hangup: normal"
    )
    assert order.repeat
    line.event(Heard(order.listen_id, "four seven oh one", 0.8))
    assert line.runner.run.variables["n"] == "4701"
