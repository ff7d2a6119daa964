"""Who is with a talk is with it after a restart too: supervisors, third parties, and those whom the agent left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from acd.model import Presence
from api.schema import SupervisorView
from cordboard.live_call import CallState, LiveCall
from cordboard.talk_rooms import AGENT, CALLER, PARTY, WHISPER
from telephony.calls.leg import Leg
from tests.cordboard.restart.kit import Process, media_of
from tests.cordboard.restart.test_revival import presence, sessions, talk
from tests.cordboard.switchboard_room import SETTINGS
from tests.cordboard.test_supervision import PHONES

Start = Callable[[], Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    made: list[Process] = []

    def begin() -> Process:
        made.append(Process(tmp_path, settings=SETTINGS + PHONES))
        return made[-1]

    yield begin
    for process in made:
        process.close()


def seats(process: Process) -> dict[str, Any]:
    return {said[1]: said[2] for said in process.exchange.said if said[0] == "seat"}


async def supervised(process: Process) -> tuple[LiveCall, Leg, Leg, Leg]:
    """The call, and the legs of caller, agent and the boss, who whispers."""
    caller, agent = await talk(process)
    call = process.call_of(caller)
    process.board.supervision.supervise(call.id, "whisper", "boss")
    boss = process.exchange.dialled[-1]
    process.exchange.pick_up(boss)
    return call, caller, agent, boss


async def three(process: Process) -> tuple[LiveCall, Leg, Leg, Leg]:
    """The call, and the legs of caller, agent and the other agent."""
    caller, agent = await talk(process)
    call = process.call_of(caller)
    process.board.third_parties.add_party(call.id, "bob" if agent.peer == "alice" else "alice", None)
    other = process.exchange.dialled[-1]
    process.exchange.pick_up(other)
    return call, caller, agent, other


def next_process(start: Start, first: Process, *legs: Leg) -> Process:
    """The one after `first`, which found these legs alive."""
    first.die()
    second = start()
    second.user_agent.known = sessions(*legs)
    second.revive(second.left(), media_of(legs))
    return second


def leg_of(process: Process, before: Leg) -> Leg:
    return next(leg for leg in process.exchange.legs if leg.id == before.id)


async def test_a_supervisor_goes_on_and_leaves_when_the_talk_ends(start: Start) -> None:
    first = start()
    before, caller, agent, boss = await supervised(first)
    second = next_process(start, first, caller, agent, boss)
    call = second.board.calls[before.id]
    view = SupervisorView(phone="boss", mode="whisper", state="on")
    assert second.board.supervision.views(call.id) == (view,)
    assert seats(second) == {caller.id: CALLER, agent.id: AGENT, boss.id: WHISPER}
    assert second.user_agent.hung_up == []
    second.board.supervision.supervise(call.id, "listen", None)
    assert second.journal.kinds()[-1] == "supervision.changed"
    phone = leg_of(second, boss)
    second.exchange.end(call.leg)
    assert phone.is_over
    assert second.journal.kinds().count("supervision.ended") == 1
    assert second.board.supervision.views(call.id) == ()


async def test_a_supervisor_who_hangs_up_after_it_leaves_a_talk_of_two(start: Start) -> None:
    first = start()
    _, caller, agent, boss = await supervised(first)
    second = next_process(start, first, caller, agent, boss)
    second.exchange.end(leg_of(second, boss))
    assert ("bridge", caller.id, agent.id) in second.exchange.said


async def test_a_supervisor_who_hung_up_meanwhile_is_not_there(start: Start) -> None:
    first = start()
    before, caller, agent, _ = await supervised(first)
    second = next_process(start, first, caller, agent)
    assert second.board.supervision.views(before.id) == ()
    assert seats(second) == {}
    assert ("bridge", caller.id, agent.id) in second.exchange.said


async def test_without_its_caller_a_supervisors_phone_is_let_go(start: Start) -> None:
    first = start()
    _, _, agent, boss = await supervised(first)
    second = next_process(start, first, agent, boss)
    assert set(second.user_agent.hung_up) == sessions(agent, boss)


async def test_a_talk_of_three_goes_on_and_who_was_added_gets_no_callers(start: Start) -> None:
    first = start()
    before, caller, agent, other = await three(first)
    second = next_process(start, first, caller, agent, other)
    call = second.board.calls[before.id]
    assert seats(second) == {caller.id: CALLER, agent.id: AGENT, other.id: PARTY}
    assert [leg.id for leg in second.board.rooms.parties(call)] == [other.id]
    assert presence(second, other.peer) is Presence.PAUSED
    second.exchange.end(leg_of(second, agent))
    assert call.state is CallState.TALKING
    assert call.agent == other.peer
    second.exchange.end(call.leg)
    assert presence(second, other.peer) is Presence.AVAILABLE


async def test_who_was_left_with_the_caller_is_freed_when_they_have_talked(start: Start) -> None:
    first = start()
    before, caller, agent, other = await three(first)
    first.exchange.end(agent)
    second = next_process(start, first, caller, other)
    call = second.board.calls[before.id]
    assert (call.agent, call.agent_leg and call.agent_leg.id) == (other.peer, other.id)
    assert presence(second, other.peer) is Presence.PAUSED
    second.exchange.end(call.leg)
    assert presence(second, other.peer) is Presence.AVAILABLE
    assert second.journal.kinds().count("conference.left") == 1
