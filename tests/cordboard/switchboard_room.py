"""A switchboard between a real router, real flows and an exchange that only writes down what it is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from acd.model import Presence
from acd.router import Router
from cordboard import wiring
from cordboard.busy_lamps import Publish
from cordboard.config import load_configuration
from cordboard.directory import Directory
from cordboard.switchboard import Switchboard
from telephony.calls.conferences import Seating
from telephony.calls.dialling import Dial
from telephony.calls.leg import Leg, LegAnswered, LegEnded, LegState, Outcome, Party, Termination

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
