"""The process of the simulated people: `python -m cordboard.demo.crowd`, started beside a server.

Registers the agents and lets callers come as planned. When time is up those who still wait hang up and
those who talk finish their talk; then, or when told (SIGINT, SIGTERM), everybody leaves and the agents take
their registrations back. Says one line when the agents are on duty, so that whoever started it knows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import signal
import sys
from collections.abc import Collection, Coroutine
from itertools import takewhile
from pathlib import Path
from typing import Any

from cordboard.demo.children import end_with_parent
from cordboard.demo.people import Greetings, agent_works, caller_calls, supervisor_listens
from cordboard.demo.phone import Phone, PhoneError
from cordboard.demo.plan import CallerPlan, agent_manners, callers
from cordboard.demo.talker import Metronome
from cordboard.demo.voices import CALLER_WAV, Voices, prepare_voices, write_wav
from telephony.sip.address import Address

ON_DUTY = "on duty"
LEAVE_S = 3.0
LAST_SHARE = 0.2
"""Of the time, how much nobody new comes at the end, so that most of those who have come can be served."""
WAIT_ON_S = 4.0
"""How long after the time is up those still waiting keep their patience."""


class Crowd:
    """Everybody, and what they share."""

    def __init__(self, server: Address, number: str, seed: int, voices: Voices, metronome: Metronome) -> None:
        self._server = server
        self._number = number
        self._seed = seed
        self._voices = voices
        self._metronome = metronome
        self._greetings = Greetings()
        self._agents: list[Phone] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def agents_begin(self, passwords: dict[str, str], supervisors: Collection[str] = ()) -> None:
        """Put every agent on duty, supervisors too; raises PhoneError if one cannot be."""
        for agent, password in passwords.items():
            phone = Phone(agent, self._server, self._metronome)
            self._agents.append(phone)
            await phone.start()
            await phone.register(password)
            if agent in supervisors:
                self._spawn(supervisor_listens(phone), agent)
                continue
            manners = agent_manners(self._seed, agent)
            self._spawn(agent_works(phone, manners, self._voices.agents, self._greetings), agent)

    async def callers_come(self, seconds: float | None) -> None:
        """Let callers come for so long (None: without end), then wait until the last one has gone."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        last_s = math.inf if seconds is None else seconds * (1 - LAST_SHARE)
        if seconds is not None:
            loop.call_at(started + seconds + WAIT_ON_S, self._greetings.closing.set)
        coming = takewhile(lambda plan: plan.arrives_s < last_s, callers(self._seed))
        mine: set[asyncio.Task[None]] = set()
        for plan in coming:
            await asyncio.sleep(started + plan.arrives_s - loop.time())
            mine.add(self._spawn(self._one_call(plan), plan.number))
            mine = {task for task in mine if not task.done()}
        if mine:
            await asyncio.wait(mine)

    async def _one_call(self, plan: CallerPlan) -> None:
        phone = Phone(plan.number, self._server, self._metronome)
        await phone.start()
        try:
            await caller_calls(phone, plan, self._number, self._voices.callers, self._greetings)
        finally:
            await phone.close()

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            sys.stderr.write(f"{task.get_name()}: {error!r}\n")

    async def leave(self) -> None:
        """Everybody hangs up; callers first, then the agents go off duty."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LEAVE_S)
        await asyncio.gather(*(phone.close() for phone in self._agents))


async def run(arguments: argparse.Namespace) -> int:
    """The whole evening."""
    host, _, port = arguments.server.rpartition(":")
    passwords: dict[str, str] = json.loads(arguments.passwords.read_text())
    voices = await prepare_voices(arguments.voices)
    write_wav(arguments.voices / CALLER_WAV, voices.callers)
    async with Metronome() as metronome:
        server = Address("udp", host, int(port))
        crowd = Crowd(server, arguments.number, arguments.seed, voices, metronome)
        try:
            await crowd.agents_begin(passwords, arguments.supervisor)
            tell(ON_DUTY if voices.spoken else f"{ON_DUTY}, without a voice: they babble")
            await _until_told(crowd.callers_come(arguments.seconds))
        except PhoneError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        finally:
            await crowd.leave()
    return 0


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    """Run until done, or until SIGINT or SIGTERM."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()


def tell(line: str) -> None:
    """Say something to whoever started this process."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Simulated agents and callers.")
    add = parser.add_argument
    add("--server", required=True, metavar="HOST:PORT")
    add("--number", required=True, help="what callers dial")
    add("--passwords", type=Path, required=True, help="JSON file: agent to password")
    add("--supervisor", action="append", default=[], help="an agent who only listens; may be given again")
    add("--voices", type=Path, required=True, help="folder to keep spoken sentences in")
    add("--seed", type=int, default=1)
    add("--seconds", type=float, help="how long callers keep coming; without end if not given")
    return parser.parse_args()


if __name__ == "__main__":
    end_with_parent()
    sys.exit(asyncio.run(run(read_arguments())))
