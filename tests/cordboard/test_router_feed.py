"""Events one at a time, whatever carrying out their effects brings about."""

from __future__ import annotations

from typing import Any

import pytest

from acd.events import ContactLeft, ContactQueued, Event
from cordboard.router_feed import RouterFeed


class Router:
    """Answers each event with its contact's name; wants no tick."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def handle(self, event: Any, now: float) -> list[str]:
        del now
        self.heard.append(event.contact)
        return [event.contact, f"{event.contact}, again"]

    def next_deadline(self) -> float | None:
        return None


def queued(contact: str) -> Event:
    return ContactQueued(contact, "sales")


def test_what_comes_of_an_effect_waits_until_all_effects_are_carried_out() -> None:
    router, said = Router(), []

    def carry_out(effect: Any) -> None:
        said.append(effect)
        if effect == "a":
            feed.feed(ContactLeft("b"))

    feed = RouterFeed(router, carry_out)  # type: ignore[arg-type]
    feed.feed(queued("a"))
    assert said == ["a", "a, again", "b", "b, again"]


def test_a_defect_in_one_effect_does_not_stop_the_events_after_it() -> None:
    router, said = Router(), []

    def carry_out(effect: Any) -> None:
        if effect == "a":
            raise RuntimeError("a defect")
        said.append(effect)

    feed = RouterFeed(router, carry_out)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        feed.feed(queued("a"))
    feed.feed(queued("b"))
    assert router.heard == ["a", "b"]
    assert said == ["b", "b, again"]
