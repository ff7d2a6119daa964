"""The switchboard between a real router, real flows and an exchange that only writes down what it is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from acd.model import Presence
from acd.router import Router
from cordboard import wiring
from cordboard.busy_lamps import Publish
from cordboard.config import load_configuration
from cordboard.directory import Directory
from cordboard.live_call import CallState
from cordboard.switchboard import Switchboard
from ivr.effects import StepRef, Traced
from ivr.runner import CALLER_HUNG_UP
from telephony.calls.conferences import Seating
from telephony.calls.dialling import Dial
from telephony.calls.leg import Leg, LegAnswered, LegDigit, LegEnded, LegState, Outcome, Party, Termination
from telephony.sip.reason import COMPLETED_ELSEWHERE

SETTINGS = """\
name: Test
numbers: {"1000": main, "2000": line, "3000": patient}
queues:
  sales: {ring_timeout: 5s, wrap_up: 1s, record: true}
static_agents:
  - {id: alice, contact: "sip:alice@127.0.0.1:5090", queues: [sales]}
  - {id: bob, contact: "sip:bob@127.0.0.1:5091", queues: [sales]}
"""
MAIN = """\
flow: main
start: main
sections:
  main:
    - say: Hello.
    - hangup: normal
"""
PATIENT = """\
flow: patient
start: main
sections:
  main:
    - queue: sales
      preferred: bob
      data: {reason: a bill}
      while_waiting: waiting
    - hangup: busy
  waiting:
    - menu: To leave, press 1.
      keys: {1: going}
      retries: 0
  going:
    - leave: out
  out:
    - say: Good bye.
    - hangup: normal
"""
LINE = """\
flow: line
start: main
sections:
  main:
    - queue: sales
      after: thanks
    - hangup: busy
  thanks:
    - tag: {reason: "{{ 1 }}"}
    - survey: [{ask: How was it?, scale: csat, name: happy}]
    - say: Thank you.
    - hangup: normal
