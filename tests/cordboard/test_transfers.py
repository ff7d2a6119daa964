"""Transfers by an agent's phone: to another agent, to a number, and to whom the agent has on a second line."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from acd.model import Presence
from cordboard.live_call import CallState, LiveCall
from telephony.calls.leg import Leg, LegTransferAsked
from telephony.sip.events import ReferralId
from telephony.sip.uri import SipUri
from tests.cordboard.switchboard_room import Room, settle


class FakeTransfers:
    def __init__(self) -> None:
        self.said: list[Any] = []

    def accept(self, asked: LegTransferAsked) -> bool:
        self.said.append("accept")
        return True

    def reject(self, asked: LegTransferAsked, status: int) -> bool:
        self.said.append(("reject", status))
        return True

    def progress(self, asked: LegTransferAsked, status: int) -> bool:
        self.said.append(("progress", status))
        return True


class Floor:
    """A caller who talks to an agent."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.transfers = FakeTransfers()
        room.exchange.transfers = self.transfers  # type: ignore[attr-defined]

    async def talk(self) -> tuple[Leg, LiveCall, Leg]:
        before = len(self.room.exchange.dialled)
        caller = await self.room.ring_in("2000", f"+44{before}")
        call = next(each for each in self.room.board.calls.values() if each.leg is caller)
        agent = self.room.exchange.dialled[before]
        self.room.exchange.pick_up(agent)
        assert call.state is CallState.TALKING
        return caller, call, agent

    async def ask(self, agent: Leg, target: str, other: Leg | None = None) -> None:
        uri = SipUri.parse(f"sip:{target}@127.0.0.1")
        agent.listener(LegTransferAsked(ReferralId("r"), uri, other, other is not None))
        await settle()


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    return Floor(Room(tmp_path))


async def test_to_another_agent(floor: Floor) -> None:
    room = floor.room
    caller, call, agent = await floor.talk()
    other = "bob" if agent.peer == "alice" else "alice"
    await floor.ask(agent, other)
    assert floor.transfers.said == ["accept", ("progress", 200)]
    assert agent.is_over
    assert room.presence(agent.peer) is Presence.WRAP_UP
    assert call.state is CallState.RINGING
    assert room.exchange.dialled[-1].peer == other
    room.exchange.pick_up(room.exchange.dialled[-1])
    assert room.exchange.said[-1] == ("bridge", caller.id, room.exchange.dialled[-1].id)
    assert call.agent == other
    room.exchange.end(room.exchange.dialled[-1])
    await settle()
    assert call.state is CallState.IN_FLOW  # the flow goes on after its queue
    assert not caller.is_over


async def test_to_a_number(floor: Floor) -> None:
    caller, call, agent = await floor.talk()
    await floor.ask(agent, "1000")
    assert agent.is_over
    assert "flow.entered" in floor.room.journal.kinds()
    assert call.flow == "main"
    assert floor.room.exchange.said[-1] == ("play", caller.id, "once")


async def test_to_nobody_we_know(floor: Floor) -> None:
    _, call, agent = await floor.talk()
    await floor.ask(agent, "nobody")
    assert floor.transfers.said == [("reject", 404)]
    assert call.state is CallState.TALKING
    assert not agent.is_over


async def test_to_whom_the_agent_has_on_a_second_line(floor: Floor) -> None:
    room = floor.room
    caller, call, agent = await floor.talk()
    second_line, second, colleague = await floor.talk()  # the first agent's phone, calling in
    await floor.ask(agent, "2000", second_line)
    assert floor.transfers.said == ["accept", ("progress", 200)]
    assert ("bridge", caller.id, colleague.id) in room.exchange.said
    assert agent.is_over
    assert not caller.is_over
    assert not colleague.is_over
    assert second.leg is caller
    assert second.state is CallState.TALKING
    assert call.id not in room.board.calls
    assert [data["call"] for kind, data in room.journal.events if kind == "call.ended"] == [call.id]
    assert room.presence(agent.peer) is Presence.WRAP_UP
    assert room.presence(colleague.peer) is Presence.ON_CONTACT
    room.exchange.end(colleague)
    await asyncio.sleep(0)
    await settle()
    assert room.exchange.said[-1] == ("play", caller.id, "once")


async def test_a_caller_who_hung_up_meanwhile(floor: Floor) -> None:
    caller, _, agent = await floor.talk()
    listener = agent.listener
    floor.room.exchange.end(caller)
    await settle()
    listener(LegTransferAsked(ReferralId("r"), SipUri.parse("sip:bob@h"), None, False))
    assert floor.transfers.said == [("reject", 403)]


async def test_a_second_line_that_is_none_of_ours(floor: Floor) -> None:
    _, call, agent = await floor.talk()
    await floor.ask(agent, "2000", call.leg)
    assert floor.transfers.said == [("reject", 403)]
    assert call.state is CallState.TALKING
