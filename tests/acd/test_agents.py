"""Agents from outside: phones that come and go, shifts, paperwork that takes longer, and reasons for everything."""

from __future__ import annotations

import pytest

from acd.effects import Alert, AlertKind, PresenceChanged
from acd.events import (
    AgentLoggedIn,
    AgentLoggedOut,
    AgentPaused,
    AgentReachable,
    AgentResumed,
    AgentScheduled,
    AgentUnreachable,
    WrapUpEnded,
    WrapUpExtended,
)
from acd.model import Agent, Channel, Presence, Queue, RouterPolicy
from tests.acd.centre import Centre, agents, cancelled, moves, of_type, offered


@pytest.fixture
def centre() -> Centre:
    made = Centre([Queue("q", wrap_up_s=30)], agents("ann", "bob"), RouterPolicy(max_wrap_up_s=100))
    made.log_in("ann", "bob")
    return made


def test_an_unregistered_phone_is_offered_no_calls_and_comes_back_by_itself(centre: Centre) -> None:
    """fusionpbx#2831."""
    assert moves(centre.feed(AgentUnreachable("ann"))) == [("ann", Presence.UNREACHABLE)]
    assert offered(centre.call("c1")) == [("c1", "bob")]
    assert offered(centre.call("c2")) == []
    assert offered(centre.feed(AgentReachable("ann"))) == [("c2", "ann")]


def test_a_phone_that_goes_while_it_rings_loses_the_offer(centre: Centre) -> None:
    centre.call("c1")
    effects = centre.feed(AgentUnreachable("ann"))
    assert cancelled(effects) == [("ann", "phone not registered")]
    assert offered(effects) == [("c1", "bob")]


def test_an_unreachable_agent_keeps_idle_time_pause_and_talk(centre: Centre) -> None:
    centre.feed(AgentUnreachable("ann"))
    centre.now += 100
    centre.feed(AgentReachable("ann"))
    assert offered(centre.call("c1")) == [("c1", "ann")], "still idle for longest"
    centre.accept("ann")
    assert centre.feed(AgentUnreachable("ann")) == [], "the talk goes on"
    assert moves(centre.end("c1")) == [("ann", Presence.WRAP_UP)]
    assert moves(centre.feed(WrapUpEnded("ann"))) == [("ann", Presence.UNREACHABLE)]
    centre.feed(AgentPaused("ann", "lunch"))
    centre.feed(AgentReachable("ann"))
    assert (centre.presence("ann"), centre.reason("ann")) == (Presence.PAUSED, "lunch")
    assert moves(centre.feed(AgentResumed("ann", "console"))) == [("ann", Presence.AVAILABLE)]


def test_logging_in_without_a_phone_is_unreachable_not_available(centre: Centre) -> None:
    centre.feed(AgentLoggedOut("ann")), centre.feed(AgentUnreachable("ann"))
    assert moves(centre.feed(AgentLoggedIn("ann"))) == [("ann", Presence.UNREACHABLE)]


def test_the_schedule_logs_in_and_out_and_lets_a_talk_finish(centre: Centre) -> None:
    centre.call("c1"), centre.accept("ann")
    assert centre.feed(AgentScheduled("ann", on_duty=False)) == []
    last = of_type(centre.end("c1"), PresenceChanged)[-1]
    assert (last.presence, last.reason) == (Presence.OFFLINE, "schedule")
    last = of_type(centre.feed(AgentScheduled("ann", on_duty=True)), PresenceChanged)[-1]
    assert (last.presence, last.reason) == (Presence.AVAILABLE, "schedule")


def test_wrap_up_is_extended_ended_early_and_bounded(centre: Centre) -> None:
    centre.call("c1"), centre.accept("ann"), centre.end("c1")
    centre.feed(WrapUpExtended("ann", 20))
    assert moves(centre.wait(49.9)) == []
    assert moves(centre.wait(0.1)) == [("ann", Presence.AVAILABLE)]
    assert centre.feed(WrapUpExtended("ann", 20)) == []
    centre.feed(AgentLoggedOut("bob")), centre.call("c2"), centre.accept("ann"), centre.end("c2")
    for _ in range(9):
        centre.feed(WrapUpExtended("ann", 50))
    assert moves(centre.wait(100)) == [("ann", Presence.AVAILABLE)], "no longer than the policy allows"


def test_offers_not_taken_pause_the_agent_and_alert(centre: Centre) -> None:
    centre.feed(AgentLoggedOut("bob"))
    centre.call("c1")
    alerts = of_type(centre.wait(200), Alert)
    assert [(a.kind, a.about, a.text) for a in alerts] == [
        (AlertKind.AGENT_PAUSED, "ann", "did not answer 3 times in a row")
    ]


def test_an_agent_without_voice_capacity_is_not_rung() -> None:
    staff = [Agent("mute", "", {}, ("q",), capacity={Channel.VOICE: 0}), Agent("ann", "", {}, ("q",))]
    centre = Centre([Queue("q")], staff)
    centre.log_in("mute", "ann")
    assert offered(centre.call("c1")) == [("c1", "ann")]
    with pytest.raises(ValueError, match="agent x: nobody has more than one voice contact"):
        Agent("x", "", capacity={Channel.VOICE: 2})
