"""Reload: what is shown beforehand is what is touched, and it costs nobody their place, login or idle time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acd.events import AgentLoggedOut
from acd.model import Agent, Presence, Queue, Rung
from acd.plan import Stale
from tests.acd.centre import Centre, agents, offered

Q, P = Queue("q", ring_timeout_s=900), Queue("p", ring_timeout_s=900)


def apply(centre: Centre, queues: list[Queue], staff: list[Agent], **move: str) -> list:  # type: ignore[type-arg]
    effects = centre.router.apply(centre.router.plan(queues, staff, move), centre.now)
    centre.check()
    return effects


def test_asterisk_1255_a_reload_does_not_reset_idle_times_presences_or_counts() -> None:
    """#1255 of app_queue."""
    centre = Centre([Q], agents("ann", "bob"))
    centre.log_in("ann", "bob")
    centre.call("c1"), centre.accept("ann"), centre.end("c1")
    centre.now += 50
    before = centre.router.queues_view(centre.now)[0]
    assert apply(centre, [replace(Q, wrap_up_s=5)], agents("ann", "bob", "cem")) == []
    after = centre.router.queues_view(centre.now)[0]
    assert (after.answered, after.offered) == (before.answered, before.offered) == (1, 1)
    assert offered(centre.call("c2")) == [("c2", "bob")], "still the longest idle"
    assert centre.presence("cem") is Presence.OFFLINE


def test_the_plan_names_changes_contacts_and_agents() -> None:
    centre = Centre([Q, P], [*agents("ann"), *agents("bob", queues=("p",))])
    centre.call("c1"), centre.call("c2", "p")
    plan = centre.router.plan([replace(Q, wrap_up_s=9), P], [*agents("ann"), Agent("cem", "Cem", {}, ("p",))])
    assert [(c.about, c.what, c.before, c.after) for c in plan.changes] == [
        ("queue q", "wrap_up_s", "0.0", "9"),
        ("agent bob", "agent", "there", "-"),
        ("agent cem", "agent", "-", "there"),
    ]
    assert plan.touched_contacts == ("c1",)
    assert plan.touched_agents == ("ann", "bob", "cem")
    assert set(centre.router.floor.agents) == {"ann", "bob"}, "planning changes nothing"


def test_a_contact_keeps_its_ladder_and_new_ones_have_the_new() -> None:
    old = replace(Q, skills={"tax": 5}, ladder=(Rung(10, {"tax": 1}),))
    staff = [Agent("low", "", {"tax": 1}, ("q",)), Agent("high", "", {"tax": 9}, ("q",))]
    centre = Centre([old], staff)
    centre.log_in("high", "low")
    centre.call("busy"), centre.accept("high")
    centre.call("c1")
    apply(centre, [replace(old, ladder=())], staff)
    centre.call("c2")
    assert offered(centre.wait(30)) == [("c1", "low")]
    centre.accept("low")
    assert offered(centre.end("c1")) == [], "c2 relaxes no more"


def test_an_agent_who_goes_finishes_and_is_forgotten_after_logging_out() -> None:
    centre = Centre([Q], agents("ann", "bob"))
    centre.log_in("ann", "bob")
    centre.call("c1"), centre.accept("ann")
    apply(centre, [Q], agents("bob"))
    assert centre.presence("ann") is Presence.ON_CONTACT
    centre.end("c1")
    assert offered(centre.call("c2")) == [("c2", "bob")]
    assert offered(centre.call("c3")) == []
    centre.feed(AgentLoggedOut("ann"))
    apply(centre, [Q], agents("bob"))
    assert set(centre.router.floor.agents) == {"bob"}


def test_new_skills_and_queues_of_an_agent_count_at_once() -> None:
    centre = Centre([replace(Q, skills={"tax": 3}), P], agents("ann", queues=("p",)))
    centre.log_in("ann")
    centre.call("c1")
    staff = [Agent("ann", "Ann", {"tax": 4}, ("q", "p"))]
    assert offered(apply(centre, [replace(Q, skills={"tax": 3}), P], staff)) == [("c1", "ann")]


def test_a_queue_goes_only_when_its_contacts_have_somewhere_to_go() -> None:
    centre = Centre([Q, P], agents("ann", queues=("p",)))
    centre.call("c1")
    centre.now += 5
    centre.call("c2", "p")
    plan = centre.router.plan([P], agents("ann", queues=("p",)))
    assert plan.problems == ("queue q: goes, and 1 contacts wait in it: say where to move them",)
    with pytest.raises(Stale, match="say where to move"):
        centre.router.apply(plan, centre.now)
    centre.check()
    apply(centre, [P], agents("ann", queues=("p",)), q="p")
    assert offered(centre.log_in("ann")) == [("c1", "ann")], "it came first"
    assert [view.id for view in centre.router.queues_view(centre.now)] == ["p"]


def test_a_static_agent_who_is_new_is_at_work_at_once() -> None:
    centre = Centre([Q], [])
    centre.call("c1")
    assert offered(apply(centre, [Q], [Agent("desk", "", {}, ("q",), static=True)])) == [("c1", "desk")]


def test_plans_that_cannot_be_are_problems_by_name() -> None:
    plan = Centre([Q], []).router.plan(
        [replace(Q, ladder=(Rung(5, join=("x",)),))], agents("ann", queues=("y",)), {"a": "b"}
    )
    assert plan.problems == (
        "move a to b: there is no queue a",
        "move a to b: there will be no queue b",
        "agent ann: no such queue: y",
        "queue q: its ladder joins x, which is not there",
    )
