"""INVITE with Replaces: who comes takes the place of a party of a talk."""

from __future__ import annotations

from pathlib import Path

import pytest

from acd.model import Presence
from cordboard.live_call import CallState, LiveCall
from telephony.calls.leg import Leg
from tests.cordboard.switchboard_room import Room, settle

COLLEAGUE = "+442079460042"


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


async def talk(room: Room) -> tuple[Leg, LiveCall, Leg]:
    caller = await room.ring_in("2000")
    [call] = room.board.calls.values()
    agent = room.exchange.dialled[0]
    room.exchange.pick_up(agent)
    assert call.state is CallState.TALKING
    return caller, call, agent


async def test_in_the_callers_place(room: Room) -> None:
    caller, call, agent = await talk(room)
    other = await room.ring_in("", COLLEAGUE, replaces=caller)
    assert room.exchange.said[-3:] == [
        ("answer", other.id),
        ("bridge", other.id, agent.id),
        ("hang_up", caller.id),  # only now: the talk never hangs on nobody
    ]
    assert (call.leg, call.caller, call.state) == (other, COLLEAGUE, CallState.TALKING)
    assert room.recorder.said == ["start", "stop", "start"]
    assert list(room.board.calls.values()) == [call]
    assert room.presence(agent.peer) is Presence.ON_CONTACT
    room.exchange.end(other)
    await settle()
    assert agent.is_over
    assert room.board.calls == {}


async def test_in_the_agents_place(room: Room) -> None:
    caller, call, agent = await talk(room)
    other = await room.ring_in("", COLLEAGUE, replaces=agent)
    assert room.exchange.said[-3:] == [
        ("answer", other.id),
        ("bridge", caller.id, other.id),
        ("hang_up", agent.id),
    ]
    assert (call.agent, call.agent_leg, call.state) == (COLLEAGUE, other, CallState.TALKING)
    assert room.presence(agent.peer) is Presence.WRAP_UP
    assert room.recorder.said == ["start", "stop", "start"]
    room.exchange.end(other)
    await settle()
    assert call.state is CallState.IN_FLOW  # the flow goes on after its queue
    assert room.exchange.said[-1] == ("play", caller.id, "once")
    assert room.board.desk.offers == {}


async def test_the_caller_ends_the_talk_with_whom_the_agent_passed_them_to(room: Room) -> None:
    caller, _, agent = await talk(room)
    other = await room.ring_in("", COLLEAGUE, replaces=agent)
    room.exchange.end(caller)
    await settle()
    assert other.is_over
    assert room.board.calls == {}
    assert room.board.desk.offers == {}


async def test_in_the_place_of_a_caller_who_waits(room: Room) -> None:
    caller = await room.ring_in("2000")
    [call] = room.board.calls.values()
    other = await room.ring_in("", COLLEAGUE, replaces=caller)
    assert room.exchange.said[-2:] == [("play", other.id, "loop"), ("hang_up", caller.id)]
    assert call.state is CallState.RINGING
    room.exchange.pick_up(room.exchange.dialled[0])
    assert ("bridge", other.id, room.exchange.dialled[0].id) in room.exchange.said


async def test_a_caller_in_a_flow_is_not_replaced(room: Room) -> None:
    caller = await room.ring_in("1000")
    other = await room.ring_in("", COLLEAGUE, replaces=caller)
    assert room.exchange.said[-1] == ("reject", other.id, 403)
    assert not caller.is_over


async def test_who_cannot_be_answered_changes_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_media(leg: Leg) -> bool:
        return False

    caller, call, agent = await talk(room)
    monkeypatch.setattr(room.exchange, "answer_at_once", lambda leg: False)
    monkeypatch.setattr(room.exchange, "answer", no_media)
    await room.ring_in("", COLLEAGUE, replaces=agent)
    assert (call.leg, call.agent_leg) == (caller, agent)
    assert not agent.is_over


async def test_a_call_that_ends_while_its_successor_is_answered(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, _, agent = await talk(room)

    at_once = room.exchange.answer_at_once

    async def slowly(leg: Leg) -> bool:
        room.exchange.end(caller)
        return at_once(leg)

    monkeypatch.setattr(room.exchange, "answer_at_once", lambda leg: False)
    monkeypatch.setattr(room.exchange, "answer", slowly)
    other = await room.ring_in("", COLLEAGUE, replaces=agent)
    assert other.is_over
    assert room.board.calls == {}
