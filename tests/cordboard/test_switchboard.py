"""The switchboard between a real router, real flows and an exchange that only writes down what it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from acd.model import Presence
from cordboard.live_call import CallState
from ivr.effects import StepRef, Traced
from ivr.runner import CALLER_HUNG_UP
from telephony.calls.leg import LegAnswered, LegDigit, LegState, Outcome
from telephony.sip.reason import COMPLETED_ELSEWHERE
from tests.cordboard.switchboard_room import LINE, SETTINGS, Room, settle


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


async def test_an_unknown_number_is_refused(room: Room) -> None:
    await room.ring_in("999")
    assert room.exchange.said == [("reject", "caller-999-0", 404)]
    assert room.board.calls == {}


async def test_a_flow_without_a_queue_contains_its_caller(room: Room) -> None:
    leg = await room.ring_in("1000")
    assert room.exchange.names() == ["answer", "play"]
    session = next(iter(room.board.calls.values())).session
    assert session is not None
    session.post(_finished(session))
    await settle()
    assert room.exchange.names() == ["answer", "play", "hang_up"]
    assert leg.is_over
    assert room.board.calls == {}
    assert ("flow.ended", True) in [(kind, data.get("contained")) for kind, data in room.journal.events]


def _finished(session: Any) -> Any:
    from ivr.events import PlaybackFinished

    return PlaybackFinished(session.runner.run.playing)


async def test_a_caller_is_queued_offered_bridged_and_recorded_and_the_agent_hangs_up(room: Room) -> None:
    caller = await room.ring_in("2000")
    call = next(iter(room.board.calls.values()))
    assert ("play", caller.id, "loop") in room.exchange.said
    assert call.state is CallState.RINGING
    agent = room.exchange.dialled[0]
    room.exchange.pick_up(agent)
    assert ("bridge", caller.id, agent.id) in room.exchange.said
    assert call.state is CallState.TALKING
    assert room.presence(agent.peer) is Presence.ON_CONTACT
    room.exchange.end(agent)
    await settle()
    assert room.recorder.said == ["start", "stop"]
    assert room.presence(agent.peer) is Presence.WRAP_UP
    assert call.state is CallState.IN_FLOW
    assert room.exchange.said[-1] == ("play", caller.id, "once")  # the flow goes on: "How was it?"


async def test_tags_and_answers_are_about_the_agent_who_served(room: Room) -> None:
    caller = await room.ring_in("2000")
    agent = room.exchange.dialled[0]
    room.exchange.pick_up(agent)
    room.exchange.end(agent)
    await settle()
    caller.listener(LegDigit("5"))
    await settle()
    about = {"call": next(iter(room.board.calls)), "queue": "sales", "agent": agent.peer}
    notes = [event for event in room.journal.events if event[0] in ("call.tagged", "survey.answered")]
    assert notes == [
        ("call.tagged", {"tags": {"reason": 1}, **about}),
        ("survey.answered", {"name": "happy", "scale": "csat", "value": 5, **about}),
    ]


async def test_the_caller_hangs_up_in_the_talk_and_the_agents_phone_is_let_go(room: Room) -> None:
    caller = await room.ring_in("2000")
    agent = room.exchange.dialled[0]
    room.exchange.pick_up(agent)
    room.exchange.end(caller)
    await settle()
    assert ("hang_up", agent.id) in room.exchange.said
    assert room.presence(agent.peer) is Presence.WRAP_UP
    assert room.board.calls == {}
    assert room.board.desk.offers == {}


async def test_the_caller_hangs_up_while_a_phone_rings_and_it_stops_ringing(room: Room) -> None:
    caller = await room.ring_in("2000")
    agent = room.exchange.dialled[0]
    room.exchange.end(caller, Outcome.COMPLETED)
    await settle()
    assert ("hang_up", agent.id) in room.exchange.said
    assert room.presence(agent.peer) is Presence.AVAILABLE
    assert room.board.calls == {}


async def test_an_agent_who_declines_leaves_the_caller_in_place_for_the_next(room: Room) -> None:
    await room.ring_in("2000")
    call = next(iter(room.board.calls.values()))
    first = room.exchange.dialled[0]
    room.exchange.end(first, Outcome.REFUSED)
    assert len(room.exchange.dialled) == 2
    second = room.exchange.dialled[1]
    assert {first.peer, second.peer} == {"alice", "bob"}
    assert call.state is CallState.RINGING
    assert call.agent == second.peer


async def test_phones_that_lost_the_race_hear_that_the_call_was_completed_elsewhere(tmp_path: Path) -> None:
    room = Room(tmp_path, ring_width=2)
    await room.ring_in("2000")
    winner, loser = room.exchange.dialled
    room.exchange.pick_up(winner)
    assert loser.is_over
    assert room.exchange.reasons == {loser.id: COMPLETED_ELSEWHERE}


async def test_a_phone_that_stops_because_the_caller_has_gone_is_told_of_no_other(tmp_path: Path) -> None:
    room = Room(tmp_path)
    caller = await room.ring_in("2000")
    room.exchange.end(caller)
    await settle()
    assert room.exchange.reasons == {room.exchange.dialled[0].id: None}


async def test_both_hang_up_in_the_same_moment(room: Room) -> None:
    caller = await room.ring_in("2000")
    agent = room.exchange.dialled[0]
    room.exchange.pick_up(agent)
    room.exchange.end(agent)
    room.exchange.end(caller)
    await settle()
    assert room.board.calls == {}
    assert room.board.desk.offers == {}
    assert room.recorder.said == ["start", "stop"]


async def test_an_answer_that_comes_when_the_caller_has_gone_is_hung_up(room: Room) -> None:
    caller = await room.ring_in("2000")
    agent = room.exchange.dialled[0]
    listener = agent.listener
    room.exchange.end(caller)
    agent.state = LegState.UP
    listener(LegAnswered())
    await settle()
    assert room.board.desk.offers == {}
    assert "bridge" not in room.exchange.names()


async def test_every_call_leaves_its_history_in_order(room: Room) -> None:
    caller = await room.ring_in("2000")
    room.exchange.pick_up(room.exchange.dialled[0])
    room.exchange.end(caller)
    await settle()
    kinds = [kind for kind in room.journal.kinds() if kind not in {"agent.presence", "flow.step"}]
    assert kinds == [
        "call.arrived",
        "queue.joined",
        "offer.made",
        "call.connected",
        "talk.ended",
        "call.ended",
        "flow.ended",
    ]


async def test_where_a_caller_hung_up_is_written_once(room: Room) -> None:
    caller = await room.ring_in("2000")
    [call] = room.board.calls.values()
    assert call.session is not None
    here, elsewhere = StepRef("main", 0, 4), StepRef("main", 1, 9)
    for at, what in ((here, "menu"), (here, CALLER_HUNG_UP), (elsewhere, CALLER_HUNG_UP)):
        room.board.traced(call.session, Traced(at, what, {}))
    steps = [data for kind, data in room.journal.events if kind == "flow.step"][-2:]
    assert [(step["step"], step["what"]) for step in steps] == [
        ("main:4", "menu"),
        ("main:9", CALLER_HUNG_UP),
    ]
    room.exchange.end(caller)
    await settle()


async def test_closing_hangs_up_everybody(room: Room) -> None:
    await room.ring_in("2000")
    await room.ring_in("2000", "+442079460001")
    room.exchange.pick_up(room.exchange.dialled[0])
    await room.board.close()
    assert room.board.calls == {}
    assert all(leg.is_over for leg in room.exchange.dialled)


async def test_a_flow_with_its_own_waiting_is_heard_instead_of_music_and_falls_silent_for_the_talk(
    room: Room,
) -> None:
    caller = await room.ring_in("3000")
    assert ("play", caller.id, "once") in room.exchange.said
    assert ("play", caller.id, "loop") not in room.exchange.said
    agent = room.exchange.dialled[0]
    assert agent.peer == "bob"  # preferred, though alice has been idle as long
    room.exchange.pick_up(agent)
    after_bridge = room.exchange.said[room.exchange.said.index(("bridge", caller.id, agent.id)) :]
    assert [said for said in after_bridge if said[0] == "play"] == []
    assert ("stop", caller.id) in room.exchange.said


async def test_a_caller_leaves_the_queue_by_a_key_and_the_agents_phone_stops_ringing(room: Room) -> None:
    caller = await room.ring_in("3000")
    agent = room.exchange.dialled[0]
    caller.listener(LegDigit("1"))
    await settle()
    assert ("hang_up", agent.id) in room.exchange.said
    assert "queue.left" in room.journal.kinds()
    call = next(iter(room.board.calls.values()))
    assert (call.state, call.queue) == (CallState.IN_FLOW, None)


def overflowing(rule: str) -> str:
    return SETTINGS.replace("record: true}", "record: true, overflow: [" + rule + "]}\n  spare: {}")


async def test_overflow_to_another_queue_moves_the_caller_and_says_why(tmp_path: Path) -> None:
    settings = overflowing("{no_agents: true, queue: spare}").replace("queues: [sales]", "queues: [spare]")
    room = Room(tmp_path, settings=settings)
    await room.ring_in("2000")
    [call] = room.board.calls.values()
    assert call.queue == "spare"
    assert call.state is CallState.RINGING
    [overflow] = [data for kind, data in room.journal.events if kind == "queue.overflowed"]
    assert (overflow["queue"], overflow["target"]) == ("sales", "queue spare")
    assert overflow["why"]["agents_logged_in"] == 0


async def test_overflow_to_a_branch_gives_the_caller_back_to_the_flow(tmp_path: Path) -> None:
    line = LINE.replace("      after: thanks\n", "      after: thanks\n      overflow: {nobody: thanks}\n")
    settings = overflowing("{no_agents: true, branch: nobody}").replace("queues: [sales]", "queues: [spare]")
    room = Room(tmp_path, settings=settings, line=line)
    await room.ring_in("2000")
    [call] = room.board.calls.values()
    assert (call.queue, call.state) == (None, CallState.IN_FLOW)
    assert "queue.overflowed" in room.journal.kinds()
    assert "thanks" in str(call.step)


async def test_who_rings_again_soon_after_a_drop_regains_the_place(tmp_path: Path) -> None:
    settings = SETTINGS.replace("record: true}", "regain: 2m}\n  spare: {}").replace("[sales]", "[spare]")
    room = Room(tmp_path, settings=settings)
    room.exchange.end(await room.ring_in("2000"))
    await settle()
    await room.ring_in("2000")
    [data] = [data for kind, data in room.journal.events if kind == "queue.regained"]
    assert data["waited_s"] > 0


async def test_an_unknown_number_is_the_same_404_whoever_asks(room: Room) -> None:
    callers = ("+442079460000", "alice", "", "anonymous")
    legs = [await room.ring_in(number, caller) for caller in callers for number in ("999", "alice", "")]
    assert room.exchange.said == [("reject", leg.id, 404) for leg in legs]
    assert room.board.calls == {}
