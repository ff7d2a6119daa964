"""What users of other systems complained of, one test each: it cannot happen here.

Some have their test where their subject is: an unregistered phone (fusionpbx#2831) in test_agents, an announcement
that stalls offers (asterisk#1568) in test_announcing, callbacks (FreePBX#621, #525, freeswitch#2540) in
test_callbacks, idle times and reload (#1255) in test_plan.
"""

from __future__ import annotations

import pytest

from acd.effects import Connect, ContactRequeued, EndContact, OfferAgent, RefuseContact, VerifyContact
from acd.events import AgentUnreachable, EffectFailed, OfferAccepted, OfferRefused
from acd.model import Presence, Queue, RouterPolicy
from tests.acd.centre import Centre, agents, cancelled, moves, of_type, offered


@pytest.fixture
def ringing_both() -> Centre:
    centre = Centre([Queue("q", ring_width=2, ring_timeout_s=20, wrap_up_s=30)], agents("ann", "bob"))
    centre.log_in("ann", "bob")
    assert sorted(offered(centre.call("c1"))) == [("c1", "ann"), ("c1", "bob")]
    return centre


def test_asterisk_176_two_agents_answer_one_caller(ringing_both: Centre) -> None:
    late = ringing_both.offer_to("bob")
    assert len(of_type(ringing_both.accept("ann"), Connect)) == 1
    effects = ringing_both.feed(OfferAccepted(late.id))
    assert of_type(effects, Connect) == []
    assert cancelled(effects) == [("bob", "too late: withdrawn")]
    assert ringing_both.router.agents_view(0)[0].contact == "c1"
    assert ringing_both.router.agents_view(0)[1].missed == 0, "losing the race is no miss"


def test_asterisk_1557_the_first_to_answer_drops_before_the_bridge(ringing_both: Centre) -> None:
    connect = of_type(ringing_both.accept("ann"), Connect)[0]
    effects = ringing_both.feed(EffectFailed(connect.effect_id, "the agent hung up"))
    assert offered(effects) == [("c1", "bob")], "the caller is kept, and rung on for"
    assert len(of_type(ringing_both.accept("bob"), Connect)) == 1


def test_asterisk_1006_wrap_up_is_not_cut_short_by_a_second_queue() -> None:
    centre = Centre([Queue("q", wrap_up_s=30), Queue("p", wrap_up_s=0)], agents("ann", queues=("q", "p")))
    centre.log_in("ann")
    centre.call("c1"), centre.accept("ann"), centre.end("c1")
    assert offered(centre.call("c2", "p")) == []
    assert offered(centre.wait(29.9)) == []
    assert offered(centre.wait(0.1)) == [("c2", "ann")]


def test_asterisk_607_wrap_up_after_an_attended_transfer() -> None:
    """For the router the contact ends when the agent is out of it, whoever goes on talking: paperwork all the same."""
    centre = Centre([Queue("q", wrap_up_s=30)], agents("ann"))
    centre.log_in("ann")
    centre.call("c1"), centre.accept("ann")
    assert moves(centre.end("c1")) == [("ann", Presence.WRAP_UP)]
    assert offered(centre.call("c2")) == []
    assert offered(centre.wait(30)) == [("c2", "ann")]


def test_freeswitch_2529_a_caller_who_hangs_up_leaves_no_phone_ringing(ringing_both: Centre) -> None:
    effects = ringing_both.hang_up("c1")
    assert sorted(cancelled(effects)) == [("ann", "contact left"), ("bob", "contact left")]
    assert ringing_both.presence("ann") is ringing_both.presence("bob") is Presence.AVAILABLE


def test_freeswitch_2540_no_agent_is_stuck_whatever_is_lost() -> None:
    """Nobody ever answers the router: every state it put an agent into ends by a deadline."""
    policy = RouterPolicy(max_missed=0, verify_contact_s=60, verify_answer_s=10)
    centre = Centre([Queue("q", ring_timeout_s=20, wrap_up_s=5, max_wait_s=50)], agents("ann"), policy)
    centre.log_in("ann")
    centre.call("c1")
    assert of_type(centre.wait(60), RefuseContact)[0].contact == "c1"
    centre.call("c2"), centre.accept("ann")
    assert len(of_type(centre.wait(75), EndContact)) == 1
    assert centre.presence("ann") is Presence.AVAILABLE


def test_opensips_2886_a_reject_keeps_the_caller(ringing_both: Centre) -> None:
    offer = ringing_both.offer_to("ann")
    effects = ringing_both.feed(OfferRefused(offer.id, "declined")) + ringing_both.refuse("bob")
    assert of_type(effects, RefuseContact) == []
    assert [e.contact for e in of_type(effects, ContactRequeued)] == ["c1"]
    assert ringing_both.router.position("c1") == 1
    assert len(of_type(ringing_both.wait(10), OfferAgent)) == 2


def test_opensips_3123_a_lost_bye_locks_no_agent() -> None:
    centre = Centre([Queue("q")], agents("ann"), RouterPolicy(verify_contact_s=100, verify_answer_s=10))
    centre.log_in("ann")
    centre.call("c1"), centre.accept("ann")
    assert len(of_type(centre.wait(100), VerifyContact)) == 1
    assert moves(centre.wait(10)) == [("ann", Presence.AVAILABLE)]


def test_fusionpbx_2831_an_unregistered_phone_is_not_rung_even_for_the_last_caller() -> None:
    centre = Centre([Queue("q")], agents("ann"))
    centre.log_in("ann")
    centre.feed(AgentUnreachable("ann"))
    assert offered(centre.call("c1")) == []
    assert offered(centre.wait(300)) == []
