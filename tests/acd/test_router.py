"""The router as the switchboard sees it: who is offered to whom, and what bad timing does."""

from __future__ import annotations

import pytest

from acd.effects import Connect, ContactRequeued, EndContact, OfferAgent, RefuseContact, VerifyContact
from acd.events import (
    AgentLoggedIn,
    AgentLoggedOut,
    AgentPaused,
    AgentResumed,
    ContactEnded,
    ContactLeft,
    EffectDone,
    EffectFailed,
    OfferAccepted,
    OfferRefused,
    Tick,
    WrapUpEnded,
)
from acd.model import Agent, Presence, Queue, RouterPolicy
from tests.acd.centre import Centre, agents, cancelled, moves, of_type, offered


@pytest.fixture
def centre() -> Centre:
    made = Centre([Queue("q", ring_timeout_s=10, wrap_up_s=30)], agents("ann", "bob"))
    made.log_in("ann", "bob")
    return made


def test_longest_idle_agent_is_offered_first(centre: Centre) -> None:
    assert offered(centre.call("c1")) == [("c1", "ann")]
    assert offered(centre.call("c2")) == [("c2", "bob")]
    centre.accept("ann")
    assert of_type(centre.accept("bob"), Connect)[0].contact == "c2"
    centre.end("c2")
    centre.feed(WrapUpEnded("bob"))
    centre.now += 1
    centre.end("c1")
    centre.feed(WrapUpEnded("ann"))
    assert offered(centre.call("c3")) == [("c3", "bob")]


def test_first_come_first_served_and_priority_before(centre: Centre) -> None:
    centre.call("busy1"), centre.call("busy2")
    centre.accept("ann"), centre.accept("bob")
    for number, priority in enumerate([0, 0, 5, 5]):
        centre.now += 1
        assert offered(centre.call(f"c{number}", priority=priority)) == []
    order = []
    for _ in range(4):
        talking = centre.router.floor.agents["ann"].contact
        assert talking is not None
        centre.end(talking)
        order += offered(centre.feed(WrapUpEnded("ann")))
        centre.accept("ann")
    assert order == [("c2", "ann"), ("c3", "ann"), ("c0", "ann"), ("c1", "ann")]


def test_skills_of_queue_and_contact_and_their_levels() -> None:
    staff = [
        Agent("none", "", {}, ("q",)),
        Agent("low", "", {"tax": 3, "german": 2}, ("q",)),
        Agent("high", "", {"tax": 8, "german": 5}, ("q",)),
        Agent("elsewhere", "", {"tax": 10, "german": 10}, ("other",)),
    ]
    centre = Centre([Queue("q", skills={"tax": 3}), Queue("other")], staff)
    centre.log_in("none", "low", "elsewhere", "high")
    assert offered(centre.call("c1", german=3)) == [("c1", "high")]
    assert offered(centre.call("c2", german=3)) == []
    assert offered(centre.call("c3")) == [("c3", "low")]
    assert offered(centre.call("c4", tax=2)) == [], "a contact cannot lower what the queue asks for"


def test_ring_timeout_goes_to_the_next_agent_and_keeps_the_place(centre: Centre) -> None:
    centre.call("c1")
    effects = centre.wait(10)
    assert cancelled(effects) == [("ann", "did not answer")]
    assert [e.contact for e in of_type(effects, ContactRequeued)] == ["c1"]
    assert offered(effects) == [("c1", "bob")]
    centre.call("later")
    assert offered(centre.refuse("bob")) == [], "both agents back off"
    assert offered(centre.wait(20))[0] == ("c1", "ann"), "before the one who came later"


def test_agent_who_does_not_answer_three_times_in_a_row_is_paused_with_that_reason(centre: Centre) -> None:
    centre.feed(AgentLoggedOut("bob"))
    centre.call("c1")
    effects = centre.wait(60)
    assert [agent for _, agent in offered(effects)] == ["ann", "ann"]
    assert centre.presence("ann") is Presence.PAUSED
    assert centre.reason("ann") == "did not answer 3 times in a row"
    assert moves(effects)[-1] == ("ann", Presence.PAUSED)
    assert offered(centre.feed(AgentResumed("ann"))) == [("c1", "ann")]


