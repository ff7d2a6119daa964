"""Relaxation while waiting, agents asked for by name, and the order of contacts with and without aging."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.effects import OfferAgent
from acd.events import AgentLoggedIn, AgentLoggedOut, ContactQueued
from acd.model import Agent, Contact, Presence, Queue, RouterPolicy, Rung
from acd.ordering import score
from tests.acd.centre import Centre, agents, of_type, offered

LADDER = (Rung(10, {"tax": 4}), Rung(20, {"tax": 0, "german": 1}), Rung(30, join=("other",), priority=5))


def staffed(*ids: str) -> Centre:
    staff = [
        Agent("expert", "", {"tax": 9, "german": 9}, ("q",)),
        Agent("middling", "", {"tax": 4, "german": 9}, ("q",)),
        Agent("german", "", {"german": 1}, ("q",)),
        Agent("neighbour", "", {"german": 5}, ("other",)),
    ]
    centre = Centre([Queue("q", skills={"tax": 8}, ladder=LADDER, ring_timeout_s=900), Queue("other")], staff)
    centre.log_in(*ids)
    return centre


def test_levels_fall_skills_drop_and_groups_join_at_their_times() -> None:
    centre = staffed("expert", "middling", "german", "neighbour")
    centre.call("busy", german=3)
    started = centre.now
    for contact in ("c1", "c2", "c3", "c4"):
        centre.call(contact, german=3)
    found = {}
    while len(found) < 3 and (due := centre.router.next_deadline()):
        for contact, agent in offered(centre.wait(due - centre.now)):
            found[agent] = (contact, centre.now - started)
    assert found == {"middling": ("c1", 10), "german": ("c2", 20), "neighbour": ("c3", 30)}


def test_where_nobody_at_work_can_match_the_next_rung_is_taken_at_once() -> None:
    centre = staffed("german")
    effects = centre.call("c1", german=3)
    assert offered(effects) == [("c1", "german")]
    why = of_type(effects, OfferAgent)[0].offer.why
    assert (why.rung, why.skills) == (2, (("german", 1),))


def test_the_last_able_agent_logging_out_lets_the_waiting_climb() -> None:
    centre = staffed("expert", "german")
    centre.call("busy")
    assert offered(centre.call("c1")) == []
    assert offered(centre.feed(AgentLoggedOut("expert"))) == [("busy", "german")]


def test_on_the_last_rung_it_waits_for_somebody_to_log_in() -> None:
    centre = staffed()
    assert offered(centre.call("c1", german=3)) == []
    assert offered(centre.feed(AgentLoggedIn("neighbour"))) == [("c1", "neighbour")]


def test_a_rung_may_raise_the_priority() -> None:
    centre = Centre(
        [Queue("q", ladder=(Rung(10, priority=5),)), Queue("p")], agents("ann", queues=("q", "p"))
    )
    centre.log_in("ann")
    centre.call("busy"), centre.accept("ann")
    centre.call("early")
    centre.now += 1
    centre.call("urgent", "p", priority=3)
    centre.wait(12)
    assert offered(centre.end("busy")) == [("early", "ann")]


def test_rungs_out_of_order_are_refused() -> None:
    with pytest.raises(
        ValueError, match="queue q: the rungs of the ladder must come in the order of after_s"
    ):
        Queue("q", ladder=(Rung(20), Rung(10)))


def preferring(centre: Centre, contact: str, agent: str) -> list[tuple[str, str]]:
    return offered(centre.feed(ContactQueued(contact, "q", preferred=agent, preferred_for_s=30)))


@pytest.fixture
def pair() -> Centre:
    centre = Centre([Queue("q", ring_timeout_s=900)], agents("ann", "bob"))
    centre.log_in("ann", "bob")
    return centre


def test_preferred_agent_first_even_if_not_longest_idle(pair: Centre) -> None:
    assert preferring(pair, "c1", "bob") == [("c1", "bob")]


def test_preferred_agent_who_is_busy_is_waited_for_then_anybody(pair: Centre) -> None:
    pair.call("busy"), pair.accept("ann")
    assert preferring(pair, "c1", "ann") == []
    assert pair.presence("bob") is Presence.AVAILABLE
    assert offered(pair.wait(30)) == [("c1", "bob")]


def test_preferred_agent_who_becomes_free_in_time_gets_the_contact(pair: Centre) -> None:
    pair.call("busy"), pair.accept("ann")
    preferring(pair, "c1", "ann")
    pair.wait(29)
    assert offered(pair.end("busy")) == [("c1", "ann")]


@pytest.mark.parametrize("agent", ["nobody", "bob"])
def test_preferred_agent_who_is_not_at_work_is_not_waited_for(pair: Centre, agent: str) -> None:
    pair.feed(AgentLoggedOut("bob"))
    assert preferring(pair, "c1", agent) == [("c1", "ann")]


def test_preferred_agent_who_leaves_is_waited_for_no_longer(pair: Centre) -> None:
    pair.call("busy")
    assert preferring(pair, "c1", "ann") == []
    assert offered(pair.feed(AgentLoggedOut("ann"))) == [("busy", "bob")]
    pair.accept("bob")
    assert offered(pair.end("busy")) == [("c1", "bob")]


def test_strict_priority_never_yields_and_aging_does() -> None:
    old, new = Contact("old", "q", {}, 0, 0.0), Contact("new", "q", {}, 5, 1000.0)
    queue = Queue("q")
    assert score(RouterPolicy(), new, queue) < score(RouterPolicy(), old, queue)
    aging = RouterPolicy(priority_step_s=60)
    assert score(aging, old, queue) < score(aging, new, queue)


def test_with_aging_a_tighter_promise_is_worth_its_difference() -> None:
    aging = RouterPolicy(priority_step_s=60)
    slow, fast = Queue("slow", service_level_s=120), Queue("fast", service_level_s=20)
    waiting = score(aging, Contact("a", "slow", {}, 0, 0.0), slow)
    assert score(aging, Contact("b", "fast", {}, 0, 99.0), fast) < waiting
    assert waiting < score(aging, Contact("c", "fast", {}, 0, 101.0), fast)


@given(
    st.floats(0, 1e6), st.floats(0, 1e6), st.integers(-5, 5), st.integers(-5, 5), st.floats(0, 600),
    st.floats(0, 600), st.floats(0.01, 600),
)  # fmt: skip
def test_the_bound_on_starvation(
    a: float, b: float, mine: int, theirs: int, my_target: float, their_target: float, step: float
) -> None:
    """Whoever comes after the bound of `acd.ordering` is served later."""
    policy = RouterPolicy(priority_step_s=step)
    bound = a + abs(my_target - their_target) + abs(mine - theirs) * step
    me = score(policy, Contact("me", "p", {}, mine, a), Queue("p", service_level_s=my_target))
    latecomer = Contact("it", "q", {}, theirs, bound + b + 1e-3)
    assert me < score(policy, latecomer, Queue("q", service_level_s=their_target))
