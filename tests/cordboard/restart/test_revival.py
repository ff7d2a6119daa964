"""What one process left is put back into the next: talks, waiting callers, flows, ringing phones; and what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from acd.events import CallbackRequested
from acd.model import Presence
from cordboard.live_call import CallState
from telephony.calls.leg import Leg, LegDigit
from tests.cordboard.restart.kit import Process, binding, media_of
from tests.cordboard.switchboard_room import SETTINGS, settle

Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    made: list[Process] = []

    def begin(**options: Any) -> Process:
        made.append(Process(tmp_path, **options))
        return made[-1]

    yield begin
    for process in made:
        process.close()


def sessions(*legs: Leg) -> set[str]:
    return {str(leg.session) for leg in legs}


def presence(process: Process, agent: str) -> Presence:
    return process.router.floor.agents[agent].presence


async def talk(process: Process) -> tuple[Leg, Leg]:
    caller = await process.ring_in("2000")
    agent = process.exchange.dialled[-1]
    process.exchange.pick_up(agent)
    return caller, agent


async def test_a_talk_goes_on_with_its_agent_and_its_recording(start: Start) -> None:
    first = start()
    caller, agent = await talk(first)
    before = first.call_of(caller)
    recording = before.recording_id
    first.die()
    second = start()
    second.user_agent.known = sessions(caller, agent)
    media = media_of([caller, agent], bridged=True, recording=recording)
    done = second.revive(second.left(), media)
    call = second.board.calls[before.id]
    assert (done.calls, done.lost, done.router) == ([before.id], {}, True)
    assert call.state is CallState.TALKING
    assert (call.recording_id, call.agent, call.queue) == (recording, agent.peer, "sales")
    assert "bridge" not in second.exchange.names()
    assert presence(second, agent.peer) is Presence.ON_CONTACT
    assert call.agent_leg is not None
    second.exchange.end(call.agent_leg)
    assert presence(second, agent.peer) is Presence.WRAP_UP
    await settle()
    assert second.exchange.said[-1] == ("play", caller.id, "once")


async def test_a_talk_that_the_worker_had_not_begun_is_joined_and_recorded(start: Start) -> None:
    first = start()
    caller, agent = await talk(first)
    first.die()
    second = start()
    second.user_agent.known = sessions(caller, agent)
    second.revive(second.left(), media_of([caller, agent]))
    assert ("bridge", caller.id, agent.id) in second.exchange.said
    assert len(second.recorder.running) == 1


async def test_without_its_agents_leg_the_flow_goes_on_after_the_talk(start: Start) -> None:
    first = start()
    caller, agent = await talk(first)
    call_id = first.call_of(caller).id
    first.die()
    second = start()
    second.user_agent.known = sessions(caller, agent)
    second.revive(second.left(), media_of([caller]))
    await settle()
    call = second.board.calls[call_id]
    assert call.state is CallState.IN_FLOW
    assert presence(second, agent.peer) is Presence.WRAP_UP
    assert second.user_agent.hung_up == [agent.session]
    assert second.exchange.said[-1] == ("play", caller.id, "once")


async def test_a_call_without_its_line_is_told_and_hung_up(start: Start) -> None:
    first = start()
    caller, agent = await talk(first)
    call_id = first.call_of(caller).id
    first.die()
    second = start()
    second.user_agent.known = sessions(agent)
    done = second.revive(second.left(), media_of([caller, agent]))
    assert done.lost == {call_id: "its line is gone"}
    assert second.board.calls == {}
    assert second.user_agent.hung_up == [agent.session]
    assert presence(second, agent.peer) is Presence.WRAP_UP  # the router's talk was ended
    lost = [data for kind, data in second.journal.events if kind == "call.lost"]
    assert [(each["call"], each["state"]) for each in lost] == [(call_id, "talking")]


async def test_waiting_callers_keep_their_places_and_the_ringing_phone_rings_on(start: Start) -> None:
    first = start()
    one, two, three = [await first.ring_in("2000") for _ in range(3)]
    ringing = list(first.exchange.dialled)
    assert [first.call_of(leg).state for leg in (one, two, three)] == [
        CallState.RINGING,
        CallState.RINGING,
        CallState.WAITING,
    ]
    waiting = first.call_of(three)
    first.die()
    second = start()
    second.user_agent.known = sessions(one, two, three, *ringing)
    media = media_of([one, two, three], playing="music") | media_of(ringing)
    second.revive(second.left(), media)
    assert "play" not in second.exchange.names()  # the music goes on
    call = second.board.calls[waiting.id]
    assert (call.queued_at, call.state) == (waiting.queued_at, CallState.WAITING)
    assert second.router.position(call.id) == 1
    taken_up = {leg.id: leg for leg in second.exchange.taken_up}
    second.exchange.pick_up(taken_up[ringing[0].id])
    assert presence(second, ringing[0].peer) is Presence.ON_CONTACT
    assert second.call_of(taken_up[one.id]).state is CallState.TALKING


async def test_a_phone_that_does_not_ring_any_more_is_offered_the_call_again(start: Start) -> None:
    first = start()
    caller = await first.ring_in("2000")
    first.die()
    second = start()
    second.user_agent.known = sessions(caller)
    second.revive(second.left(), media_of([caller], playing="music"))
    assert len(second.exchange.dialled) == 1
    assert next(iter(second.board.desk.offers.values())).call.leg.id == caller.id


async def test_a_menu_is_heard_again_and_takes_the_key(start: Start) -> None:
    first = start()
    caller = await first.ring_in("3000")
    call = first.call_of(caller)
    assert call.own_waiting
    first.die()
    second = start()
    second.user_agent.known = sessions(caller)
    second.revive(second.left(), media_of([caller], playing="old"))
    await settle()
    assert ("play", caller.id, "once") in second.exchange.said
    leg = second.board.calls[call.id].leg
    leg.listener(LegDigit("1"))
    await settle()
    assert ("queue.left", call.id) in [(kind, data.get("call")) for kind, data in second.journal.events]


async def test_without_the_routers_memory_callers_wait_anew_and_agents_in_talks_are_let_alone(
    start: Start,
) -> None:
    first = start()
    caller, agent = await talk(first)
    first.die()
    second = start()
    second.user_agent.known = sessions(caller, agent)
    left = second.left()
    left.router = [("router/state/0", b"of another version")]
    done = second.revive(left, media_of([caller, agent], bridged=True))
    assert not done.router
    assert presence(second, agent.peer) is Presence.PAUSED
    assert second.board.calls[done.calls[0]].state is CallState.TALKING


async def test_agents_are_at_work_without_registering_again_unless_their_phone_is_gone(start: Start) -> None:
    settings = SETTINGS + "agents:\n  carol: {queues: [sales]}\n  dave: {queues: [sales]}\n"
    first = start(settings=settings)
    for name in ("carol", "dave"):
        first.user_agent.bound[name] = (binding(name),)
    first.revive(first.left(), {})
    assert presence(first, "carol") is Presence.AVAILABLE
    first.die()
    second = start(settings=settings)
    second.user_agent.bound["carol"] = (binding("carol"),)
    second.revive(second.left(), {})
    assert presence(second, "carol") is Presence.AVAILABLE
    assert second.directory.reach("carol") is not None
    assert presence(second, "dave") is Presence.UNREACHABLE


async def test_one_call_that_cannot_be_put_back_does_not_harm_the_others(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start()
    one, two = await first.ring_in("1000"), await first.ring_in("1000")
    calls = [first.call_of(leg).id for leg in (one, two)]
    first.die()
    second = start()
    second.user_agent.known = sessions(one, two)
    take_up = second.board.take_up

    def fails_once(call: Any, *rest: Any) -> None:
        if call.id == calls[0]:
            raise RuntimeError("a defect")
        take_up(call, *rest)

    monkeypatch.setattr(second.board, "take_up", fails_once)
    done = second.revive(second.left(), media_of([one, two]))
    assert (done.calls, list(done.lost)) == ([calls[1]], [calls[0]])
    assert ("hang_up", one.id) in second.exchange.said


DIALS = """\
flow: line
start: main
sections:
  main:
    - dial: {agent: alice}
      longest: 10m
      after: thanks
    - hangup: busy
  thanks:
    - say: Thank you.
    - hangup: normal
