"""Each strategy through the router: who is rung, in which order."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest

from acd.effects import Connect
from acd.events import OfferAccepted
from acd.load import FORGETTING_S, Load
from acd.model import Agent, Presence, Queue, Strategy
from tests.acd.centre import Centre, agents, cancelled, moves, of_type, offered


def serve(centre: Centre, contact: str, talk_s: float = 10.0, queue: str = "q") -> str:
    """One whole contact; who had it."""
    [(_, agent)] = offered(centre.call(contact, queue))
    centre.accept(agent)
    centre.wait(talk_s)
    centre.end(contact)
    return agent


def test_most_skilled_in_what_is_asked_then_longest_idle() -> None:
    staff = [
        Agent("one", "", {"tax": 5, "german": 10}, ("q",)),
        Agent("two", "", {"tax": 9}, ("q",)),
        Agent("three", "", {"tax": 9}, ("q",)),
    ]
    centre = Centre([Queue("q", skills={"tax": 3}, strategy=Strategy.MOST_SKILLED)], staff)
    centre.log_in("one", "three", "two")
    assert offered(centre.call("c1")) == [("c1", "three")]
    assert offered(centre.call("c2")) == [("c2", "two")]
    assert offered(centre.call("c3", german=1)) == [("c3", "one")]


def test_least_occupied_lately() -> None:
    centre = Centre([Queue("q", strategy=Strategy.LEAST_OCCUPIED)], agents("ann", "bob"))
    centre.log_in("ann", "bob")
    assert serve(centre, "c1", talk_s=600) == "ann"
    assert serve(centre, "c2", talk_s=60) == "bob"
    assert serve(centre, "c3", talk_s=60) == "bob", "longest idle would be ann"
    assert centre.router.floor.agents["ann"].load.share > centre.router.floor.agents["bob"].load.share


def test_round_robin_goes_round_in_the_order_of_configuration_however_long_each_talks() -> None:
    centre = Centre([Queue("q", strategy=Strategy.ROUND_ROBIN, ring_timeout_s=900)], agents("a", "b", "c"))
    centre.log_in("c", "b", "a")
    assert [serve(centre, f"c{n}") for n in range(7)] == ["a", "b", "c", "a", "b", "c", "a"]
    centre.call("long")
    assert centre.presence("b") is Presence.RINGING
    assert [serve(centre, f"d{n}") for n in range(4)] == ["c", "a", "c", "a"]
    centre.hang_up("long")


def test_random_by_weight_is_in_proportion_and_repeatable() -> None:
    def run(seed: int) -> list[str]:
        staff = [Agent("one", "", {}, ("q",), True, 1.0), Agent("three", "", {}, ("q",), True, 3.0)]
        queue = Queue("q", strategy=Strategy.RANDOM)
        centre = Centre([queue], staff, random=random.Random(seed).random)
        return [serve(centre, f"c{n}", talk_s=1) for n in range(4000)]

    counts = Counter(run(1))
    assert counts["three"] == pytest.approx(3000, abs=5 * math.sqrt(4000 * 0.25 * 0.75))
    assert run(2) == run(2)


def test_random_needs_a_source_of_chance() -> None:
    with pytest.raises(ValueError, match="no source of chance"):
        Centre([Queue("q", strategy=Strategy.RANDOM)], [])


@pytest.fixture
def together() -> Centre:
    centre = Centre([Queue("q", ring_width=2, ring_timeout_s=10)], agents("ann", "bob", "cid"))
    centre.log_in("ann", "bob", "cid")
    return centre


def test_ring_several_first_wins_and_losers_are_not_counted_as_missed(together: Centre) -> None:
    assert offered(together.call("c1")) == [("c1", "ann"), ("c1", "bob")]
    effects = together.accept("bob")
    assert cancelled(effects) == [("ann", "answered by another agent")]
    assert len(of_type(effects, Connect)) == 1
    assert moves(effects) == [("bob", Presence.ON_CONTACT), ("ann", Presence.AVAILABLE)]
    ann = together.router.agents_view(together.now)[0]
    assert (ann.missed, ann.refused) == (0, 0)
    assert offered(together.call("c2"))[0] == ("c2", "ann"), "nor does it cost the idle time"


def test_two_agents_answer_one_caller(together: Centre) -> None:
    """asterisk#176: both phones are picked up at once; one talks, the other is let go."""
    together.call("c1")
    loser = together.offer_to("ann").id
    together.accept("bob")
    effects = together.feed(OfferAccepted(loser))
    assert cancelled(effects) == [("ann", "too late: withdrawn")]
    assert together.presence("ann") is Presence.AVAILABLE


def test_first_of_several_ringing_agents_drops_out(together: Centre) -> None:
    """asterisk#1557: the others ring on, and a third takes the place of the one who dropped."""
    together.call("c1")
    effects = together.refuse("ann")
    assert offered(effects) == [("c1", "cid")]
    assert together.presence("bob") is Presence.RINGING
    assert len(of_type(together.accept("bob"), Connect)) == 1
    assert together.presence("cid") is Presence.AVAILABLE


def test_an_agent_who_becomes_free_joins_the_ringing(together: Centre) -> None:
    together.call("c1"), together.call("c2")
    assert together.presence("cid") is Presence.RINGING
    assert offered(together.accept("ann")) == [("c2", "bob")]


def test_caller_who_hangs_up_silences_all_phones(together: Centre) -> None:
    together.call("c1")
    assert {agent for agent, _ in cancelled(together.hang_up("c1"))} == {"ann", "bob"}


def test_load_forgets_and_saturates() -> None:
    load = Load(0.0, FORGETTING_S)
    load.turn(True, 0.0)
    load.turn(False, FORGETTING_S)
    assert load.share == pytest.approx(1 - math.exp(-1))
    load.turn(True, 2 * FORGETTING_S)
    assert load.share == pytest.approx((1 - math.exp(-1)) * math.exp(-1))
    load.turn(False, 100 * FORGETTING_S)
    assert load.share == pytest.approx(1.0)
