"""Router against world: what differs is repaired by an ordinary event and named in an alert; what moves is left."""

from __future__ import annotations

import pytest

from acd import reconciler
from acd.effects import Alert, AlertKind
from acd.events import CallbackRequested
from acd.model import Presence, Queue
from acd.queue_rules import CallbackMode, CallbackRules
from acd.reconciler import CallFact, CallState, WorldFacts, reconcile, reconcile_in_steps
from tests.acd.centre import Centre, agents, of_type, offered

BOTH = frozenset({"ann", "bob"})


@pytest.fixture
def centre() -> Centre:
    rules = CallbackRules(CallbackMode.CALLER_FIRST)
    made = Centre([Queue("q", ring_timeout_s=100, callbacks=rules)], agents("ann", "bob"))
    made.log_in("ann", "bob")
    return made


def repaired(centre: Centre, facts: WorldFacts) -> list[tuple[str, str]]:
    """Feeds the repairs; (about, text) of the alerts."""
    alerts: list[Alert] = []
    for repair in reconcile(centre.router.floor, facts, centre.now):
        alerts += of_type(centre.feed(repair), Alert)
    assert reconcile(centre.router.floor, facts, centre.now) == [], "once repaired, nothing is left"
    assert all(alert.kind is AlertKind.REPAIRED for alert in alerts)
    return [(alert.about, alert.text) for alert in alerts]


def test_where_both_agree_there_is_nothing_to_do(centre: Centre) -> None:
    centre.call("c1"), centre.accept("ann")
    offer = centre.router.floor.contacts["c1"].assignment
    assert offer is not None
    centre.call("c2")
    ringing = frozenset({centre.offer_to("bob").id})
    centre.now += 10
    facts = WorldFacts(
        {"c1": CallFact(CallState.TALKING, 0, "q", offer.offer), "c2": CallFact(CallState.WAITING, 0, "q")},
        BOTH,
        ringing,
    )
    assert repaired(centre, facts) == []


def test_a_talk_that_is_over_frees_its_agent(centre: Centre) -> None:
    centre.call("c1"), centre.accept("ann")
    assert reconcile(centre.router.floor, WorldFacts({}, BOTH), centre.now) == [], "too fresh to judge"
    centre.now += 10
    assert repaired(centre, WorldFacts({}, BOTH)) == [("c1", "ann was held by a talk that is over")]
    assert centre.presence("ann") is Presence.AVAILABLE


def test_a_contact_without_a_call_and_a_call_without_a_contact(centre: Centre) -> None:
    for name in ("b1", "b2"):
        centre.call(name)
    centre.accept("ann"), centre.accept("bob")
    centre.call("ghost")
    talks = {
        name: CallFact(CallState.TALKING, 0, "q", state.assignment.offer)
        for name, state in centre.router.floor.contacts.items()
        if state.assignment is not None
    }
    centre.now += 10
    facts = WorldFacts({**talks, "lost": CallFact(CallState.WAITING, 0, "q")}, BOTH)
    assert repaired(centre, facts) == [
        ("ghost", "stood in line, and there is no such call"),
        ("lost", "waits in q, and the router did not know"),
    ]
    assert offered(centre.end("b1")) == [("lost", "ann")]


def test_a_phone_that_rings_for_nobody_and_an_answer_that_was_not_heard(centre: Centre) -> None:
    centre.call("c1"), centre.call("c2")
    answered = centre.offer_to("ann").id
    centre.now += 10
    facts = WorldFacts(
        {"c1": CallFact(CallState.TALKING, 2, "q", answered), "c2": CallFact(CallState.WAITING, 0, "q")},
        BOTH,
        frozenset({answered}),
    )
    assert repaired(centre, facts) == [
        ("c1", "talks, and the router had not heard of the answer"),
        ("bob", "was taken to ring for c2, and no phone does"),
    ]
    assert centre.presence("ann") is Presence.ON_CONTACT


def test_registrations_are_believed(centre: Centre) -> None:
    assert repaired(centre, WorldFacts({}, frozenset({"ann"}))) == [
        ("bob", "was taken for reachable, with no phone registered")
    ]
    assert centre.presence("bob") is Presence.UNREACHABLE
    assert repaired(centre, WorldFacts({}, BOTH))[0][0] == "bob"
    assert centre.presence("bob") is Presence.AVAILABLE


def test_an_agent_reserved_for_a_callback_that_nobody_makes(centre: Centre) -> None:
    centre.feed(CallbackRequested("t1", "+49301", "q"))
    assert centre.presence("ann") is Presence.RESERVED
    centre.now += 10
    assert repaired(centre, WorldFacts({}, BOTH)) == [
        ("t1", "ann was reserved for a callback that nobody makes")
    ]
    assert centre.presence("ann") is Presence.AVAILABLE


def test_what_goes_between_two_steps_is_passed_over(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "AT_A_TIME", 1)
    for name in ("c1", "c2", "c3"):
        centre.call(name)
    centre.now += 10
    steps = reconcile_in_steps(centre.router.floor, WorldFacts({}, BOTH), centre.now)
    found = [repair.about for repair in next(steps)]
    centre.hang_up("c2")
    found += [repair.about for step in steps for repair in step]
    assert "c1" in found
    assert "c3" in found
    assert "c2" not in found
