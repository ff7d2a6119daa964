"""Callbacks: the place in line is true, one attempt at a time, and nothing is confirmed that is not written down."""

from __future__ import annotations

import pytest

from acd.effects import (
    Alert,
    AlertKind,
    CancelCallback,
    CancelOffer,
    Connect,
    OfferAgent,
    PlaceCallback,
    PlaceRegained,
    RefuseContact,
    TicketChanged,
)
from acd.events import (
    AgentLoggedOut,
    AgentPaused,
    AgentResumed,
    CallbackCancelled,
    CallbackRequested,
    ContactLeft,
    ContactQueued,
    EffectDone,
    EffectFailed,
    TicketRestored,
)
from acd.model import Presence, Queue
from acd.queue_rules import CallbackMode, CallbackRules
from acd.ticket import Ticket, TicketStatus
from tests.acd.centre import Centre, agents, moves, of_type, offered

NUMBER = "+493012345"


def centre_of(mode: CallbackMode = CallbackMode.AGENT_FIRST, **settings: object) -> Centre:
    rules = CallbackRules(mode, answer_s=40, max_attempts=2, retry_s=300, retry_factor=2)
    queue = Queue("q", callbacks=rules, wrap_up_s=10, regain_s=60)
    made = Centre([queue, Queue("other")], agents("ann"), **settings)  # type: ignore[arg-type]
    made.log_in("ann")
    made.call("busy"), made.accept("ann")
    return made


def free(centre: Centre) -> list:  # type: ignore[type-arg]
    centre.end("busy")
    return centre.wait(10)


def ask(centre: Centre, ticket: str = "t1", number: str = NUMBER, **more: object) -> list[Ticket]:
    return tickets(centre.feed(CallbackRequested(ticket, number, "q", **more)))  # type: ignore[arg-type]


def tickets(effects: list) -> list[Ticket]:  # type: ignore[type-arg]
    return [effect.ticket for effect in of_type(effects, TicketChanged)]


def placed(effects: list) -> PlaceCallback:  # type: ignore[type-arg]
    (found,) = of_type(effects, PlaceCallback)
    return found


def test_who_is_taken_out_by_the_flow_to_ask_for_a_callback_has_not_given_up_and_keeps_the_place() -> None:
    """An in-queue menu: out of the line first, the callback a few questions later."""
    centre = centre_of()
    centre.call("asks")
    arrived_at = centre.now
    centre.now += 10
    centre.call("late")
    centre.feed(ContactLeft("asks", by_flow=True))
    centre.now += 20
    (ticket,) = ask(centre, contact="asks")
    assert ticket.arrived_at == arrived_at
    (view, _) = centre.router.queues_view(centre.now)
    assert (view.abandoned, view.deferred) == (0, 1)
    assert offered(free(centre)) == [("t1", "ann")]


def test_freepbx_621_a_callback_neither_jumps_the_line_nor_loses_its_place() -> None:
    """FreePBX#621: behind who came before the caller, before who came after."""
    centre = centre_of()
    centre.call("early")
    centre.now += 10
    centre.call("asks")
    arrived_at = centre.now
    centre.now += 10
    centre.call("late")
    (ticket,) = ask(centre, contact="asks")
    assert (ticket.arrived_at, ticket.status) == (arrived_at, TicketStatus.WAITING)
    assert "asks" not in centre.router.floor.contacts
    assert offered(free(centre)) == [("early", "ann")]
    centre.accept("ann"), centre.end("early")
    assert offered(centre.wait(10)) == [("t1", "ann")]
    placed(centre.accept("ann"))
    view = centre.router.queues_view(centre.now)[0]
    assert (view.offered, view.waiting, view.deferred, view.callbacks_waiting) == (4, 1, 1, 1)


def test_agent_first_the_caller_is_rung_when_the_agent_is_there() -> None:
    centre = centre_of()
    ask(centre)
    centre.call("late")
    assert offered(free(centre)) == [("t1", "ann")]
    effects = centre.accept("ann")
    order = placed(effects)
    assert (order.number, order.agent, order.agent_waits) == (NUMBER, "ann", True)
    assert [(t.status, t.attempts) for t in tickets(effects)] == [(TicketStatus.DIALLING, 1)]
    kinds = [type(e) for e in effects if isinstance(e, TicketChanged | PlaceCallback)]
    assert kinds == [TicketChanged, PlaceCallback], "written down before the phone is rung"
    effects = centre.feed(EffectDone(order.effect_id))
    assert [t.status for t in tickets(effects)] == [TicketStatus.SERVED]
    assert of_type(effects, Connect)[0].contact == "t1"
    assert centre.router.tickets() == []
    assert moves(centre.end("t1")) == [("ann", Presence.WRAP_UP)]