"""


async def test_a_talk_with_somebody_whom_the_flow_called_goes_on_and_its_agent_is_free_afterwards(
    start: Start,
) -> None:
    first = start(line=DIALS)
    caller, alice = await talk(first)
    assert presence(first, "alice") is Presence.PAUSED
    call_id = first.call_of(caller).id
    first.die()
    second = start(line=DIALS)
    second.user_agent.known = sessions(caller, alice)
    second.revive(second.left(), media_of([caller, alice], bridged=True))
    await settle()
    call = second.board.calls[call_id]
    assert (call.state, call.agent) == (CallState.TALKING, "alice")
    assert second.user_agent.hung_up == []
    assert presence(second, "alice") is Presence.PAUSED
    assert call.connection is not None
    assert call.connection.timer is not None  # the longest talk has an end
    call.connection.timer.cancel()
    assert call.agent_leg is not None
    second.exchange.end(call.agent_leg)
    await settle()
    assert presence(second, "alice") is Presence.AVAILABLE
    assert second.exchange.said[-1] == ("play", caller.id, "once")  # Thank you.


async def test_an_agent_whom_a_flow_was_only_ringing_is_rung_again(start: Start) -> None:
    first = start(line=DIALS)
    caller = await first.ring_in("2000")
    ringing = first.exchange.dialled[-1]
    first.die()
    second = start(line=DIALS)
    second.user_agent.known = sessions(caller, ringing)
    second.revive(second.left(), media_of([caller, ringing]))
    await settle()
    assert second.user_agent.hung_up == [ringing.session]
    assert presence(second, "alice") is Presence.PAUSED
    again = second.exchange.dialled[-1]
    assert again.peer == "alice"
    second.exchange.pick_up(again)
    await settle()
    assert ("bridge", caller.id, again.id) in second.exchange.said
    assert second.call_of(next(iter(second.board.calls.values())).leg).state is CallState.TALKING


async def test_an_agent_whose_caller_did_not_come_back_is_free(start: Start) -> None:
    first = start(line=DIALS)
    caller, alice = await talk(first)
    first.die()
    second = start(line=DIALS)
    second.user_agent.known = sessions(alice)
    second.revive(second.left(), media_of([alice]))
    await settle()
    assert presence(second, "alice") is Presence.AVAILABLE
    assert caller.id not in {call.leg.id for call in second.board.calls.values()}


async def test_a_callback_that_is_no_promise_any_more_is_forgotten(start: Start) -> None:
    first = start()
    for ticket, number in (("kept", "+442079460001"), ("over", "+442079460002")):
        first.board.feed(CallbackRequested(ticket, number, "sales", at=1e9))
    assert set(first.router.floor.tickets) == {"kept", "over"}
    first.die()
    second = start()
    callbacks: Any = SimpleNamespace(tickets={"kept": None}, carry_out=lambda _effect: True)
    second.board.callbacks = callbacks
    second.revive(second.left(), {})
    assert set(second.router.floor.tickets) == {"kept"}