"""


class FakeConferences:
    """Writes down seats beside all else that the exchange is told."""

    def __init__(self, said: list[tuple[Any, ...]]) -> None:
        self.said = said

    def seat(self, conference_id: str, leg: Leg, seating: Seating) -> None:
        del conference_id
        self.said.append(("seat", leg.id, seating))

    def leave(self, leg: Leg) -> None:
        self.said.append(("leave", leg.id))

    def part(self, leg: Leg) -> None:
        self.said.append(("part", leg.id))

    def announce(self, leg: Leg, play_id: str, files: Sequence[Path]) -> None:
        self.said.append(("announce", leg.id, play_id, list(files)))


class FakeExchange:
    """Answers legs at once, dials legs that wait for the test, and remembers everything."""

    def __init__(self) -> None:
        self.said: list[tuple[Any, ...]] = []
        self.conferences = FakeConferences(self.said)
        self.dialled: list[Leg] = []
        self.reasons: dict[str, str | None] = {}

    def answer_at_once(self, leg: Leg) -> bool:
        leg.state = LegState.UP
        self.said.append(("answer", leg.id))
        return True

    async def answer(self, leg: Leg) -> bool:
        return self.answer_at_once(leg)

    def reject(self, leg: Leg, status: int, reason: str) -> None:
        self.said.append(("reject", leg.id, status))

    def play(self, leg: Leg, play_id: str, files: Sequence[Path], *, loop: bool = False) -> None:
        self.said.append(("play", leg.id, "loop" if loop else "once"))

    def seek_playback(self, leg: Leg, position_ms: int) -> None:
        self.said.append(("seek", leg.id, position_ms))

    def stop_playback(self, leg: Leg) -> None:
        self.said.append(("stop", leg.id))

    def dial(self, order: Dial) -> Leg:
        leg = Leg(f"agent-{len(self.dialled) + 1}", LegState.DIALLING, 0.0, order.peer, "127.0.0.1")
        self.dialled.append(leg)
        self.said.append(("dial", order.peer, order.caller_number))
        return leg

    def bridge(self, first: Leg, second: Leg) -> None:
        self.said.append(("bridge", first.id, second.id))

    def hang_up(self, leg: Leg, reason: str, *, header: str | None = None) -> None:
        if not leg.is_over:
            self.reasons[leg.id] = header
            outcome = Outcome.COMPLETED if leg.is_up else Outcome.CANCELLED
            self.said.append(("hang_up", leg.id))
            self.end(leg, outcome, Party.LOCAL)

    def pick_up(self, leg: Leg) -> None:
        leg.state = LegState.UP
        leg.listener(LegAnswered())

    def end(self, leg: Leg, outcome: Outcome = Outcome.COMPLETED, by: Party = Party.REMOTE) -> None:
        leg.state = LegState.ENDED
        leg.listener(LegEnded(Termination(outcome, by, "test")))

    def names(self) -> list[str]:
        return [said[0] for said in self.said]


class FakeJournal:
    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def append(self, kind: str, **data: Any) -> None:
        self.events.append((kind, data))

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.events]


class FakeRecorder:
    def __init__(self) -> None:
        self.said: list[str] = []

    def start(self, call: Any, agent: Leg) -> None:
        call.recording_id = "r"
        self.said.append("start")

    def stop(self, call: Any) -> None:
        if call.recording_id is not None:
            self.said.append("stop")
        call.recording_id = None


class FakePrompts:
    async def prepare(self, prompt: object) -> Path:
        return Path("prompt.ulaw")


class FakeDrivers:
    """Nothing is asked in these flows; only the end of a call is told."""

    def __init__(self) -> None:
        self.messages = self
        self.left: list[str] = []

    def let_go(self, leg: Leg) -> None:
        self.left.append(leg.id)


class Room:
    """A switchboard with its fakes, and callers."""

    def __init__(
        self,
        folder: Path,
        *,
        ring_width: int = 1,
        publish: Publish = lambda _agent, _calls: None,
        settings: str = SETTINGS,
        line: str = LINE,
    ) -> None:
        (folder / "cordboard.yaml").write_text(settings)
        (folder / "main.yaml").write_text(MAIN)
        (folder / "line.yaml").write_text(line)
        (folder / "patient.yaml").write_text(PATIENT)
        configuration = load_configuration(folder, {})
        ids: Iterator[int] = iter(range(1, 10_000))
        new_id: Callable[[], str] = lambda: f"id-{next(ids)}"  # noqa: E731
        self.directory = Directory(configuration.settings, {})
        self.router = Router(
            [replace(queue, ring_width=ring_width) for queue in wiring.queues(configuration.settings)],
            list(self.directory.agents.values()),
            new_id,
            policy=wiring.policy(configuration.settings),
            now=time.monotonic(),
        )
        self.exchange = FakeExchange()
        self.journal = FakeJournal()
        self.recorder = FakeRecorder()
        self.drivers = FakeDrivers()
        self.board = Switchboard(
            configuration,
            self.router,
            self.directory,
            self.recorder,  # type: ignore[arg-type]
            FakePrompts(),  # type: ignore[arg-type]
            self.drivers,  # type: ignore[arg-type]
            self.journal,  # type: ignore[arg-type]
            new_id=new_id,
            publish=publish,
        )
        self.board.attach(self.exchange)  # type: ignore[arg-type]
        self.legs: list[Leg] = []
        self.board.music |= dict.fromkeys(configuration.settings.queues, Path("music.ulaw"))

    async def ring_in(
        self, number: str, caller: str = "+442079460000", *, replaces: Leg | None = None
    ) -> Leg:
        leg = Leg(f"caller-{number}-{len(self.legs)}", LegState.INVITED, 0.0, caller, "127.0.0.1")
        leg.dialled, leg.replaces = number, replaces
        self.legs.append(leg)
        self.board.on_incoming(leg)
        await settle()
        return leg

    def presence(self, agent: str) -> Presence:
        return next(a.presence for a in self.router.agents_view(time.monotonic()) if a.id == agent)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


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