def test_caller_first_the_agent_is_reserved_and_rung_when_the_caller_is_there() -> None:
    centre = centre_of(CallbackMode.CALLER_FIRST)
    ask(centre)
    effects = free(centre)
    assert offered(effects) == []
    assert centre.presence("ann") is Presence.RESERVED
    order = placed(effects)
    assert order.agent_waits is False
    effects = centre.feed(EffectDone(order.effect_id))
    assert offered(effects) == [("t1", "ann")]
    assert centre.router.queues_view(centre.now)[0].waiting == 1, "now on the line"
    assert centre.router.tickets(), "as long as nobody talks to them"
    (joined,) = of_type(centre.accept("ann"), Connect)
    assert joined.contact == "t1"
    assert [t.status for t in tickets(centre.feed(EffectDone(joined.effect_id)))] == [TicketStatus.SERVED]
    assert centre.router.tickets() == []


def test_attempts_rest_longer_each_time_and_end_with_an_alert() -> None:
    centre = centre_of()
    ask(centre)
    free(centre)
    order = placed(centre.accept("ann"))
    effects = centre.feed(EffectFailed(order.effect_id, "busy"))
    assert [(t.status, t.note, t.not_before - centre.now) for t in tickets(effects)] == [
        (TicketStatus.RESTING, "busy", 300)
    ]
    assert [e.agent for e in of_type(effects, CancelOffer)] == ["ann"], (
        "their phone is off the hook for nothing"
    )
    assert centre.presence("ann") is Presence.AVAILABLE
    assert offered(centre.wait(299)) == []
    assert offered(centre.wait(1)) == [("t1", "ann")]
    placed(centre.accept("ann"))
    effects = centre.wait(40)
    assert [e.ticket for e in of_type(effects, CancelCallback)] == ["t1"]
    assert [t.status for t in tickets(effects)] == [TicketStatus.GIVEN_UP]
    alert = of_type(effects, Alert)[0]
    assert (alert.kind, alert.text) == (
        AlertKind.CALLBACK_GIVEN_UP,
        f"{NUMBER}: the caller did not answer, 2 attempts",
    )


def test_freepbx_525_a_callback_is_not_doubled() -> None:
    """FreePBX#525: asked for twice, it is one ticket with one live attempt, in the older place."""
    centre = centre_of()
    ask(centre, "t1")
    first = centre.now
    centre.now += 50
    (merged,) = ask(centre, "t2", priority=3)
    assert (merged.id, merged.arrived_at, merged.priority) == ("t1", first, 3)
    free(centre)
    placed(centre.accept("ann"))
    (merged,) = ask(centre, "t3")
    assert (merged.id, merged.status) == ("t1", TicketStatus.DIALLING)
    assert len(centre.router.tickets()) == 1
    assert len(ask(centre, "t4", number="+4940999")) == 1
    assert len(centre.router.tickets()) == 2


def test_one_attempt_even_where_several_phones_ring_at_once() -> None:
    queue = Queue("q", ring_width=3)
    centre = Centre([queue], agents("ann", "bob", "cem"))
    centre.log_in("ann", "bob", "cem")
    effects = centre.feed(CallbackRequested("t1", NUMBER, "q"))
    assert len(of_type(effects, OfferAgent)) == 1


def test_quiet_hours_are_kept_even_when_an_agent_is_free() -> None:
    def hours(number: str, when: float) -> float:
        assert number == NUMBER
        return when if when < 50 else max(when, 1000.0)

    centre = centre_of(calendar=hours)
    assert ask(centre)[0].status is TicketStatus.WAITING
    centre.now = 60
    effects = free(centre)
    assert offered(effects) == []
    assert [(t.status, t.not_before) for t in tickets(effects)] == [(TicketStatus.RESTING, 1000)]
    assert offered(centre.wait(1000 - centre.now)) == [("t1", "ann")]


def test_a_callback_by_appointment() -> None:
    centre = centre_of()
    (ticket,) = ask(centre, at=500.0)
    assert (ticket.status, ticket.arrived_at) == (TicketStatus.RESTING, 500)
    assert offered(free(centre)) == []
    assert offered(centre.wait(500 - centre.now)) == [("t1", "ann")]


