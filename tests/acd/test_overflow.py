"""Overflow: every reason, every kind of target, time waited kept, blocked counted, nobody sent in circles."""

from __future__ import annotations

import pytest

from acd.effects import OverflowContact, RefuseContact
from acd.events import AgentLoggedIn, AgentLoggedOut, QueueClosed, QueueOpened
from acd.model import Queue, RouterPolicy
from acd.queue_rules import OverflowFacts, OverflowRule, OverflowTarget, OverflowTo, OverflowWhen
from tests.acd.centre import Centre, agents, of_type, offered

VOICEMAIL = OverflowTarget(OverflowTo.VOICEMAIL, "box")
OTHER = OverflowTarget(OverflowTo.QUEUE, "other")


def rule(
    when: OverflowWhen, target: OverflowTarget = VOICEMAIL, limit: float = 0, text: str = ""
) -> OverflowRule:
    return OverflowRule(str(when), when, target, limit, text)


def centre_of(*rules: OverflowRule, **settings: object) -> Centre:
    queue = Queue("q", overflow=rules, **settings)  # type: ignore[arg-type]
    staff = [*agents("ann"), *agents("bob", queues=("other",))]
    centre = Centre([queue, Queue("other")], staff)
    centre.log_in("ann", "bob")
    centre.call("busy1"), centre.accept("ann"), centre.call("busy2", "other"), centre.accept("bob")
    return centre


def went(effects: list) -> list[tuple[str, str, str]]:  # type: ignore[type-arg]
    return [(e.contact, e.rule, str(e.target)) for e in of_type(effects, OverflowContact)]


def counts(centre: Centre, queue: str = "q") -> tuple[int, int, int, int]:
    view = next(v for v in centre.router.queues_view(centre.now) if v.id == queue)
    return view.blocked, view.diverted, view.overflowed, view.taken_over


def test_by_longest_wait_to_another_queue_with_the_time_waited() -> None:
    centre = centre_of(rule(OverflowWhen.WAITED, OTHER, 60))
    centre.call("c1")
    centre.now += 1
    centre.call("native", "other")
    effects = centre.wait(59)
    assert went(effects) == [("c1", "waited", "queue other")]
    assert of_type(effects, OverflowContact)[0].why.waited_s == 60
    assert offered(centre.end("busy2")) == [("c1", "bob")], "it came before the native, and its time counts"
    assert counts(centre) == (0, 0, 1, 0)
    assert counts(centre, "other") == (0, 0, 0, 1)


def test_a_phone_that_rings_is_left_to_ring_and_then_the_rule_is_followed() -> None:
    centre = centre_of(rule(OverflowWhen.WAITED, VOICEMAIL, 60))
    centre.call("c1")
    centre.wait(55), centre.end("busy1")
    assert went(centre.wait(10)) == []
    assert went(centre.refuse("ann")) == [("c1", "waited", "voicemail box")]
    assert "c1" not in centre.router.floor.contacts


def test_by_size_counts_as_blocked() -> None:
    centre = centre_of(rule(OverflowWhen.SIZE, OTHER, 1))
    centre.call("c1")
    assert went(centre.call("c2")) == [("c2", "size", "queue other")]
    assert counts(centre) == (1, 1, 0, 0)
    assert centre.router.position("c2") == 1
    assert centre.router.queues_view(0)[1].offered == 2


def test_by_estimated_wait() -> None:
    centre = centre_of(rule(OverflowWhen.ESTIMATED_WAIT, VOICEMAIL, 100))
    centre.call("c1")
    assert went(centre.call("c2")) == [], "nothing is known yet"
    centre.now += 80
    centre.end("busy1"), centre.accept("ann")
    effects = centre.call("c3")
    assert went(effects) == [("c3", "estimated wait", "voicemail box")]
    assert of_type(effects, OverflowContact)[0].why.estimate_s == pytest.approx(160)
    assert counts(centre) == (0, 1, 0, 0)