def test_an_answer_in_between_starts_the_count_anew(centre: Centre) -> None:
    centre.feed(AgentLoggedOut("bob"))
    centre.call("c1")
    centre.wait(30)
    assert centre.router.floor.agents["ann"].missed_in_a_row == 2
    centre.accept("ann")
    assert centre.router.floor.agents["ann"].missed_in_a_row == 0


def test_offer_refused_at_once_does_not_spin(centre: Centre) -> None:
    centre.feed(AgentLoggedOut("bob"))
    centre.call("c1")
    assert offered(centre.refuse("ann")) == []
    assert offered(centre.wait(4.9)) == []
    assert offered(centre.wait(0.1)) == [("c1", "ann")]
    assert offered(centre.refuse("ann")) == []
    assert centre.router.next_deadline() == centre.now + 5


def test_a_refusal_does_not_cost_the_idle_time(centre: Centre) -> None:
    centre.call("c1")
    assert offered(centre.refuse("ann")) == [("c1", "bob")]
    centre.wait(5)
    centre.hang_up("c1")
    assert offered(centre.call("c2")) == [("c2", "ann")]


def test_caller_hangs_up_while_ringing(centre: Centre) -> None:
    """A caller who hangs up must not leave a phone ringing, and the agent is free at once."""
    centre.call("c1")
    effects = centre.hang_up("c1")
    assert cancelled(effects) == [("ann", "contact left")]
    assert moves(effects) == [("ann", Presence.AVAILABLE)]
    assert offered(centre.call("c2")) == [("c2", "ann")]


def test_answer_after_cancel_drops_the_agents_leg(centre: Centre) -> None:
    centre.call("c1")
    offer = centre.offer_to("ann")
    centre.hang_up("c1")
    effects = centre.feed(OfferAccepted(offer.id))
    assert cancelled(effects) == [("ann", "too late: withdrawn")]
    assert of_type(effects, Connect) == []
    assert centre.presence("ann") is Presence.AVAILABLE


def test_answer_to_an_offer_never_made_drops_the_leg(centre: Centre) -> None:
    effects = centre.feed(OfferAccepted("nonsense"))
    assert cancelled(effects) == [(None, "unknown offer")]


def test_repeated_answer_is_ignored(centre: Centre) -> None:
    centre.call("c1")
    offer = centre.offer_to("ann")
    centre.accept("ann")
    assert centre.feed(OfferAccepted(offer.id)) == []
    assert centre.presence("ann") is Presence.ON_CONTACT
    centre.end("c1")
    assert centre.feed(OfferAccepted(offer.id)) == []


def test_answer_at_the_moment_of_the_deadline_wins_over_the_timeout(centre: Centre) -> None:
    centre.call("c1")
    centre.now += 10.5
    effects = centre.feed(OfferAccepted(centre.offer_to("ann").id))
    assert len(of_type(effects, Connect)) == 1
    assert cancelled(effects) == []


def test_caller_hangs_up_at_the_very_moment_of_acceptance(centre: Centre) -> None:
    centre.call("c1")
    centre.accept("ann")
    assert moves(centre.hang_up("c1")) == [("ann", Presence.WRAP_UP)]
    assert centre.router.queues_view(centre.now)[0].abandoned == 0


def test_wrap_up_ends_by_its_deadline_and_holds_every_queue() -> None:
    queues = [Queue("q", wrap_up_s=30), Queue("other")]
    centre = Centre(queues, agents("ann", queues=("q", "other")))
    centre.log_in("ann")
    centre.call("c1"), centre.accept("ann"), centre.end("c1")
    assert offered(centre.call("c2", "other")) == [], "the second queue must not cut the wrap-up short"
    assert offered(centre.wait(29.9)) == []
    assert offered(centre.wait(0.1)) == [("c2", "ann")]