@pytest.mark.parametrize("mode", list(CallbackMode))
def test_who_rings_again_while_a_callback_waits_or_is_made_has_the_place(mode: CallbackMode) -> None:
    centre = centre_of(mode)
    ask(centre)
    asked_at = centre.now
    centre.now += 100
    centre.call("late")
    effects = centre.feed(ContactQueued("again", "q", caller=NUMBER))
    assert [(e.contact, e.arrived_at, e.reason) for e in of_type(effects, PlaceRegained)] == [
        ("again", asked_at, "callback t1")
    ]
    assert [t.status for t in tickets(effects)] == [TicketStatus.CANCELLED]
    assert offered(free(centre)) == [("again", "ann")]
    centre.hang_up("again"), centre.hang_up("late")


@pytest.mark.parametrize("mode", list(CallbackMode))
def test_who_rings_in_during_the_attempt_ends_it(mode: CallbackMode) -> None:
    centre = centre_of(mode)
    ask(centre)
    effects = free(centre)
    order = placed(centre.accept("ann") if mode is CallbackMode.AGENT_FIRST else effects)
    effects = centre.feed(ContactQueued("again", "q", caller=NUMBER))
    assert [e.ticket for e in of_type(effects, CancelCallback)] == ["t1"]
    assert centre.feed(EffectDone(order.effect_id)) == []
    assert offered(effects + centre.wait(5)) == [("again", "ann")]


def test_a_dropped_caller_who_rings_back_in_time_regains_the_place() -> None:
    centre = centre_of()
    centre.feed(ContactQueued("c1", "q", caller=NUMBER))
    came = centre.now
    centre.now += 10
    centre.call("c2")
    centre.hang_up("c1")
    centre.now += 60
    effects = centre.feed(ContactQueued("c3", "q", caller=NUMBER))
    assert [(e.arrived_at, e.reason) for e in of_type(effects, PlaceRegained)] == [(came, "dropped call")]
    centre.hang_up("c3")
    centre.now += 61
    assert of_type(centre.feed(ContactQueued("c4", "q", caller=NUMBER)), PlaceRegained) == []


def test_a_reserved_agent_who_leaves_costs_no_attempt() -> None:
    centre = centre_of(CallbackMode.CALLER_FIRST)
    ask(centre)
    free(centre)
    effects = centre.feed(AgentLoggedOut("ann"))
    assert [e.ticket for e in of_type(effects, CancelCallback)] == ["t1"]
    assert [(t.status, t.attempts) for t in tickets(effects)] == [(TicketStatus.WAITING, 0)]
    assert [t for t, _ in offered(centre.log_in("ann"))] == []
    assert centre.presence("ann") is Presence.RESERVED


def test_an_agent_is_not_stuck_reserved() -> None:
    """freeswitch#2540: a reservation has a deadline, whatever becomes of the caller's leg."""
    centre = centre_of(CallbackMode.CALLER_FIRST)
    ask(centre)
    free(centre)
    effects = centre.wait(40)
    assert moves(effects) == [("ann", Presence.AVAILABLE)]
    assert offered(centre.call("c1")) == [("c1", "ann")]


def test_a_ticket_survives_a_restart_as_plain_data() -> None:
    centre = centre_of()
    ask(centre, skills={"tax": 3})
    centre.now += 20
    (ticket,) = centre.router.tickets()
    state = ticket.to_state(utc_offset_s=1_000_000.0)
    assert state["arrived_at"] == 1_000_001.0
    after = Ticket.from_state(state, utc_offset_s=1_000_100.0)
    assert after.arrived_at == -99.0
    fresh = Centre([Queue("q")], agents("ann", tax=4))
    fresh.call("newer", tax=1)
    assert tickets(fresh.feed(TicketRestored(after)))[0].status is TicketStatus.WAITING
    assert fresh.feed(TicketRestored(after)) == []
    assert offered(fresh.log_in("ann")) == [("t1", "ann")]


def test_a_ticket_for_a_queue_that_is_not_there_is_cancelled_at_once() -> None:
    centre = centre_of()
    (ticket,) = tickets(centre.feed(CallbackRequested("t1", NUMBER, "nowhere")))
    assert (ticket.status, ticket.note) == (TicketStatus.CANCELLED, "unknown queue")
    assert centre.router.tickets() == []
    effects = centre.feed(TicketRestored(ticket.__class__("t2", NUMBER, "nowhere", 0, 1, 9)))
    assert of_type(effects, Alert)[0].text == "there is no queue nowhere any more"


def test_what_cannot_be_written_down_is_taken_back() -> None:
    centre = centre_of()
    ask(centre)
    (ticket,) = tickets(centre.feed(CallbackCancelled("t1", "disk full")))
    assert (ticket.status, ticket.note) == (TicketStatus.CANCELLED, "disk full")
    assert offered(free(centre)) == []
    assert centre.feed(CallbackCancelled("t1")) == []