def test_by_no_agents_at_the_door_and_when_the_last_one_leaves() -> None:
    centre = centre_of(rule(OverflowWhen.NO_AGENTS, OverflowTarget(OverflowTo.NUMBER, "+493012345")))
    assert went(centre.call("c1")) == []
    centre.feed(AgentLoggedOut("ann"))
    assert went(centre.end("busy1")) == [("c1", "no agents", "number +493012345")]
    assert went(centre.call("c2")) == [("c2", "no agents", "number +493012345")]
    centre.feed(AgentLoggedIn("ann"))
    assert offered(centre.call("c3")) == [("c3", "ann")]


def test_closed_by_rule_or_refused_and_those_inside_are_served() -> None:
    centre = centre_of(rule(OverflowWhen.CLOSED, OverflowTarget(OverflowTo.ANNOUNCEMENT, "night")))
    centre.call("c1")
    assert centre.feed(QueueClosed("q", "holiday")) == []
    assert went(centre.call("c2")) == [("c2", "closed", "announcement night")]
    assert offered(centre.end("busy1")) == [("c1", "ann")]
    centre.feed(QueueClosed("other", "holiday"))
    assert of_type(centre.call("c3", "other"), RefuseContact)[0].reason == "queue closed: holiday"
    assert (counts(centre), counts(centre, "other")) == ((1, 1, 0, 0), (1, 0, 0, 0))
    assert centre.router.queues_view(0)[1].closed == "holiday"
    centre.feed(QueueOpened("other"))
    assert of_type(centre.call("c4", "other"), RefuseContact) == []


def test_by_expression_at_the_door_and_again_while_it_waits() -> None:
    asked: list[tuple[str, OverflowFacts]] = []

    def evaluate(expression: str, facts: OverflowFacts) -> bool:
        asked.append((expression, facts))
        return facts.waited_s > 20

    rules = (rule(OverflowWhen.EXPRESSION, OverflowTarget(OverflowTo.FLOW, "sorry"), text="waited_s > 20"),)
    queues = [Queue("q", overflow=rules)]
    with pytest.raises(ValueError, match="queue q: overflow expression: nothing was given to evaluate"):
        Centre(queues, [])
    centre = Centre(queues, [], RouterPolicy(recheck_s=15), evaluate=evaluate)
    centre.call("c1", priority=2)
    assert went(centre.wait(29)) == []
    assert went(centre.wait(1)) == [("c1", "expression", "flow sorry")]
    assert [facts.waited_s for _, facts in asked] == [0, 15, 30]
    assert (asked[0][0], asked[0][1].priority, asked[0][1].agents_logged_in) == ("waited_s > 20", 2, 0)


def test_nobody_is_sent_in_circles_or_into_a_full_queue() -> None:
    back = OverflowTarget(OverflowTo.QUEUE, "q")
    queues = [
        Queue("q", overflow=(rule(OverflowWhen.WAITED, OTHER, 10),)),
        Queue("other", overflow=(rule(OverflowWhen.WAITED, back, 20),), max_size=1),
    ]
    centre = Centre(queues, [])
    centre.call("c1"), centre.call("c2")
    effects = centre.wait(100)
    assert went(effects) == [("c1", "waited", "queue other")], "not back, and other is full for c2"
    centre.hang_up("c1")
    assert went(centre.wait(15)) == [("c2", "waited", "queue other")]


def test_a_chain_of_full_queues_is_followed_to_its_end() -> None:
    queues = [
        Queue("q", overflow=(rule(OverflowWhen.CLOSED, OTHER),)),
        Queue("other", overflow=(rule(OverflowWhen.SIZE, VOICEMAIL, 0),)),
    ]
    centre = Centre(queues, [])
    centre.feed(QueueClosed("q"))
    assert went(centre.call("c1")) == [("c1", "closed", "queue other"), ("c1", "size", "voicemail box")]
    assert counts(centre) == (1, 1, 0, 0)


def test_rules_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="an expression belongs to"):
        rule(OverflowWhen.SIZE, text="true")
    with pytest.raises(ValueError, match="limit must not be negative"):
        rule(OverflowWhen.SIZE, limit=-1)
    with pytest.raises(ValueError, match="which queue"):
        rule(OverflowWhen.SIZE, OverflowTarget(OverflowTo.QUEUE))