def test_logging_out_while_ringing_gives_the_caller_to_the_next(centre: Centre) -> None:
    centre.call("c1")
    effects = centre.feed(AgentLoggedOut("ann"))
    assert cancelled(effects) == [("ann", "agent logged out")]
    assert moves(effects) == [("ann", Presence.OFFLINE), ("bob", Presence.RINGING)]
    assert offered(effects) == [("c1", "bob")]


def test_logging_out_while_talking_lets_the_talk_finish(centre: Centre) -> None:
    centre.call("c1"), centre.accept("ann")
    assert centre.feed(AgentLoggedOut("ann")) == []
    assert moves(centre.end("c1")) == [("ann", Presence.OFFLINE)]


def test_logging_in_again_takes_back_the_log_out(centre: Centre) -> None:
    centre.call("c1"), centre.accept("ann")
    centre.feed(AgentLoggedOut("ann")), centre.feed(AgentLoggedIn("ann"))
    assert moves(centre.end("c1")) == [("ann", Presence.WRAP_UP)]


def test_pausing_while_talking_waits_for_the_paperwork(centre: Centre) -> None:
    centre.call("c1"), centre.accept("ann")
    assert centre.feed(AgentPaused("ann", "lunch")) == []
    assert moves(centre.end("c1")) == [("ann", Presence.WRAP_UP)]
    assert moves(centre.wait(30)) == [("ann", Presence.PAUSED)]
    assert centre.reason("ann") == "lunch"


def test_pausing_while_ringing_withdraws_the_offer(centre: Centre) -> None:
    centre.call("c1")
    effects = centre.feed(AgentPaused("ann", "lunch"))
    assert cancelled(effects) == [("ann", "agent paused")]
    assert offered(effects) == [("c1", "bob")]


def test_a_repeated_login_does_not_reset_the_idle_time(centre: Centre) -> None:
    centre.now += 50
    assert centre.feed(AgentLoggedIn("ann")) == []
    assert offered(centre.call("c1")) == [("c1", "ann")]


def test_static_agents_are_there_from_the_start_and_stay() -> None:
    centre = Centre([Queue("q")], [Agent("desk", "Desk", {}, ("q",), static=True)])
    assert centre.feed(AgentLoggedOut("desk")) == []
    assert offered(centre.call("c1")) == [("c1", "desk")]


def test_unknown_queue_and_full_queue_are_refused() -> None:
    centre = Centre([Queue("q", max_size=1)], [])
    assert of_type(centre.call("c1", "nowhere"), RefuseContact)[0].reason == "unknown queue"
    assert centre.call("c2") == []
    assert of_type(centre.call("c3"), RefuseContact)[0].reason == "queue full"
    view = centre.router.queues_view(centre.now)[0]
    assert (view.offered, view.blocked, view.waiting) == (1, 1, 1)
    centre.hang_up("c2")
    assert centre.call("c3") == []


def test_waiting_has_an_end() -> None:
    centre = Centre([Queue("q", max_wait_s=60)], [])
    centre.call("c1")
    assert of_type(centre.wait(60), RefuseContact)[0].reason == "waited too long"
    assert centre.router.queues_view(centre.now)[0].waiting == 0


def test_a_ringing_phone_may_still_be_answered_after_the_longest_wait() -> None:
    centre = Centre([Queue("q", max_wait_s=60, ring_timeout_s=20)], agents("ann", "bob"))
    centre.call("c1"), centre.call("c2")
    centre.now = 50
    centre.log_in("ann", "bob")
    assert of_type(centre.wait(12), RefuseContact) == []
    assert len(of_type(centre.accept("ann"), Connect)) == 1
    assert of_type(centre.refuse("bob"), RefuseContact)[0].contact == "c2"


def test_an_agents_phone_that_cannot_be_rung_is_a_refusal(centre: Centre) -> None:
    effect = of_type(centre.call("c1"), OfferAgent)[0]
    effects = centre.feed(EffectFailed(effect.effect_id, "no contact address"))
    assert offered(effects) == [("c1", "bob")]
    assert of_type(effects, ContactRequeued)[0].reason == "refused: no contact address"