def test_a_ticket_expires_with_an_alert() -> None:
    centre = Centre([Queue("q")], [])
    ask(centre)
    effects = centre.wait(86400)
    assert [t.status for t in tickets(effects)] == [TicketStatus.GIVEN_UP]
    assert [a.text for a in of_type(effects, Alert)] == [f"{NUMBER}: nobody was free in time"]


def test_a_caller_who_hangs_up_while_being_rung_is_tried_again() -> None:
    centre = centre_of()
    ask(centre)
    free(centre), centre.accept("ann")
    (ticket,) = tickets(centre.feed(ContactLeft("t1")))
    assert (ticket.status, ticket.note) == (TicketStatus.RESTING, "the caller hung up")


def test_for_a_caller_who_was_rung_first_as_many_phones_ring_as_for_any_other() -> None:
    rules = CallbackRules(CallbackMode.CALLER_FIRST)
    centre = Centre([Queue("q", ring_width=2, callbacks=rules)], agents("ann", "bob"))
    centre.log_in("ann", "bob")
    effects = centre.feed(CallbackRequested("t1", NUMBER, "q"))
    assert [each.agent for each in of_type(effects, PlaceCallback)] == ["ann"], "one attempt, one agent held"
    assert offered(centre.feed(EffectDone(placed(effects).effect_id))) == [("t1", "ann"), ("t1", "bob")]
    assert len(of_type(centre.accept("bob"), Connect)) == 1
    assert centre.presence("ann") is Presence.AVAILABLE


def rung_first(**rules: int) -> Centre:
    """The caller has answered, and the agent's phone rings."""
    queue = Queue(
        "q", max_wait_s=100, callbacks=CallbackRules(CallbackMode.CALLER_FIRST, retry_s=300, **rules)
    )
    centre = Centre([queue], agents("ann"))
    centre.log_in("ann")
    order = placed(centre.feed(CallbackRequested("t1", NUMBER, "q")))
    assert offered(centre.feed(EffectDone(order.effect_id))) == [("t1", "ann")]
    return centre


def test_who_was_rung_and_finds_nobody_at_work_is_let_go_and_rung_again() -> None:
    centre = rung_first()
    effects = centre.feed(AgentLoggedOut("ann"))
    assert [(t.status, t.note, t.not_before) for t in tickets(effects)] == [
        (TicketStatus.RESTING, "nobody is at work", centre.now + 300)
    ]
    assert [(e.contact, e.reason) for e in of_type(effects, RefuseContact)] == [("t1", "nobody is at work")]
    centre.log_in("ann")
    assert placed(centre.wait(300)).ticket == "t1"


def test_who_was_rung_and_waits_too_long_is_rung_again_until_the_attempts_are_over() -> None:
    centre = rung_first(max_attempts=2)
    centre.refuse("ann")
    centre.feed(AgentPaused("ann", "tea"))
    effects = centre.wait(100)
    assert [(t.status, t.attempts) for t in tickets(effects)] == [(TicketStatus.RESTING, 1)]
    assert of_type(effects, RefuseContact)
    centre.feed(AgentResumed("ann"))
    order = placed(centre.wait(300))
    centre.feed(EffectDone(order.effect_id))
    effects = centre.feed(AgentLoggedOut("ann"))
    assert [(t.status, t.attempts) for t in tickets(effects)] == [(TicketStatus.GIVEN_UP, 2)]
    assert of_type(effects, RefuseContact)
    assert centre.router.floor.contacts == {}


def test_who_was_rung_and_hangs_up_before_an_agent_is_there_is_rung_again() -> None:
    centre = rung_first()
    effects = centre.feed(ContactLeft("t1"))
    assert [(t.status, t.note) for t in tickets(effects)] == [(TicketStatus.RESTING, "the caller hung up")]
    assert centre.presence("ann") is Presence.AVAILABLE


def test_a_callback_cancelled_while_its_caller_is_on_the_line_lets_them_go() -> None:
    centre = rung_first()
    effects = centre.feed(CallbackCancelled("t1", "from outside"))
    assert [t.status for t in tickets(effects)] == [TicketStatus.CANCELLED]
    assert [e.reason for e in of_type(effects, RefuseContact)] == ["from outside"]
    assert centre.router.floor.contacts == {}


def test_a_callback_found_to_be_over_while_they_talk_leaves_them_alone() -> None:
    centre = rung_first()
    centre.accept("ann")
    effects = centre.feed(CallbackCancelled("t1", "it was over before a restart"))
    assert [type(e) for e in effects] == [TicketChanged]
    assert centre.presence("ann") is Presence.ON_CONTACT
