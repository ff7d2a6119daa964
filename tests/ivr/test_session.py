"""A session between a real runner and an exchange of the test: what is done at once, what waits, and in which order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callflows.flow import load_flow
from ivr.effects import Traced
from ivr.events import QueueLeft
from ivr.run import CallFacts, FlowRun
from ivr.runner import Runner
from ivr.session import Session
from telephony.calls.leg import Leg, LegDigit, LegEnded, LegState, Outcome, Party, Termination
from telephony.calls.tasks import Tasks

SILENT = "flow: f\nstart: main\nsections:\n  main:\n    - wait: forever\n"
SHORT = "flow: f\nstart: main\nsections:\n  main:\n    - wait: 30ms\n    - hangup: busy\n"
MENU = """\
flow: f
start: main
sections:
  main:
    - menu: Press one.
      keys: {"1": bye}
      timeout: 5s
      otherwise: bye
  bye:
    - hangup: normal
"""


class World:
    """Exchange, prompts and host in one; `reserve` says whether media is there without waiting."""

    def __init__(self, flow_text: str, folder: Path, *, reserve: bool) -> None:
        path = folder / "f.yaml"
        path.write_text(flow_text)
        self.reserve = reserve
        self.gate = asyncio.Event()
        self.said: list[Any] = []
        self.tasks = Tasks("test")
        self.leg = Leg("leg", LegState.INVITED, 0.0, "100", "127.0.0.1")
        flow = load_flow(path)
        ids: Iterator[str] = iter(f"id{n}" for n in range(100))
        run = FlowRun.new(flow, CallFacts(caller="100", called="200", call_id="c"))
        runner = Runner(flow, run, lambda: next(ids))
        self.messages = self
        line: Any = self
        self.session = Session(
            "c", self.leg, runner, line, line, line, line, self.tasks, new_id=lambda: next(ids)
        )
        self.leg.listener = self.session.on_leg_event

    def answer_at_once(self, leg: Leg) -> bool:
        if self.reserve:
            leg.state = LegState.UP
            self.said.append("answered")
        return self.reserve

    async def answer(self, leg: Leg) -> bool:
        await self.gate.wait()
        self.said.append("answered late")
        leg.state = LegState.UP
        return True

    async def prepare(self, _prompt: Any) -> Path:
        return Path("prompt.ulaw")

    def play(self, _leg: Leg, _play_id: str, _files: Any, *, loop: bool) -> None:
        self.said.append("play")

    def stop_playback(self, _leg: Leg) -> None:
        self.said.append("stop")

    def reject(self, leg: Leg, status: int, _reason: str) -> None:
        self.said.append(("reject", status))
        self.end()

    def hang_up(self, leg: Leg, _reason: str) -> None:
        if not leg.is_over:
            self.said.append("hang up")
            self.end()

    def end(self) -> None:
        self.leg.state = LegState.ENDED
        self.leg.listener(LegEnded(Termination(Outcome.COMPLETED, Party.REMOTE, "test")))

    def traced(self, _session: Session, step: Traced) -> None:
        pass

    def moved(self, _session: Session) -> None:
        pass

    def let_go(self, _leg: Leg) -> None:
        pass

    def flow_ended(self, _session: Session, cause: str) -> None:
        self.said.append(("ended", cause))


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_with_media_in_reserve_everything_happens_at_once(tmp_path: Path) -> None:
    world = World(SILENT, tmp_path, reserve=True)
    world.session.start()
    assert world.said == ["answered"]
    world.end()
    assert world.said == ["answered", ("ended", "normal")]


async def test_a_caller_who_leaves_while_the_answer_waits_ends_the_flow_after_it(tmp_path: Path) -> None:
    world = World(SILENT, tmp_path, reserve=False)
    world.session.start()
    await settle()
    world.leg.listener(LegEnded(Termination(Outcome.CANCELLED, Party.REMOTE, "test")))
    assert world.said == []
    world.gate.set()
    await settle()
    assert world.said[0] == "answered late"
    assert world.said[-1] == ("ended", "normal")


async def test_keys_pressed_while_a_prompt_is_prepared_wait_for_it(tmp_path: Path) -> None:
    world = World(MENU, tmp_path, reserve=True)
    world.session.start()
    world.leg.listener(LegDigit("1"))
    assert world.said == ["answered"]
    await settle()
    assert world.said == ["answered", "play", "stop", "hang up", ("ended", "normal")]


async def test_a_deadline_of_the_flow_is_noticed(tmp_path: Path) -> None:
    world = World(SHORT, tmp_path, reserve=True)
    world.session.start()
    async with asyncio.timeout(5):
        while ("ended", "busy") not in world.said:
            await asyncio.sleep(0.005)
    assert world.said == ["answered", "hang up", ("ended", "busy")]


async def test_a_defect_ends_its_own_call_and_nothing_else(tmp_path: Path) -> None:
    world = World(SILENT, tmp_path, reserve=True)
    world.session.runner.handle = lambda _event, _now: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    world.session.start()
    assert world.said == [("reject", 500), ("ended", "flow_error")]


async def test_a_defect_after_a_wait_or_a_deadline_ends_its_call_too(tmp_path: Path) -> None:
    world = World(SHORT, tmp_path, reserve=False)
    world.session.start()
    await settle()
    world.session.post(QueueLeft("answered"))
    world.session.runner.handle = lambda _event, _now: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    world.gate.set()
    await settle()
    assert world.said[-1] == ("ended", "flow_error")


async def test_nothing_is_heard_after_the_end(tmp_path: Path) -> None:
    world = World(SILENT, tmp_path, reserve=True)
    world.session.start()
    world.end()
    world.session.post(QueueLeft("answered"))
    world.end()
    assert world.said.count(("ended", "normal")) == 1


@pytest.mark.parametrize("reserve", [True, False])
async def test_the_last_timer_is_let_go_of(tmp_path: Path, reserve: bool) -> None:
    world = World(SHORT.replace("30ms", "1h"), tmp_path, reserve=reserve)
    world.session.start()
    world.gate.set()
    await settle()
    timer = world.session._timer
    assert timer is not None
    world.end()
    assert timer.cancelled()