def test_a_failed_connect_puts_the_caller_back_in_its_place(centre: Centre) -> None:
    centre.call("c1")
    connect = of_type(centre.accept("ann"), Connect)[0]
    effects = centre.feed(EffectFailed(connect.effect_id, "no media"))
    assert cancelled(effects) == [("ann", "could not be connected: no media")]
    assert offered(effects) == [("c1", "bob")]
    assert centre.presence("ann") is Presence.AVAILABLE
    assert centre.router.queues_view(centre.now)[0].answered == 0
    assert centre.feed(EffectFailed(connect.effect_id, "again")) == []


@pytest.mark.parametrize(("event", "then"), [("leave", Presence.OFFLINE), ("pause", Presence.PAUSED)])
def test_a_failed_connect_honours_what_the_agent_asked_for(
    centre: Centre, event: str, then: Presence
) -> None:
    centre.call("c1")
    connect = of_type(centre.accept("ann"), Connect)[0]
    centre.feed(AgentLoggedOut("ann") if event == "leave" else AgentPaused("ann", "lunch"))
    centre.feed(EffectFailed(connect.effect_id, "no media"))
    assert centre.presence("ann") is then
    assert centre.router.agents_view(centre.now)[0].handled == 0


def test_a_lost_bye_locks_no_agent() -> None:
    policy = RouterPolicy(verify_contact_s=100, verify_answer_s=10)
    centre = Centre([Queue("q")], agents("ann"), policy)
    centre.log_in("ann")
    centre.call("c1"), centre.accept("ann")
    question = of_type(centre.wait(100), VerifyContact)[0]
    assert (question.contact, question.agent) == ("c1", "ann")
    assert centre.feed(EffectDone(question.effect_id)) == []
    assert len(of_type(centre.wait(100), VerifyContact)) == 1
    effects = centre.wait(10)
    assert of_type(effects, EndContact)[0].contact == "c1"
    assert moves(effects) == [("ann", Presence.AVAILABLE)]


def test_late_repeated_and_unknown_events_change_nothing(centre: Centre) -> None:
    events = [
        AgentLoggedIn("nobody"),
        AgentLoggedOut("nobody"),
        AgentPaused("nobody", "x"),
        AgentResumed("nobody"),
        AgentResumed("ann"),
        WrapUpEnded("ann"),
        WrapUpEnded("nobody"),
        ContactLeft("nobody"),
        ContactEnded("nobody"),
        OfferRefused("nonsense", "x"),
        EffectDone("nonsense"),
        EffectFailed("nonsense", "x"),
    ]
    for number, event in enumerate(events, start=1):
        assert centre.feed(event) == []
        assert centre.router.ignored == number
    assert centre.feed(Tick()) == []
    centre.call("c1")
    assert centre.call("c1") == []


def test_views_count_what_happened(centre: Centre) -> None:
    centre.call("c1"), centre.call("c2"), centre.call("c3"), centre.call("c4")
    centre.now += 5
    centre.accept("ann")
    centre.now += 25
    centre.router.handle(Tick(), centre.now)
    centre.hang_up("c3")
    queue = centre.router.queues_view(centre.now)[0]
    assert (queue.offered, queue.answered, queue.abandoned, queue.waiting) == (4, 1, 1, 2)
    assert queue.longest_wait_s == 30
    assert queue.service_level_percent == 50.0
    assert sum(queue.agents.values()) == 2
    ann = centre.router.agents_view(centre.now)[0]
    assert (ann.presence, ann.contact, ann.handled, ann.since_s) == (Presence.ON_CONTACT, "c1", 0, 25)


def test_configuration_mistakes_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="agent ann: no such queue: sales"):
        Centre([Queue("q")], agents("ann", queues=("sales",)))
    with pytest.raises(ValueError, match="agent ann is there twice"):
        Centre([Queue("q")], agents("ann", "ann"))
    with pytest.raises(ValueError, match="level must be 1 to 10, got 11"):
        Agent("ann", "Ann", {"tax": 11})
    with pytest.raises(ValueError, match="ring_timeout_s must be more than 0"):
        Queue("q", ring_timeout_s=0)
    with pytest.raises(ValueError, match="verify_contact_s must be more than 0"):
        RouterPolicy(verify_contact_s=0)
